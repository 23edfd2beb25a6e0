"""longshored over a bucket: what a client sends through HTTP is read back by boto3 and compared byte for byte, on MinIO, plain and
over TLS, through kills and pauses of either side."""

import base64
import http.client
import threading
import time

from harness import MIB, SystemTest, main, random_bytes, wait_for
from on_minio import CHUNK, KEPT, OnMinio, lower_camel


class S3Test(OnMinio):
    def test_parts_in_parallel_and_out_of_order(self):
        data = random_bytes(4 * CHUNK + 12345, 1)
        upload = self.longshored.initiate(expectedSize=str(len(data)), chunkSize=str(CHUNK))["uploadId"]
        for number, answer in self.send_parts(upload, data, [3, 1, 0, 4, 2]).items():
            self.assertEqual(answer.status, 200, f"{number}: {answer}")
        answer = self.longshored.complete(upload, totalChunks="5")
        self.assertEqual((answer.status, answer.json()["state"], answer.json()["size"]), (200, "COMPLETED", str(len(data))))
        self.assertEqual(self.stored(upload), data)
        self.assertEqual(self.longshored.content(upload).body, data)
        part = self.longshored.content(upload, headers={"Range": f"bytes={CHUNK - 2}-{CHUNK + 1}"})
        self.assertEqual((part.status, part.body), (206, data[CHUNK - 2:CHUNK + 2]))
        metadata = self.minio.s3.head_object(Bucket=self.bucket, Key=self.key_of(upload))["Metadata"]
        self.assertEqual((metadata["upload-id"], metadata["connector-id"]), (upload, "cli"))
        wait_for(lambda: len(self.check_events(self.longshored.events())[upload]) == 3, 10, "initiated, completed, created")
        self.assertEqual(self.minio.unfinished(self.bucket, self.key_of(upload)), [])

    def test_whole_objects_of_any_size(self):
        for size, name in ((0, "nothing"), (1, "a byte"), (300_000, "single put"), (1 * MIB, "the threshold"),
                           (2 * CHUNK + 7, "parts")):
            data = random_bytes(size, size)
            answer = self.longshored.put_object(f"cli/{name.replace(' ', '-')}", data, {"Content-Type": "text/x-sample"})
            self.assertEqual(answer.status, 201, f"{name}: {answer}")
            node = answer.json()["nodeId"]
            self.assertEqual(self.longshored.content(node).body, data, name)
            self.assertEqual(self.stored(node), data, name)
            head = self.minio.s3.head_object(Bucket=self.bucket, Key=self.key_of(node))
            self.assertEqual(head["ContentType"], "text/x-sample")

    def test_what_is_said_of_an_object_is_kept(self):
        fields = {lower_camel(name): value for name, value in KEPT.items()}
        upload = self.longshored.initiate(**fields)["uploadId"]
        self.send_parts(upload, random_bytes(CHUNK + 1, 13), [0, 1])
        self.check_kept(upload)
        whole = self.longshored.initiate(**fields, payload=base64.b64encode(b"whole").decode())
        self.assertEqual(whole["state"], "COMPLETED")
        self.check_kept(whole["uploadId"])

    def test_a_body_of_unknown_length(self):
        data = random_bytes(33 * MIB, 2)

        def pieces():
            for at in range(0, len(data), 100_000):
                yield data[at:at + 100_000]

        connection = self.longshored.connect()
        connection.request("PUT", "/v1/objects/cli/unknown", body=pieces(), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(connection.getresponse().status, 201)
        connection.close()
        node = self.longshored.get("/v1/nodes?connector_id=cli").json()["nodes"][0]["nodeId"]
        self.assertEqual(self.stored(node), data)

    def test_a_wrong_digest_stores_nothing(self):
        upload = self.longshored.initiate()["uploadId"]
        answer = self.longshored.put_part(upload, 0, random_bytes(2 * MIB, 3), last=True,
                                          headers={"Content-Digest": "sha-256=:" + "A" * 43 + "=:"})
        self.assertEqual((answer.status, answer.reason), (400, "DIGEST_MISMATCH"))
        store_upload = self.minio.unfinished(self.bucket, self.key_of(upload))
        parts = self.minio.s3.list_parts(Bucket=self.bucket, Key=self.key_of(upload), UploadId=store_upload[0])
        self.assertEqual(parts.get("Parts", []), [])

    def test_a_client_that_goes_leaves_no_part(self):
        upload = self.longshored.initiate()["uploadId"]
        connection = self.longshored.connect()
        connection.putrequest("PUT", f"/v1/uploads/{upload}/parts/0")
        connection.putheader("Content-Length", str(CHUNK))
        connection.endheaders(random_bytes(CHUNK // 2, 4))
        time.sleep(0.3)
        connection.close()
        data = random_bytes(CHUNK, 5)
        answer = wait_for(lambda: (sent := self.longshored.put_part(upload, 0, data, last=True)).status == 200 and sent, 30,
                          "the chunk is taken from the next client")
        self.assertEqual(answer.json()["state"], "COMPLETED")
        self.assertEqual(self.stored(upload), data)

    def test_cancel_leaves_nothing_at_the_store(self):
        data = random_bytes(2 * CHUNK, 6)
        upload = self.longshored.initiate()["uploadId"]
        self.send_parts(upload, data, [0, 1], last=False)
        self.assertEqual(self.longshored.request("DELETE", f"/v1/uploads/{upload}").status, 200)
        wait_for(lambda: not self.minio.unfinished(self.bucket, self.key_of(upload)), 30, "the upload is aborted")
        self.assertNotIn(self.key_of(upload), self.minio.objects(self.bucket))

    def test_purge_takes_every_version(self):
        answer = self.longshored.put_object("cli/purged", random_bytes(1000, 7))
        node = answer.json()["nodeId"]
        self.assertEqual(self.longshored.request("DELETE", f"/v1/nodes/{node}?purge=true").status, 200)

        def is_gone():
            listed = self.minio.s3.list_object_versions(Bucket=self.bucket, Prefix=self.key_of(node))
            return not listed.get("Versions") and not listed.get("DeleteMarkers")
        wait_for(is_gone, 30, "nothing of it is left in the bucket")

    def test_the_server_is_killed_in_the_middle(self):
        data = random_bytes(5 * CHUNK + 99, 8)
        upload = self.longshored.initiate(expectedSize=str(len(data)), chunkSize=str(CHUNK))["uploadId"]
        for answer in self.send_parts(upload, data, [0, 4]).values():
            self.assertEqual(answer.status, 200, answer)
        connection = self.longshored.connect()
        connection.putrequest("PUT", f"/v1/uploads/{upload}/parts/2")
        connection.putheader("Content-Length", str(CHUNK))
        connection.endheaders(data[2 * CHUNK:2 * CHUNK + CHUNK // 2])
        time.sleep(0.2)
        self.longshored.kill()
        connection.close()
        self.longshored.start()
        status = self.longshored.get(f"/v1/uploads/{upload}").json()
        self.assertEqual(status["state"], "UPLOADING")
        for answer in self.send_parts(upload, data, [1, 2, 3, 5]).values():
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.longshored.complete(upload, totalChunks="6").json()["state"], "COMPLETED")
        self.assertEqual(self.stored(upload), data)
        self.check_events(self.longshored.events())
        self.assertEqual(self.minio.unfinished(self.bucket, self.key_of(upload)), [])

    def test_the_store_hangs_and_comes_back(self):
        data = random_bytes(2 * CHUNK, 9)
        upload = self.longshored.initiate()["uploadId"]
        self.assertEqual(self.longshored.put_part(upload, 0, data[:CHUNK]).status, 200)
        self.minio.pause()
        self.addCleanup(self.minio.resume)
        answers = []

        def send():
            try:
                answers.append(self.longshored.put_part(upload, 1, data[CHUNK:], last=True))
            except (OSError, http.client.HTTPException) as error:
                answers.append(error)
        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(1)
        self.assertEqual(self.longshored.get("/healthz").status, 200)
        self.minio.resume()
        sender.join()
        self.assertEqual(answers[0].status, 200, answers)
        self.assertEqual(answers[0].json()["state"], "COMPLETED")
        self.assertEqual(self.stored(upload), data)

    def test_stopped_swept_and_started_again(self):
        data = random_bytes(2 * CHUNK, 11)
        upload = self.longshored.initiate()["uploadId"]
        self.send_parts(upload, data, [0], last=False)
        self.assertEqual(self.longshored.stop(), 0)
        swept = self.longshored.verb("sweep")
        self.assertEqual(swept.returncode, 0, swept.stderr)
        self.longshored.start()
        self.assertEqual(self.send_parts(upload, data, [1])[1].json()["state"], "COMPLETED")
        self.assertEqual(self.stored(upload), data)
        self.assertEqual(self.longshored.stop(), 0)

    def test_secrets_are_in_no_log_and_no_answer(self):
        self.longshored.put_object("cli/object", random_bytes(1000, 10))
        printed = self.longshored.verb("--print-config")
        for text in (self.longshored.log_text(), self.longshored.get("/metrics").body.decode(), printed.stdout, printed.stderr):
            self.assertNotIn(self.minio.secret_key, text)
        self.assertIn("what the store can do", self.longshored.log_text())


class S3OverTlsWithVersionsTest(S3Test):
    tls = True
    bucket = "versioned"


class WrongBucketTest(OnMinio):
    def setUp(self):
        SystemTest.setUp(self)

    def refused(self, config, environment=None):
        server = self.server(config, environment=environment or self.minio.environment(), start=False)
        server.start(ready=False)
        wait_for(lambda: "a bucket cannot be used" in server.log_text(), 30, "the log names it")
        answer = wait_for(lambda: self.try_put(server), 30, "an answer")
        server.stop()
        return answer

    @staticmethod
    def try_put(server):
        try:
            return server.put_object("cli/x", b"x")
        except OSError:
            return None

    def test_no_such_bucket(self):
        answer = self.refused(self.minio.config("not-there"))
        self.assertEqual((answer.status, answer.reason, answer.json()["storeCode"]), (502, "STORE_REFUSED", "NoSuchBucket"))

    def test_a_wrong_secret(self):
        answer = self.refused(self.minio.config("plain"), {"LONGSHORE_STORE_S3_SECRET_KEY": "wrong-secret"})
        self.assertEqual((answer.status, answer.reason, answer.json()["storeCode"]),
                         (502, "STORE_REFUSED", "SignatureDoesNotMatch"))
        self.assertNotIn("wrong-secret", answer.body.decode())


if __name__ == "__main__":
    main()

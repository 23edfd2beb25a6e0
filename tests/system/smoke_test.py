"""Every route of the API, once or twice, on a server as it comes."""

import base64
import hashlib
import json

from harness import MIB, SMALL_PARTS, SystemTest, main, random_bytes, wait_for


class SmokeTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(SMALL_PARTS)

    def upload(self, data, chunk, name="file.bin", **fields):
        """By parts, the last one first; the node id."""
        begun = self.longshored.initiate(name=name, **fields)
        upload = begun["uploadId"]
        pieces = [data[at:at + chunk] for at in range(0, len(data), chunk)]
        for number in reversed(range(len(pieces))):
            answer = self.longshored.put_part(upload, number, pieces[number], last=number == len(pieces) - 1)
            self.assertEqual(answer.status, 200, answer)
        return begun["nodeId"]

    def test_upload_in_parts_completes_by_itself(self):
        data = random_bytes(3 * MIB + 17, 1)
        node = self.upload(data, MIB, metadata={"colour": "blue"}, mimeType="text/plain")
        row = self.longshored.get(f"/v1/nodes/{node}").json()
        self.assertEqual((row["state"], row["size"], row["name"]), ("ACTIVE", str(len(data)), "file.bin"))
        self.assertEqual(row["metadata"], {"colour": "blue"})
        content = self.longshored.content(node)
        self.assertEqual(content.status, 200)
        self.assertEqual(content.body, data)
        self.assertEqual(content.headers["Content-Length"], str(len(data)))
        status = self.longshored.get(f"/v1/uploads/{node}").json()
        self.assertEqual((status["state"], status["bytesUploaded"]), ("COMPLETED", str(len(data))))

    def test_explicit_complete_names_what_is_missing(self):
        begun = self.longshored.initiate(expectedSize="200000", chunkSize="65536")
        upload = begun["uploadId"]
        self.assertEqual(begun["state"], "PENDING")
        self.longshored.put_part(upload, 1, bytes(65536))
        answer = self.longshored.complete(upload, totalChunks="4")
        self.assertEqual((answer.status, answer.reason), (409, "MISSING_CHUNKS"))
        self.assertEqual(answer.json()["missingChunks"], [{"first": "0", "last": "0"}, {"first": "2", "last": "3"}])
        self.longshored.put_part(upload, 0, bytes(65536))
        self.longshored.put_part(upload, 2, bytes(65536))
        self.longshored.put_part(upload, 3, bytes(200000 - 3 * 65536))
        for _ in range(2):
            answer = self.longshored.complete(upload, totalChunks="4")
            self.assertEqual((answer.status, answer.json()["state"], answer.json()["size"]), (200, "COMPLETED", "200000"))

    def test_wrong_digest_stores_nothing(self):
        upload = self.longshored.initiate()["uploadId"]
        data = random_bytes(100_000, 2)
        wrong = base64.b64encode(hashlib.sha256(b"else").digest()).decode()
        answer = self.longshored.put_part(upload, 0, data, last=True, headers={"Content-Digest": f"sha-256=:{wrong}:"})
        self.assertEqual((answer.status, answer.reason), (400, "DIGEST_MISMATCH"))
        status = self.longshored.get(f"/v1/uploads/{upload}").json()
        self.assertEqual((status["state"], status["chunksReceived"]), ("PENDING", "0"))
        right = base64.b64encode(hashlib.sha256(data).digest()).decode()
        answer = self.longshored.put_part(upload, 0, data, last=True, headers={"Content-Digest": f"sha-256=:{right}:"})
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(answer.json()["isFileComplete"])

    def test_cancel(self):
        upload = self.longshored.initiate()["uploadId"]
        self.longshored.put_part(upload, 0, bytes(70_000))
        for _ in range(2):
            answer = self.longshored.request("DELETE", f"/v1/uploads/{upload}")
            self.assertEqual((answer.status, answer.json()["state"]), (200, "CANCELLED"))
        answer = self.longshored.put_part(upload, 1, bytes(70_000))
        self.assertEqual((answer.status, answer.reason), (409, "UPLOAD_ENDED"))
        self.assertEqual(self.longshored.complete(upload).reason, "UPLOAD_ENDED")
        wait_for(lambda: not self.longshored.staged(), 20, "the abort is paid")

    def test_by_name(self):
        first = self.longshored.put_object("cli/report.txt?path=2026/q1", b"one", {"Content-Type": "text/plain"})
        self.assertEqual(first.status, 201, first)
        second = self.longshored.put_object("cli/report.txt?path=2026/q1", b"two!")
        self.assertEqual(second.status, 200, second)
        self.assertEqual(first.json()["nodeId"], second.json()["nodeId"])
        third = self.longshored.put_object("cli/report.txt?path=2026/q1", b"three", {"If-None-Match": "*"})
        self.assertEqual((third.status, third.reason), (409, "ALREADY_EXISTS"))
        answer = self.longshored.get("/v1/objects/cli/report.txt?path=2026/q1")
        self.assertEqual((answer.status, answer.body), (200, b"two!"))
        head = self.longshored.request("HEAD", "/v1/objects/cli/report.txt?path=2026/q1")
        self.assertEqual((head.status, head.headers["Content-Length"], head.body), (200, "4", b""))

    def test_body_of_unknown_length(self):
        data = random_bytes(5 * MIB + 3, 4)

        def pieces():
            for at in range(0, len(data), 300_000):
                yield data[at:at + 300_000]

        answer = self.longshored.request("PUT", "/v1/objects/cli/stream", pieces())
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(self.longshored.content(answer.json()["nodeId"]).body, data)

    def test_the_empty_object(self):
        answer = self.longshored.put_object("cli/empty", b"")
        self.assertEqual((answer.status, answer.json()["size"]), (201, "0"))
        self.assertEqual(self.longshored.content(answer.json()["nodeId"]).body, b"")
        upload = self.longshored.initiate(expectedSize="0")["uploadId"]
        self.assertEqual(self.longshored.complete(upload).json()["state"], "COMPLETED")

    def test_ranges_and_conditions(self):
        data = random_bytes(100_000, 5)
        node = self.longshored.put_object("cli/ranged", data).json()["nodeId"]
        part = self.longshored.content(node, {"Range": "bytes=10-19"})
        self.assertEqual((part.status, part.body, part.headers["Content-Range"]), (206, data[10:20], "bytes 10-19/100000"))
        self.assertEqual(self.longshored.content(node, {"Range": "bytes=-5"}).body, data[-5:])
        self.assertEqual(self.longshored.content(node, {"Range": "bytes=99990-"}).body, data[-10:])
        self.assertEqual(self.longshored.content(node, {"Range": "bytes=100000-"}).status, 416)
        tag = self.longshored.content(node).headers["ETag"]
        self.assertEqual(self.longshored.content(node, {"If-None-Match": tag}).status, 304)
        self.assertEqual(self.longshored.content(node, {"Range": "bytes=0-1", "If-Range": '"other"'}).status, 200)

    def test_delete(self):
        node = self.longshored.put_object("cli/gone", b"gone").json()["nodeId"]
        for _ in range(2):
            answer = self.longshored.request("DELETE", f"/v1/nodes/{node}")
            self.assertEqual((answer.status, answer.json()["state"]), (200, "DELETED"))
        self.assertEqual(self.longshored.content(node).reason, "NODE_DELETED")
        answer = self.longshored.request("DELETE", f"/v1/nodes/{node}?purge=true")
        self.assertEqual(answer.status, 200, answer)
        self.assertFalse([key for key in self.longshored.stored_objects() if node in key])
        wait_for(lambda: len(self.check_events(self.longshored.events()).get(node, [])) >= 5, 10, "the events of the purge")
        topics = [line["topic"] for line in self.check_events(self.longshored.events())[node]]
        self.assertEqual(topics[-2:], ["repository.documents.deleted"] * 2)

    def test_lists(self):
        for number in range(5):
            self.longshored.put_object(f"lists/n{number}?path=a/b", b"x")
        open_upload = self.longshored.initiate(connector="lists", name="open")["uploadId"]
        nodes = self.longshored.get("/v1/nodes?connector_id=lists&state=ACTIVE&path_prefix=a&page_size=2").json()
        self.assertEqual(len(nodes["nodes"]), 2)
        self.assertEqual(len(self.longshored.all_of("/v1/nodes?connector_id=lists&state=ACTIVE", "nodes")), 5)
        uploads = self.longshored.all_of("/v1/uploads?connector_id=lists&state=PENDING", "uploads")
        self.assertEqual([upload["uploadId"] for upload in uploads], [open_upload])
        self.assertEqual(len(self.longshored.all_of("/v1/uploads?connector_id=lists&state=COMPLETED", "uploads")), 5)

    def test_limits(self):
        limits = self.longshored.get("/v1/limits?expected_size=10000000000").json()
        self.assertEqual(limits["minChunkSize"], "65536")
        self.assertEqual(limits["maxChunks"], "10000")
        answer = self.longshored.get("/v1/limits?expected_size=99999999999999999")
        self.assertEqual((answer.status, answer.reason), (400, "OUT_OF_LIMITS"))

    def test_health_and_metrics(self):
        self.longshored.put_object("cli/measured", random_bytes(2 * MIB, 6))
        self.assertEqual(self.longshored.get("/healthz").status, 200)
        self.assertEqual(self.longshored.get("/readyz").status, 200)
        metrics = self.longshored.get("/metrics")
        self.assertTrue(metrics.headers["Content-Type"].startswith("text/plain"))
        text = metrics.body.decode()
        self.assertIn('longshore_part_upload_success_total{bucket="default"}', text)
        self.assertIn('longshore_part_upload_duration_seconds_bucket{bucket="default"', text)
        self.assertIn("longshore_buffer_pool_budget_bytes 268435456", text)

    def test_progress(self):
        upload = self.longshored.initiate()["uploadId"]
        connection = self.longshored.connect(30)
        self.addCleanup(connection.close)
        connection.request("GET", f"/v1/uploads/{upload}/progress")
        response = connection.getresponse()
        self.assertEqual((response.status, response.getheader("Content-Type")), (200, "text/event-stream"))

        def next_event():
            event, data = "", ""
            while True:
                line = response.readline().decode().rstrip("\n")
                if not line and event:
                    return event, json.loads(data)
                name, _, value = line.partition(": ")
                event, data = (value, data) if name == "event" else (event, value if name == "data" else data)

        self.assertEqual(next_event()[1]["state"], "PENDING")
        self.longshored.put_part(upload, 0, bytes(65536))
        event, status = next_event()
        while status["bytesUploaded"] != "65536":
            event, status = next_event()
        self.assertEqual(event, "progress")
        self.longshored.put_part(upload, 1, b"end", last=True)
        while event != "end":
            event, status = next_event()
        self.assertEqual(status["state"], "COMPLETED")

    def test_idempotency_key(self):
        body = {"connectorId": "cli", "name": "once"}
        first = self.longshored.request("POST", "/v1/uploads", body, {"Idempotency-Key": '"k1"'})
        again = self.longshored.request("POST", "/v1/uploads", body, {"Idempotency-Key": "k1"})
        self.assertEqual((first.status, again.status), (201, 201))
        self.assertEqual(first.json()["uploadId"], again.json()["uploadId"])
        other = self.longshored.request("POST", "/v1/uploads", {**body, "name": "two"}, {"Idempotency-Key": "k1"})
        self.assertEqual((other.status, other.reason), (422, "IDEMPOTENCY_KEY_REUSED"))

    def test_events_of_an_upload_and_an_update(self):
        node = self.longshored.put_object("cli/evented", b"one").json()["nodeId"]
        self.longshored.put_object("cli/evented", b"two")
        wait_for(lambda: len(self.check_events(self.longshored.events()).get(node, [])) == 6, 10, "six events")
        topics = [line["topic"].removeprefix("repository.") for line in self.check_events(self.longshored.events())[node]]
        self.assertEqual(topics, ["uploads.initiated", "uploads.completed", "documents.created",
                                  "uploads.initiated", "uploads.completed", "documents.updated"])

    def test_request_id_is_answered_and_logged(self):
        answer = self.longshored.get("/v1/nodes/nosuchnode", headers={"X-Request-Id": "my-request-7"})
        self.assertEqual((answer.status, answer.reason), (404, "NOT_FOUND"))
        self.assertEqual(answer.headers["X-Request-Id"], "my-request-7")
        self.assertEqual(answer.json()["requestId"], "my-request-7")
        wait_for(lambda: "my-request-7" in self.longshored.log_text(), 5, "the request is in the log")

    def test_unknown_routes_and_methods(self):
        self.assertEqual(self.longshored.get("/v1/nowhere").reason, "NOT_FOUND")
        self.assertEqual(self.longshored.request("PATCH", "/v1/uploads").reason, "METHOD_NOT_ALLOWED")


if __name__ == "__main__":
    main()

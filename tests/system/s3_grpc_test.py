"""gRPC through to a bucket: what a client sends is read back by boto3 and compared byte for byte, on MinIO, plain and over TLS."""

import concurrent.futures

from grpc_client import Client, api, failure_of, grpc
from harness import MIB, main, random_bytes, wait_for
from on_minio import CHUNK, KEPT, OnMinio


class S3GrpcTest(OnMinio):
    def setUp(self):
        super().setUp()
        self.client = Client(self.longshored.grpc_port)
        self.addCleanup(self.client.close)

    def upload(self, put, data, **fields):
        """Every chunk at once; the upload's id."""
        upload = self.client.initiate(expected_size=len(data), chunk_size=CHUNK, **fields).upload_id
        count = -(-len(data) // CHUNK)
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda n: put(upload, n, data[n * CHUNK:(n + 1) * CHUNK], n == count - 1), reversed(range(count))))
        done = self.client.complete(upload, total_chunks=count)
        self.assertEqual((done.state, done.size), (api.COMPLETED, len(data)))
        return upload

    def check_stored(self, upload, data):
        self.assertEqual(self.stored(upload), data)
        self.assertEqual(self.longshored.content(upload).body, data)
        self.assertEqual(self.minio.unfinished(self.bucket, self.key_of(upload)), [])
        kinds = wait_for(lambda: len(lines := self.check_events(self.longshored.events()).get(upload, [])) == 3 and
                         [line["topic"].partition(".")[2] for line in lines], 10, "its events")
        self.assertEqual(kinds, ["uploads.initiated", "uploads.completed", "documents.created"])

    def test_messages_named_messages_and_streams(self):
        data = random_bytes(4 * CHUNK + 12345, 1)
        for put in (self.client.put_chunk, self.client.stream_chunk,
                    lambda *chunk: self.client.put_chunk(*chunk, named=True)):
            self.check_stored(self.upload(put, data), data)

    def test_a_node_says_where_its_object_is(self):
        upload = self.upload(self.client.stream_chunk, random_bytes(2 * CHUNK, 2))
        node = self.client.nodes.GetNode(api.GetNodeRequest(node_id=upload))
        self.assertEqual((node.bucket, node.s3_key), (self.bucket, self.key_of(upload)))
        head = self.minio.s3.head_object(Bucket=node.bucket, Key=node.s3_key)
        self.assertEqual((node.etag.strip('"'), node.version_id), (head["ETag"].strip('"'), head.get("VersionId", "")))

    def test_a_payload_is_one_put(self):
        data = random_bytes(MIB, 3)
        answer = self.client.initiate(payload=data)
        self.assertEqual(answer.state, api.COMPLETED)
        self.check_stored(answer.upload_id, data)
        head = self.minio.s3.head_object(Bucket=self.bucket, Key=self.key_of(answer.upload_id))
        self.assertNotIn("-", head["ETag"], "no multipart upload")

    def test_what_is_said_of_an_object_is_kept(self):
        self.check_kept(self.upload(self.client.put_chunk, random_bytes(CHUNK + 1, 4), **KEPT))
        self.check_kept(self.client.initiate(payload=b"whole", **KEPT).upload_id)

    def test_a_wrong_digest_stores_nothing(self):
        upload = self.client.initiate().upload_id
        for put in (self.client.put_chunk, lambda *chunk, **more: self.client.put_chunk(*chunk, named=True, **more)):
            failure = failure_of(put, upload, 0, random_bytes(CHUNK, 5), crc32c="AAAAAA==")
            self.assertEqual((failure.code, failure.reason), (grpc.StatusCode.INVALID_ARGUMENT, "DIGEST_MISMATCH"))
        self.assertEqual(self.client.status(upload).chunks_received, 0)
        for store_upload in self.minio.unfinished(self.bucket, self.key_of(upload)):
            parts = self.minio.s3.list_parts(Bucket=self.bucket, Key=self.key_of(upload), UploadId=store_upload)
            self.assertEqual(parts.get("Parts", []), [])

    def test_cancel_leaves_nothing_at_the_store(self):
        upload = self.client.initiate().upload_id
        self.client.stream_chunk(upload, 0, random_bytes(CHUNK, 6))
        self.assertTrue(self.client.uploads.CancelUpload(api.CancelUploadRequest(upload_id=upload)).success)
        wait_for(lambda: not self.minio.unfinished(self.bucket, self.key_of(upload)), 30, "the upload is aborted")
        self.assertNotIn(self.key_of(upload), self.minio.objects(self.bucket))

    def test_the_server_is_killed_in_the_middle(self):
        data = random_bytes(3 * CHUNK, 7)
        upload = self.client.initiate(expected_size=len(data), chunk_size=CHUNK).upload_id
        self.client.stream_chunk(upload, 2, data[2 * CHUNK:])
        self.longshored.kill()
        self.longshored.start()
        self.client.close()
        self.client = Client(self.longshored.grpc_port)
        self.addCleanup(self.client.close)
        for number in (1, 0):
            self.client.stream_chunk(upload, number, data[number * CHUNK:(number + 1) * CHUNK])
        self.assertEqual(self.client.complete(upload, total_chunks=3).state, api.COMPLETED)
        self.check_stored(upload, data)


class S3GrpcOverTlsWithVersionsTest(S3GrpcTest):
    tls = True
    bucket = "versioned"


if __name__ == "__main__":
    main()

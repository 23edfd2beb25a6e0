"""gRPC from a client's side, with gRPC's own Python client: every call, errors with their details, and what happens to calls
when clients or the server go away."""

import concurrent.futures
import signal
import threading
import time

from grpc_client import Client, api, failure_of, grpc, health_pb2, reflection_pb2
from harness import MIB, SMALL_PARTS, SystemTest, main, random_bytes, wait_for

Code = grpc.StatusCode


class GrpcTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(SMALL_PARTS)
        self.client = self.grpc()

    def grpc(self, **options):
        client = Client(self.longshored.grpc_port, **options)
        self.addCleanup(client.close)
        return client

    def check_content(self, node, data):
        self.assertEqual(self.longshored.content(node).body, data)

    # ---- the main path ---------------------------------------------------------------------------------------------

    def upload(self, put, chunks=6, size=MIB + 17):
        data = random_bytes(chunks * size, chunks)
        begun = self.client.initiate()
        with concurrent.futures.ThreadPoolExecutor(chunks) as pool:
            answers = list(pool.map(lambda n: put(begun.upload_id, n, data[n * size:(n + 1) * size], n == chunks - 1), range(chunks)))
        self.assertEqual(sum(answer.is_file_complete for answer in answers) > 0, True)
        done = self.client.complete(begun.upload_id)
        self.assertEqual((done.state, done.size), (api.COMPLETED, len(data)))
        self.check_content(begun.node_id, data)
        node = self.client.nodes.GetNode(api.GetNodeRequest(node_id=begun.node_id))
        self.assertEqual((node.state, node.size, node.name), (api.Node.ACTIVE, len(data), "file.bin"))
        wait_for(lambda: any(line["event"]["documentId"] == begun.node_id and "completed" in line["event"]
                             for line in self.longshored.events()), 10, "the event")

    def test_chunks_in_parallel(self):
        self.upload(self.client.put_chunk)

    def test_chunks_named_in_metadata(self):
        self.upload(lambda upload, n, data, last: self.client.put_chunk(upload, n, data, last, named=True))

    def test_chunks_as_streams(self):
        self.upload(self.client.stream_chunk)

    def test_chunks_as_streams_of_small_messages(self):
        self.upload(lambda upload, n, data, last: self.client.stream_chunk(upload, n, data, last, message=1000), 2, 200_000)

    def test_payload(self):
        data = random_bytes(900_000, 1)
        answer = self.client.initiate(payload=data)
        self.assertEqual(answer.state, api.COMPLETED)
        self.check_content(answer.node_id, data)

    def test_both_protocols_see_one_upload(self):
        data = random_bytes(200_000, 2)
        upload = self.client.initiate().upload_id
        self.assertEqual(self.longshored.put_part(upload, 0, data[:100_000]).status, 200)
        self.client.put_chunk(upload, 1, data[100_000:], last=True)
        self.check_content(upload, data)
        limits = self.longshored.get("/v1/limits").json()
        self.assertEqual(limits["maxUnaryMessage"], str(64 * MIB))

    def test_progress(self):
        upload = self.client.initiate().upload_id
        stream = self.client.uploads.StreamUploadProgress(api.StreamUploadProgressRequest(upload_id=upload))
        first = next(stream)
        self.assertEqual(first.state, api.PENDING)
        self.client.put_chunk(upload, 0, b"x" * 100_000)
        self.client.put_chunk(upload, 1, b"y", last=True)
        states = [status.state for status in stream]
        self.assertEqual(states[-1], api.COMPLETED)

    def test_lists_cancel_delete(self):
        uploads = [self.client.initiate(name=f"{i}").upload_id for i in range(5)]
        seen, token = [], ""
        while True:
            page = self.client.uploads.ListUploads(api.ListUploadsRequest(page_size=2, page_token=token))
            seen += [upload.upload_id for upload in page.uploads]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(sorted(seen), sorted(uploads))
        cancelled = self.client.uploads.CancelUpload(api.CancelUploadRequest(upload_id=uploads[0], reason="test"))
        self.assertEqual((cancelled.success, cancelled.state), (True, api.CANCELLED))
        node = self.client.initiate(payload=b"x").node_id
        self.assertEqual(len(self.client.nodes.ListNodes(api.ListNodesRequest(state=api.Node.ACTIVE)).nodes), 1)
        self.assertEqual(self.client.nodes.DeleteNode(api.DeleteNodeRequest(node_id=node)).state, api.Node.DELETED)

    def test_calls_are_counted_and_logged(self):
        self.client.initiate()
        failure = failure_of(self.client.status, "nobody-1")
        request_id = failure.metadata["requestId"]
        metrics = self.longshored.get("/metrics").body.decode()
        for method, code in (("InitiateUpload", "OK"), ("GetUploadStatus", "NOT_FOUND")):
            self.assertIn(f'longshore_grpc_calls_total{{code="{code}",method="/longshore.v1.UploadService/{method}"}} 1\n', metrics)
        self.assertIn(f"request_id={request_id} method=/longshore.v1.UploadService/GetUploadStatus code=NOT_FOUND reason=NOT_FOUND",
                      self.longshored.log_text())

    # ---- what goes wrong -------------------------------------------------------------------------------------------

    def test_errors_have_details(self):
        failure = failure_of(self.client.status, "00000000-0000-7000-8000-000000000000")
        self.assertEqual((failure.code, failure.reason), (Code.NOT_FOUND, "NOT_FOUND"))
        self.assertTrue(failure.metadata["requestId"])
        upload = self.client.initiate().upload_id
        self.client.uploads.CancelUpload(api.CancelUploadRequest(upload_id=upload))
        failure = failure_of(self.client.put_chunk, upload, 0, b"x" * 100_000)
        self.assertEqual((failure.code, failure.reason, failure.metadata["state"]), (Code.FAILED_PRECONDITION, "UPLOAD_ENDED", "CANCELLED"))

    def test_missing_chunks_are_no_error(self):
        upload = self.client.initiate().upload_id
        self.client.put_chunk(upload, 2, b"end", last=True)
        answer = self.client.complete(upload)
        self.assertEqual(answer.state, api.UPLOADING)
        self.assertEqual([(r.first, r.last) for r in answer.missing_chunks], [(0, 1)])

    def test_wrong_digest_is_not_stored(self):
        upload = self.client.initiate().upload_id
        for put in (self.client.put_chunk, lambda *a, **k: self.client.put_chunk(*a, named=True, **k)):
            failure = failure_of(put, upload, 0, b"x" * 100_000, crc32c="AAAAAA==")
            self.assertEqual((failure.code, failure.reason), (Code.INVALID_ARGUMENT, "DIGEST_MISMATCH"))
        self.assertEqual(self.client.status(upload).chunks_received, 0)

    def test_streams_that_contradict_themselves(self):
        upload = self.client.initiate().upload_id
        message, header = api.UploadChunkStreamRequest, api.UploadChunkStreamRequest.Header(upload_id=upload, size=70_000)
        data = message(data=b"x" * 70_000)
        for what, messages, code, reason in [
            ("no header", [data], Code.INVALID_ARGUMENT, "INVALID_REQUEST"),
            ("nothing", [], Code.ABORTED, "BODY_CUT_OFF"),
            ("two headers", [message(header=header), message(header=header), data], Code.INVALID_ARGUMENT, "INVALID_REQUEST"),
            ("too little", [message(header=header), message(data=b"x")], Code.ABORTED, "BODY_CUT_OFF"),
            ("too much", [message(header=header), data, data], Code.INVALID_ARGUMENT, "INVALID_REQUEST"),
            ("no size", [message(header=api.UploadChunkStreamRequest.Header(upload_id=upload)), data],
             Code.INVALID_ARGUMENT, "LENGTH_REQUIRED"),
            ("another's upload", [message(header=api.UploadChunkStreamRequest.Header(upload_id="nobody-1", size=70_000)), data],
             Code.NOT_FOUND, "NOT_FOUND"),
        ]:
            failure = failure_of(self.client.uploads.UploadChunkStream, iter(messages))
            self.assertEqual((failure.code, failure.reason), (code, reason), what)
        self.assertEqual(self.client.status(upload).chunks_received, 0)

    def test_chunks_behind_the_last(self):
        upload = self.client.initiate().upload_id
        self.client.stream_chunk(upload, 1, b"x" * 70_000, last=True)
        for put in (self.client.put_chunk, self.client.stream_chunk):
            for last in (False, True):
                failure = failure_of(put, upload, 2, b"y" * 70_000, last=last)
                self.assertEqual((failure.code, failure.reason), (Code.FAILED_PRECONDITION, "CHUNK_CONFLICT"))
        self.assertEqual(self.client.status(upload).chunks_received, 1)

    def test_compression_is_refused(self):
        failure = failure_of(self.grpc(compression=grpc.Compression.Gzip).initiate)
        self.assertEqual(failure.code, Code.UNIMPLEMENTED)
        self.assertIn("identity", failure.text)

    def test_a_message_beyond_the_limit(self):
        upload = self.client.initiate().upload_id
        failure = failure_of(self.client.put_chunk, upload, 0, bytes(65 * MIB))
        self.assertEqual((failure.code, failure.reason), (Code.RESOURCE_EXHAUSTED, "PAYLOAD_TOO_LARGE"))
        self.assertIn("UploadChunkStream", failure.text)

    def test_what_comes_later_and_what_never_was(self):
        failure = failure_of(self.client.nodes.RotateEncryption, api.RotateEncryptionRequest(node_id="node-0001"))
        self.assertEqual(failure.code, Code.UNIMPLEMENTED)
        self.assertIn("this release", failure.text)
        call = self.client.channel.unary_unary("/longshore.v1.UploadService/NoSuch", request_serializer=lambda m: m)
        self.assertEqual(failure_of(call, b"").code, Code.UNIMPLEMENTED)

    def test_metadata_beyond_its_limit(self):
        failure = failure_of(self.client.uploads.ListUploads, api.ListUploadsRequest(), metadata=[("x-much", "y" * 9000)])
        self.assertEqual(failure.code, Code.RESOURCE_EXHAUSTED)
        self.client.uploads.ListUploads(api.ListUploadsRequest())

    # ---- who goes away ---------------------------------------------------------------------------------------------

    def endless(self, upload, begun, size=100 * MIB):
        yield api.UploadChunkStreamRequest(header=api.UploadChunkStreamRequest.Header(upload_id=upload, size=size))
        while True:
            begun.set()
            yield api.UploadChunkStreamRequest(data=b"x" * 65536)
            time.sleep(0.01)

    def test_deadlines(self):
        upload = self.client.initiate().upload_id
        begun = time.monotonic()
        failure = failure_of(self.client.uploads.UploadChunkStream, self.endless(upload, threading.Event()), timeout=0.5)
        self.assertEqual(failure.code, Code.DEADLINE_EXCEEDED)
        self.assertLess(time.monotonic() - begun, 5)
        self.client.stream_chunk(upload, 0, b"x" * 100_000, last=True)

    def test_a_cancelled_chunk_can_be_sent_again(self):
        upload = self.client.initiate().upload_id
        begun = threading.Event()
        call = self.client.uploads.UploadChunkStream.future(self.endless(upload, begun))
        begun.wait(10)
        call.cancel()
        self.client.stream_chunk(upload, 0, b"x" * 100_000, last=True)
        self.check_content(upload, b"x" * 100_000)

    def is_refused(self):
        try:
            self.grpc().uploads.ListUploads(api.ListUploadsRequest(), timeout=5)
        except grpc.RpcError as error:
            return error.code() == Code.UNAVAILABLE
        return False

    def test_a_drain_lets_calls_finish(self):
        upload = self.client.initiate().upload_id
        begun, finish = threading.Event(), threading.Event()

        def messages():
            yield api.UploadChunkStreamRequest(header=api.UploadChunkStreamRequest.Header(upload_id=upload, size=100_000, is_last=True))
            yield api.UploadChunkStreamRequest(data=b"x" * 50_000)
            begun.set()
            finish.wait(20)
            yield api.UploadChunkStreamRequest(data=b"x" * 50_000)

        call = self.client.uploads.UploadChunkStream.future(messages())
        begun.wait(10)
        self.longshored.process.send_signal(signal.SIGTERM)
        wait_for(self.is_refused, 10, "new calls go elsewhere")
        finish.set()
        self.assertTrue(call.result(20).is_file_complete)
        self.assertEqual(self.longshored.process.wait(30), 0)
        self.longshored.start()
        self.check_content(upload, b"x" * 100_000)

    # ---- health and reflection -------------------------------------------------------------------------------------

    def test_health(self):
        for service in ("", "longshore.v1.UploadService"):
            answer = self.client.health.Check(health_pb2.HealthCheckRequest(service=service))
            self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING)
        self.assertEqual(failure_of(self.client.health.Check, health_pb2.HealthCheckRequest(service="x")).code, Code.NOT_FOUND)
        watch = self.client.health.Watch(health_pb2.HealthCheckRequest(service="x"))
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        watch.cancel()

    def test_reflection(self):
        def ask(**question):
            return next(self.client.reflection.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(**question)])))

        services = {service.name for service in ask(list_services="").list_services_response.service}
        self.assertEqual(services, {"longshore.v1.UploadService", "longshore.v1.NodeService", "grpc.health.v1.Health",
                                    "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"})
        file = ask(file_containing_symbol="longshore.v1.UploadService").file_descriptor_response
        self.assertIn(b"longshore/v1/longshore.proto", file.file_descriptor_proto[0])
        self.assertEqual(ask(file_by_filename="no.proto").error_response.error_code, 5)


if __name__ == "__main__":
    main()

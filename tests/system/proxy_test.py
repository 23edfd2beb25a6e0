"""Behind nginx and HAProxy, as docs/proxies.md configures them: nothing changes. Uploads over HTTP/1.1, HTTP/2 and gRPC, broken
connections and a server that is killed included; and proxy and server never read a request differently."""

import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import time

from attack_test import CHUNKS, FRAMING, HIDDEN
from grpc_client import Client, api, failure_of, grpc
from harness import MIB, SMALL_PARTS, SystemTest, free_port, main, random_bytes, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
from proxies import Proxy  # noqa: E402

CONFIG = SMALL_PARTS + """
[http]
trusted_proxies = ["127.0.0.1"]
"""


class BehindProxy:
    """The tests, for each proxy the same."""

    KIND = ""
    CHANGES = ()

    def setUp(self):
        super().setUp()
        self.longshored = self.server(CONFIG)
        self.proxy = Proxy(self.KIND, self.folder / "proxy", free_port(), self.longshored.port, self.longshored.grpc_port, self.CHANGES)
        self.addCleanup(self.proxy.close)
        self.tls = ssl.create_default_context(cafile=self.proxy.certificate)
        wait_for(lambda: self.proxy.process.poll() is not None or self.serves(), 20, "the proxy serves")
        self.assertIsNone(self.proxy.process.poll(), self.proxy.said())

    def serves(self):
        with contextlib.suppress(OSError):
            return self.request("GET", "/healthz").status == 200
        return False

    def request(self, method, path, body=None, headers=None, source="127.0.0.1"):
        """Through the proxy. Returns its answer, and what was in it."""
        headers = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPSConnection("127.0.0.1", self.proxy.port, timeout=60, context=self.tls, source_address=(source, 0))
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer

    def json(self, *arguments, **options):
        answer = self.request(*arguments, **options)
        self.assertLess(answer.status, 300, answer.body)
        return json.loads(answer.body)

    def initiate(self, **fields):
        return self.json("POST", "/v1/uploads", {"connectorId": "proxied", "name": "file.bin", **fields})["uploadId"]

    def grpc(self):
        client = Client(self.proxy.port, certificate=self.proxy.certificate)
        self.addCleanup(client.close)
        return client

    def raw(self):
        return self.tls.wrap_socket(socket.create_connection(("127.0.0.1", self.proxy.port), timeout=20), server_hostname="127.0.0.1")

    # ---- uploads ---------------------------------------------------------------------------------------------------

    def test_parts_in_parallel(self):
        data = random_bytes(6 * MIB + 17, 1)
        upload = self.initiate(expectedSize=len(data))

        def put(number):
            last = "?last=true" if number == 6 else ""
            return self.json("PUT", f"/v1/uploads/{upload}/parts/{number}{last}", data[number * MIB:(number + 1) * MIB])

        with concurrent.futures.ThreadPoolExecutor(7) as pool:
            list(pool.map(put, range(7)))
        self.assertEqual(self.json("POST", f"/v1/uploads/{upload}/complete", {"totalChunks": 7})["state"], "COMPLETED")
        self.assertEqual(self.request("GET", f"/v1/nodes/{upload}/content").body, data)
        piece = self.request("GET", f"/v1/nodes/{upload}/content", headers={"Range": "bytes=1000000-1000999"})
        self.assertEqual((piece.status, piece.body), (206, data[1000000:1001000]))
        head = self.request("HEAD", f"/v1/nodes/{upload}/content")
        self.assertEqual((head.status, head.headers["Content-Length"]), (200, str(len(data))))

    def test_http2_and_unknown_length(self):
        file = self.file("data", random_bytes(5 * MIB + 1, 2))
        with open(file, "rb") as data:
            said = subprocess.run(["curl", "-sS", "--fail-with-body", "--http2", "--cacert", self.proxy.certificate, "-o", "/dev/null", "-w", "%{http_version}",
                                   "-T", "-", f"{self.proxy.url}/v1/objects/proxied/by-name"], stdin=data, capture_output=True, text=True,
                                  timeout=60, check=True).stdout
        self.assertEqual(said, "2")
        self.assertEqual(self.request("GET", "/v1/objects/proxied/by-name").body, file.read_bytes())

    def test_progress_comes_at_once(self):
        upload = self.initiate()
        connection = http.client.HTTPSConnection("127.0.0.1", self.proxy.port, timeout=10, context=self.tls)
        with contextlib.closing(connection):
            connection.request("GET", f"/v1/uploads/{upload}/progress")
            answer = connection.getresponse()
            self.assertIn(b"PENDING", self.next_event(answer))
            self.json("PUT", f"/v1/uploads/{upload}/parts/0", random_bytes(MIB, 3))
            self.assertIn(b"UPLOADING", self.next_event(answer))

    @staticmethod
    def next_event(answer):
        while True:
            line = answer.readline()
            if line.startswith(b"data:") or not line:
                return line

    def test_errors_pass_as_they_are(self):
        upload = self.initiate()
        answer = self.request("PUT", f"/v1/uploads/{upload}/parts/0", b"x" * MIB, {"Content-Digest": "crc32c=:AAAAAA==:"})
        self.assertEqual((answer.status, json.loads(answer.body)["reason"]), (400, "DIGEST_MISMATCH"))
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")

    def test_clients_have_their_own_addresses(self):
        self.request("GET", "/v1/limits?expected_size=1", source="127.0.0.7")
        wait_for(lambda: "127.0.0.7" in self.longshored.log_text(), 5, "the client's address in the log")

    # ---- what breaks -----------------------------------------------------------------------------------------------

    def test_a_client_that_goes_leaves_nothing(self):
        upload = self.initiate()
        with contextlib.closing(self.raw()) as connection:
            connection.sendall(b"PUT /v1/uploads/%s/parts/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" % upload.encode())
            connection.sendall(b"x" * 500_000)
        data = random_bytes(MIB, 4)
        wait_for(lambda: self.request("PUT", f"/v1/uploads/{upload}/parts/0?last=true", data).status == 200, 30, "the part is free again")
        self.assertEqual(self.request("GET", f"/v1/nodes/{upload}/content").body, data)

    def test_a_server_that_is_killed_loses_nothing(self):
        data = random_bytes(32 * MIB, 5)
        upload = self.initiate(expectedSize=len(data))

        def put(number):
            def taken():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    return self.request("PUT", f"/v1/uploads/{upload}/parts/{number}", data[number * MIB:(number + 1) * MIB]).status == 200
                return False
            wait_for(taken, 60, f"part {number} is taken")
            if number == 5:
                self.longshored.kill()
                self.longshored.start()

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(put, range(32)))
        self.assertEqual(self.json("POST", f"/v1/uploads/{upload}/complete", {"totalChunks": 32})["state"], "COMPLETED")
        self.assertEqual(self.request("GET", f"/v1/nodes/{upload}/content").body, data)

    # ---- gRPC ------------------------------------------------------------------------------------------------------

    def test_grpc(self):
        client = self.grpc()
        data = random_bytes(6 * MIB, 6)
        upload = client.initiate(expected_size=len(data)).upload_id
        progress = client.uploads.StreamUploadProgress(api.StreamUploadProgressRequest(upload_id=upload))
        self.assertEqual(next(progress).state, api.PENDING)

        def put(number):
            call = client.put_chunk if number % 2 else client.stream_chunk
            call(upload, number, data[number * MIB:(number + 1) * MIB], number == 5)

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            list(pool.map(put, range(6)))
        self.assertEqual(client.complete(upload).state, api.COMPLETED)
        self.assertEqual([status.state for status in progress][-1], api.COMPLETED)
        self.assertEqual(self.request("GET", f"/v1/nodes/{upload}/content").body, data)
        failure = failure_of(client.status, "nobody-1")
        self.assertEqual((failure.code, failure.reason), (grpc.StatusCode.NOT_FOUND, "NOT_FOUND"))

    def test_grpc_server_killed(self):
        client = self.grpc()
        upload = client.initiate().upload_id
        client.put_chunk(upload, 0, b"a" * MIB)
        self.longshored.kill()
        failure = failure_of(client.put_chunk, upload, 1, b"b" * MIB)
        self.assertEqual(failure.code, grpc.StatusCode.UNAVAILABLE)
        self.longshored.start()
        wait_for(lambda: self.accepted(client, upload), 30, "the repeat is taken")
        self.assertEqual(self.request("GET", f"/v1/nodes/{upload}/content").body, b"a" * MIB + b"b" * MIB)

    @staticmethod
    def accepted(client, upload):
        with contextlib.suppress(grpc.RpcError):
            return client.put_chunk(upload, 1, b"b" * MIB, last=True).is_file_complete
        return False

    # ---- framing ---------------------------------------------------------------------------------------------------

    def send(self, data):
        """What comes back until nothing more comes for a moment."""
        answer = b""
        with contextlib.suppress(OSError), contextlib.closing(self.raw()) as connection:
            connection.sendall(data)
            connection.settimeout(1)
            while got := connection.recv(65536):
                answer += got
        return answer

    def test_framing_is_read_alike(self):
        """A request hidden in a body is never one of Longshore's: it sees as many as the proxy has sent it."""
        upload = self.initiate()
        head = b"PUT /v1/objects/cli/chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        for name, request in [*((name, request) for name, request, _ in FRAMING), *((name, head + body) for name, body in CHUNKS)]:
            with self.subTest(name):
                self.send(request.replace(b"{upload}", upload.encode()) + HIDDEN)
                self.assertTrue(self.serves())
        self.send(HIDDEN)
        wait_for(lambda: self.hidden() > 0 and self.proxy.passed_on("/hidden-request") > 0, 5, "the one that is not hidden is seen by both")
        time.sleep(0.5)
        self.assertEqual(self.hidden(), self.proxy.passed_on("/hidden-request"))

    def hidden(self):
        return sum("hidden-request" in line for line in self.longshored.log_text().splitlines())


class NginxTest(BehindProxy, SystemTest):
    KIND = "nginx"


class NginxThatBuffersTest(BehindProxy, SystemTest):
    """It holds every body in a file until it is whole, and sends it again when the server breaks off."""

    KIND = "nginx"
    CHANGES = ((r"proxy_request_buffering off;", "proxy_request_buffering on; proxy_next_upstream error timeout http_502 http_503;"),
               (r"server (127[\d.:]+) max_fails=0;", r"server \1 max_fails=0; server \1 max_fails=0;"))


class HaproxyTest(BehindProxy, SystemTest):
    KIND = "haproxy"


if __name__ == "__main__":
    main()

"""Requests that nobody sends by mistake: each is answered as the table says, the connection ends where it says so, what is hidden
behind it is never answered, and nothing is left behind."""

import json
import socket
import time

from harness import MIB, SMALL_PARTS, SystemTest, main

HIDDEN = b"GET /hidden-request HTTP/1.1\r\nHost: x\r\n\r\n"


def part(fields, body=b"", version=b"1.1"):
    return b"PUT /v1/uploads/{upload}/parts/0 HTTP/" + version + b"\r\nHost: x\r\n" + fields + b"\r\n" + body


# What is sent (with {upload}: an open one); the statuses that are right. After each of them the connection ends.
FRAMING = [
    ("length and chunked", part(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), (400,)),
    ("chunked and length", part(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"), (400,)),
    ("chunked in HTTP/1.0", part(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"1.0"), (400,)),
    ("gzip", part(b"Transfer-Encoding: gzip\r\n"), (400, 501)),
    ("gzip, chunked", part(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), (400, 501)),
    ("chunked, identity", part(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), (400, 501)),
    ("xchunked", part(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), (400, 501)),
    ("chunked twice", part(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), (400, 501)),
    ("length 5, 5", part(b"Content-Length: 5, 5\r\n", b"12345"), (400,)),
    ("two equal lengths", part(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"12345"), (400,)),
    ("two lengths", part(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"12345"), (400,)),
    ("length +5", part(b"Content-Length: +5\r\n", b"12345"), (400,)),
    ("length -1", part(b"Content-Length: -1\r\n"), (400,)),
    ("length 0x5", part(b"Content-Length: 0x5\r\n", b"12345"), (400,)),
    ("length 2^64", part(b"Content-Length: 18446744073709551616\r\n"), (400,)),
    ("length 5 5", part(b"Content-Length: 5 5\r\n", b"12345"), (400,)),
    ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", (400,)),
    ("two Hosts", b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", (400,)),
    ("Host a@b", b"GET /healthz HTTP/1.1\r\nHost: a@b\r\n\r\n", (400,)),
    ("folded field", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", (400,)),
    ("space before the colon", b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", (400,)),
    ("bare LF", b"GET /healthz HTTP/1.1\nHost: x\n\n", (400,)),
    ("bare CR", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", (400,)),
    ("NUL", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", (400,)),
    ("chunk size 0x5", part(b"Transfer-Encoding: chunked\r\n", b"0x5\r\n12345\r\n0\r\n\r\n"), (400, 411)),
    ("header of 64 KiB", b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 65536 + b"\r\n\r\n", (431,)),
    ("1,000 fields", b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 1000 + b"\r\n", (431,)),
    ("target of 20 KB", b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", (414,)),
    ("Expect: x", part(b"Content-Length: 5\r\nExpect: x\r\n"), (417,)),
]

# By-name bodies of unknown length with broken chunks: refused, and nothing stored.
CHUNKS = [
    ("0x5", b"0x5\r\n12345\r\n0\r\n\r\n"), ("-1", b"-1\r\n"), ("17 digits", b"00000000000000005\r\n12345\r\n0\r\n\r\n"),
    ("bare LF after the size", b"5\n12345\r\n0\r\n\r\n"), ("LF in an extension", b"5;a=\nb\r\n12345\r\n0\r\n\r\n"),
    ("no CRLF behind the data", b"5\r\n123456\r\n0\r\n\r\n"),
]

# JSON and paths: method, target, body; status and reason.
REQUESTS = [
    ("POST", "/v1/uploads", b"[[" * 30000, 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":' + b"[" * 10000, 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a","name":"b","connectorId":"c"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"connectorId":"c","encryption":{"kmsKeyId":"a","kms_key_id":"b"}}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a\\u0000","connectorId":"c"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"\\ud800","connectorId":"c"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a\\r\\nX: y","connectorId":"c"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"\xff","connectorId":"c"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"expectedSize":NaN,"name":"a","connectorId":"c"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"expectedSize":"-1","name":"a","connectorId":"c"}', 400, None),
    ("POST", "/v1/uploads", b'{"expectedSize":"9223372036854775807","name":"a","connectorId":"c"}', 400, "OUT_OF_LIMITS"),
    ("POST", "/v1/uploads", b'{"chunkSize":"1","name":"a","connectorId":"c"}', 400, "OUT_OF_LIMITS"),
    ("POST", "/v1/uploads", b'{"unknown":1,"name":"a","connectorId":"c"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a","connectorId":"c:*{x}"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a","connectorId":"c","path":"../up"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a","connectorId":"c","path":"/etc"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a","connectorId":"c","path":"' + b"a" * 10000 + b'"}', 400, None),
    ("POST", "/v1/uploads", b'{"name":"a","connectorId":"c","metadata":{"k":"' + b"v" * 2048 + b'"}}', 400, "OUT_OF_LIMITS"),
    ("POST", "/v1/uploads", b'{"name":"a","connectorId":"c","clientNodeId":"../../x"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b'{"name":"a","connectorId":"c","drive":"nosuch"}', 400, "INVALID_REQUEST"),
    ("POST", "/v1/uploads", b" " * (2 * MIB), 413, "PAYLOAD_TOO_LARGE"),
    ("PUT", "/v1/uploads/{upload}/parts/10000", b"12345", 400, "OUT_OF_LIMITS"),
    ("PUT", "/v1/uploads/{upload}/parts/-1", b"12345", 400, None),
    ("PUT", "/v1/uploads/{upload}/parts/0x1", b"12345", 400, None),
    ("PUT", "/v1/uploads/{upload}/parts/0?last=perhaps", b"12345", 400, "INVALID_REQUEST"),
    ("PUT", "/v1/uploads/{upload}/parts/0?nonsense=1", b"12345", 400, "INVALID_REQUEST"),
    ("PUT", "/v1/uploads/no-such-upload/parts/0", b"12345", 404, "NOT_FOUND"),
    ("PUT", "/v1/objects/cli/%2e%2e", b"12345", 400, "INVALID_REQUEST"),
    ("PUT", "/v1/objects/cli/a%00b", b"12345", 400, "INVALID_REQUEST"),
    ("PUT", "/v1/objects/cli/a%0d%0aX:%20y", b"12345", 400, "INVALID_REQUEST"),
    ("GET", "/v1/uploads?page_token=forged", None, 400, "INVALID_REQUEST"),
    ("GET", "/v1/uploads?page_size=-1", None, 400, "INVALID_REQUEST"),
    ("GET", "/v1/nodes/%2e%2e%2f%2e%2e", None, 400, None),
    ("GET", "/v1/nodes?%ff%00=1", None, 400, "INVALID_REQUEST"),
    ("POST", "/v1/nodes/some-node/rotate", None, 404, "NOT_FOUND"),
]


class AttackTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(SMALL_PARTS)
        self.upload = self.longshored.initiate(name="bait")["uploadId"]

    def exchange(self, data, deadline_s=20):
        """All that comes back until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.longshored.port), timeout=deadline_s) as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass  # it was closed before all was sent
            answer = b""
            while True:
                try:
                    got = connection.recv(65536)
                except ConnectionResetError:
                    return answer
                if not got:
                    return answer
                answer += got

    def check_nothing_changed(self):
        status = self.longshored.get(f"/v1/uploads/{self.upload}").json()
        self.assertEqual((status["state"], status["chunksReceived"]), ("PENDING", "0"))
        self.assertEqual(self.longshored.stored_objects(), {})

    def test_framing(self):
        for name, request, statuses in FRAMING:
            with self.subTest(name):
                answer = self.exchange(request.replace(b"{upload}", self.upload.encode()) + HIDDEN)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer[:500])
                self.assertIn(int(answer.split(b" ")[1]), statuses, answer[:500])
                self.assertIn(b"connection: close", answer.lower())
        self.assertNotIn("hidden-request", self.longshored.log_text())
        self.check_nothing_changed()

    def test_chunks(self):
        head = b"PUT /v1/objects/cli/chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        for name, body in CHUNKS:
            with self.subTest(name):
                answer = self.exchange(head + body + HIDDEN)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer[:500])
                self.assertEqual(int(answer.split(b" ")[1]), 400, answer[:500])
        self.assertNotIn("hidden-request", self.longshored.log_text())
        self.check_nothing_changed()

    def test_requests(self):
        for method, target, body, status, reason in REQUESTS:
            with self.subTest(f"{method} {target} {(body or b'')[:60]!r}"):
                headers = {"Content-Type": "application/json"} if method == "POST" else {}
                began = time.monotonic()
                answer = self.longshored.request(method, target.replace("{upload}", self.upload), body, headers)
                self.assertEqual(answer.status, status, answer)
                self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
                problem = json.loads(answer.body)
                self.assertEqual(problem["type"], "urn:longshore:error:" + problem["reason"])
                self.assertTrue(problem["detail"])
                if reason:
                    self.assertEqual(problem["reason"], reason)
                self.assertLess(time.monotonic() - began, 2)
        self.check_nothing_changed()
        self.assertEqual([upload["uploadId"] for upload in self.longshored.all_of("/v1/uploads", "uploads")], [self.upload])

    def test_content_encoding_and_type(self):
        for headers in ({"Content-Encoding": "gzip", "Content-Type": "application/json"}, {"Content-Type": "text/xml"}):
            answer = self.longshored.request("POST", "/v1/uploads", b'{"name":"a","connectorId":"c"}', headers)
            self.assertEqual((answer.status, answer.reason), (415, "UNSUPPORTED_MEDIA_TYPE"))

    def test_chunk_overhead_and_trailers_are_bounded(self):
        head = b"PUT /v1/objects/cli/overhead HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        many = b"".join(b"1;" + b"e" * 100 + b"\r\nx\r\n" for _ in range(100_000)) + b"0\r\n\r\n"
        self.assertIn(int(self.exchange(head + many).split(b" ")[1]), (400, 413))
        trailers = b"0\r\n" + b"".join(b"T%d: %s\r\n" % (number, b"v" * 80) for number in range(50_000)) + b"\r\n"
        self.assertIn(int(self.exchange(head + b"1\r\nx\r\n" + trailers).split(b" ")[1]), (400, 413, 431))
        self.check_nothing_changed()

    def test_names_stay_data(self):
        for name in ('"><script>', "CON", "\u202egnp.exe", "a;b=\"c\"", "100%"):
            with self.subTest(name):
                upload = self.longshored.initiate(name=name, connector="names")["uploadId"]
                self.longshored.put_part(upload, 0, b"x", last=True)
                content = self.longshored.content(upload)
                self.assertEqual((content.status, content.body), (200, b"x"))
                self.assertTrue(content.headers["Content-Disposition"].startswith("attachment"))
                self.assertEqual(content.headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(self.longshored.get(f"/v1/nodes/{upload}").json()["name"], name)

    def test_many_ranges_cost_nothing(self):
        node = self.longshored.put_object("cli/ranges", bytes(1000)).json()["nodeId"]
        for value in ("bytes=" + ",".join(["0-"] * 1000), "bytes=5-1", "bytes=0-18446744073709551616", "lines=1-2"):
            answer = self.longshored.content(node, {"Range": value})
            self.assertIn(answer.status, (200, 206, 416), value[:40])
            self.assertLessEqual(len(answer.body), 1000)
            head = self.longshored.request("HEAD", f"/v1/nodes/{node}/content", headers={"Range": value})
            self.assertEqual((head.status, head.headers["Content-Length"]), (200, "1000"), "only a GET has ranges")

    def test_forwarded_fields_of_strangers_change_nothing(self):
        answer = self.longshored.request("POST", "/v1/uploads", {"name": "a", "connectorId": "c"},
                                         {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
        self.assertNotIn("evil", answer.headers["Location"])

    def test_no_origin_is_allowed(self):
        for origin in ("null", "https://evil.example"):
            answer = self.longshored.get("/v1/nodes", headers={"Origin": origin})
            self.assertNotIn("Access-Control-Allow-Origin", answer.headers)


if __name__ == "__main__":
    main()

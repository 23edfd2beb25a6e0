"""Clients that are slow, silent or gone: each gets its answer in time, and nobody else waits for it."""

import concurrent.futures
import socket
import time

from harness import MIB, SystemTest, main, random_bytes, wait_for

CONFIG = """
[limits]
header_timeout = "1s"
idle_timeout = "1s"
body_rate_min = "10KiB"
[store]
part_bytes_min = "64KiB"
"""


class SlowTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server(CONFIG)

    def raw(self, *pieces, pause_s=0.0):
        """What comes back, until the connection ends, for pieces that are sent one by one."""
        with socket.create_connection(("127.0.0.1", self.longshored.port), timeout=30) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause_s)
            except OSError:
                pass  # it has been cut off already
            answer = b""
            while True:
                try:
                    got = connection.recv(65536)
                except OSError:
                    return answer
                if not got:
                    return answer
                answer += got

    def test_a_header_that_does_not_end(self):
        began = time.monotonic()
        answer = self.raw(b"GET /healthz HTTP/1.1\r\n", *[b"x"] * 40, pause_s=0.1)
        self.assertIn(b" 408 ", answer.split(b"\r\n")[0] + b" ")
        self.assertIn(b"REQUEST_TIMEOUT", answer)
        self.assertLess(time.monotonic() - began, 8)

    def test_a_body_below_the_rate(self):
        upload = self.longshored.initiate()["uploadId"]
        head = f"PUT /v1/uploads/{upload}/parts/0?last=true HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode()
        answer = self.raw(head, *[b"12345"] * 200, pause_s=0.1)
        self.assertIn(b" 408 ", answer.split(b"\r\n")[0] + b" ")
        status = self.longshored.get(f"/v1/uploads/{upload}").json()
        self.assertEqual((status["state"], status["chunksReceived"]), ("PENDING", "0"))

    def test_a_body_that_stops(self):
        upload = self.longshored.initiate()["uploadId"]
        head = f"PUT /v1/uploads/{upload}/parts/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode()
        answer = self.raw(head + bytes(50_000))
        self.assertIn(b"REQUEST_TIMEOUT", answer)
        self.assertEqual(self.longshored.put_part(upload, 0, bytes(100_000)).status, 200)

    def test_a_body_that_is_cut_off(self):
        upload = self.longshored.initiate()["uploadId"]
        head = f"PUT /v1/uploads/{upload}/parts/0?last=true HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", self.longshored.port), timeout=30) as connection:
            connection.sendall(head + bytes(60_000))
        answer = self.longshored.put_part(upload, 0, bytes(100_000), last=True)  # waits until the lost try is given up
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(answer.json()["isFileComplete"])

    def test_a_put_by_name_that_is_cut_off_leaves_nothing(self):
        head = b"PUT /v1/objects/cli/half HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.longshored.port), timeout=30) as connection:
            connection.sendall(head + bytes(1_500_000))
        wait_for(lambda: [upload["errorCode"] for upload in self.longshored.all_of("/v1/uploads", "uploads")] == ["BODY_CUT_OFF"], 30,
                 "its upload has failed")
        wait_for(lambda: not self.longshored.staged(), 30, "nothing is staged")
        self.assertEqual(self.longshored.stored_objects(), {})
        self.assertEqual(self.longshored.put_object("cli/half", b"whole").status, 201)

    def test_slow_ones_do_not_slow_others(self):
        """More of them, up and down, than the memory has buffers: 32."""
        self.longshored = self.server(CONFIG.replace("[limits]", '[limits]\nmemory_budget = "8MiB"')
                                      + 'part_bytes_unknown_length = "1MiB"\n', name="small")
        uploads = [self.longshored.initiate()["uploadId"] for _ in range(40)]
        self.assertEqual(self.longshored.put_object("cli/large", bytes(32 * MIB)).status, 201)

        def trickle(upload):
            head = f"PUT /v1/uploads/{upload}/parts/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode()
            return self.raw(head, *[bytes(2000)] * 20, pause_s=0.1)

        def sip():
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(30)
                connection.connect(("127.0.0.1", self.longshored.port))
                connection.sendall(b"GET /v1/objects/cli/large HTTP/1.1\r\nHost: x\r\n\r\n")
                for _ in range(30):
                    time.sleep(0.1)
                    self.assertTrue(connection.recv(4096))

        with concurrent.futures.ThreadPoolExecutor(80) as pool:
            slow = [pool.submit(trickle, upload) for upload in uploads] + [pool.submit(sip) for _ in range(40)]
            time.sleep(0.5)
            data = random_bytes(16 * MIB, 1)
            began = time.monotonic()
            self.assertEqual(self.longshored.put_object("cli/fast", data).status, 201)
            self.assertLess(time.monotonic() - began, 5)
            for one in slow:
                one.result()


if __name__ == "__main__":
    main()

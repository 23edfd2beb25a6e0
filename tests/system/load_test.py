"""Many of something: parts of one upload, small objects, connections that say nothing, completions at once."""

import concurrent.futures
import contextlib
import http.client
import pathlib
import resource
import socket
import time

from harness import LONG, MIB, SMALL_PARTS, SystemTest, main, random_bytes

PARTS = 10_000 if LONG else 2_000
OBJECTS = 5_000 if LONG else 500
SILENT = 2_000


def memory_kib(server, what):
    """VmRSS: now; VmHWM: the most so far."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1])


class LoadTest(SystemTest):
    def test_an_upload_of_many_parts(self):
        server = self.server('[store]\npart_bytes_min = "1KiB"\n')
        data = random_bytes(PARTS * 1024, 1)
        upload = server.initiate(chunkSize="1024", expectedSize=str(len(data)))["uploadId"]

        def send(first):
            connection = server.connect()
            for number in range(first, PARTS, 8):
                query = "?last=true" if number == PARTS - 1 else ""
                connection.request("PUT", f"/v1/uploads/{upload}/parts/{number}{query}", data[number * 1024:(number + 1) * 1024])
                response = connection.getresponse()
                self.assertEqual(response.status, 200, response.read())
                response.read()
            connection.close()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(send, range(8)))
        self.assertEqual(server.complete(upload).json()["state"], "COMPLETED")
        self.assertEqual(server.content(upload).body, data)

    def test_many_small_objects(self):
        server = self.server()

        def put(first):
            connection = server.connect()
            for number in range(first, OBJECTS, 8):
                connection.request("PUT", f"/v1/objects/many/object-{number}", body=f"body {number}".encode())
                response = connection.getresponse()
                self.assertEqual(response.status, 201, response.read())
                response.read()
            connection.close()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(put, range(8)))
        nodes = server.all_of("/v1/nodes?connector_id=many", "nodes")
        self.assertEqual(len(nodes), OBJECTS)
        self.assertEqual(server.get("/v1/objects/many/object-17").body, b"body 17")

    def test_fifty_completions_at_once(self):
        server = self.server(SMALL_PARTS)
        upload = server.initiate(name="raced")["uploadId"]
        server.put_part(upload, 0, random_bytes(100_000, 3))
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: server.complete(upload, totalChunks="1"), range(50)))
        self.assertEqual({(answer.status, answer.body) for answer in answers}, {(200, answers[0].body)})
        self.assertEqual(len(server.stored_objects()), 1)
        self.assertEqual(server.stop(), 0)
        topics = [line["topic"].removeprefix("repository.") for line in server.events()]
        self.assertEqual(topics, ["uploads.initiated", "uploads.completed", "documents.created"])

    def test_silent_connections_do_no_harm(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, SILENT + 200)), hard))
        server = self.server('[limits]\nheader_timeout = "2s"\n')
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(SILENT)]
        began = time.monotonic()
        data = random_bytes(8 * MIB, 4)
        self.assertEqual(server.put_object("cli/good", data).status, 201)
        self.assertEqual(server.get("/v1/objects/cli/good").body, data)
        self.assertLess(time.monotonic() - began, 10)
        for connection in silent:
            connection.close()
        self.assertEqual(server.get("/readyz").status, 200)

    def test_memory_stays_within_the_budget(self):
        server = self.server('[limits]\nmemory_budget = "32MiB"\n[store]\npart_bytes_min = "1MiB"\n'
                             'part_bytes_unknown_length = "4MiB"\n')

        self.assertEqual(server.put_object("cli/first", bytes(MIB)).status, 201)
        before_kib = memory_kib(server, "VmRSS")

        def stream_once(number):
            pieces = (random_bytes(MIB, number) for _ in range(16))
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120, source_address=(f"127.0.1.{number + 1}", 0))
            with contextlib.closing(connection):
                connection.request("PUT", f"/v1/objects/cli/stream-{number}", pieces)
                return connection.getresponse().status

        def stream(number):
            """Who hears 503 comes again, as Retry-After says; whose body was refused in its midst likewise."""
            for _ in range(60):
                with contextlib.suppress(ConnectionError):
                    status = stream_once(number)
                    if status != 503:
                        return status
                time.sleep(0.5)
            return 503

        half_sent = []
        head = ("POST /v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 65000\r\n"
                + "".join(f"X-Fill-{i}: {'f' * 900}\r\n" for i in range(14)) + "\r\n").encode()
        for number in range(800):
            connection = socket.create_connection(("127.0.0.1", server.port), source_address=(f"127.0.2.{number % 200 + 1}", 0))
            self.addCleanup(connection.close)
            connection.sendall(head + b" " * 64_000)
            half_sent.append(connection)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(stream, range(16)))
        self.assertEqual(set(statuses), {201})
        self.assertLess(memory_kib(server, "VmHWM") - before_kib, (32 + 24) * 1024)  # the budget, and SQLite's caches


if __name__ == "__main__":
    main()

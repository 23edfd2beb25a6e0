"""What a server needs runs out: its disk, its database to another program, its descriptors. Each time the answers say what is wrong,
nothing that was acknowledged is lost, and it goes on by itself as soon as there is enough again. (Memory: load_test.py.)"""

import concurrent.futures
import contextlib
import http.client
import pathlib
import sqlite3
import time

from harness import MIB, SMALL_PARTS, Server, SystemTest, main, random_bytes, wait_for

DISK_MIB = 64
OPEN_FILES = 140
CLIENTS = 40


class ServerOnSmallDisk(Server):
    """Its data folder is a file system of its own, which only the server's processes see."""

    def arguments(self):
        self.data.mkdir(exist_ok=True)
        mounted = f'mount -t tmpfs -o size={DISK_MIB}m,mode=0700 longshore "$0" && exec "$@"'
        return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted, str(self.data), *super().arguments()]

    def inside(self):
        """The data folder as the server sees it."""
        return pathlib.Path(f"/proc/{self.process.pid}/root{self.data}")


class ServerOfFewFiles(Server):
    def arguments(self):
        return ["sh", "-c", f'ulimit -n {OPEN_FILES} && exec "$0" "$@"', *super().arguments()]


class ExhaustedTest(SystemTest):
    def test_disk(self):
        longshored = ServerOnSmallDisk(self.folder / "server", SMALL_PARTS)
        self.addCleanup(self._end, longshored)
        longshored.start()
        kept = random_bytes(4 * MIB, 1)
        self.assertEqual(longshored.put_object("cli/kept", kept).status, 201)
        data = random_bytes(16 * MIB, 2)
        upload = longshored.initiate(expectedSize=len(data), chunkSize=MIB)["uploadId"]
        first = [number for number in range(16) if number % 2 == 0]
        for number in first:
            self.assertEqual(longshored.put_part(upload, number, self.piece(data, number)).status, 200)

        filler = longshored.inside() / "filler"
        with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        refused = [longshored.put_part(upload, 1, self.piece(data, 1)), longshored.put_object("cli/more", kept),
                   longshored.put_object("cli/streamed", (self.piece(data, number) for number in range(4)))]
        for answer in refused:
            self.assertEqual(answer.status, 503, answer)
            self.assertIn("disk is full", answer.json()["detail"])
            self.assertTrue(answer.headers["Retry-After"])
        self.assertEqual(longshored.get("/v1/objects/cli/kept").body, kept, "what is there can be read")
        self.assertEqual(longshored.get(f"/v1/uploads/{upload}").json()["chunksReceived"], str(len(first)))

        filler.unlink()
        for number in range(16):
            if number not in first:
                wait_for(lambda n=number: longshored.put_part(upload, n, self.piece(data, n)).status == 200, 30, "the part is taken again")
        self.assertEqual(longshored.complete(upload, totalChunks="16").json()["state"], "COMPLETED")
        self.assertEqual(longshored.content(upload).body, data)
        staging = longshored.inside() / "store" / "staging"
        wait_for(lambda: not any(path.is_file() for path in staging.rglob("*")), 30, "nothing of what was refused is left")
        wait_for(lambda: f'"documentId":"{upload}"' in (longshored.inside() / "events.jsonl").read_text(), 30, "the event")
        self.assertEqual(longshored.get("/readyz").status, 200)

    @staticmethod
    def piece(data, number):
        return data[number * MIB:(number + 1) * MIB]

    def test_database(self):
        """Another program writes into it and does not end: calls fail in time and say so, parts need no catalog."""
        longshored = self.server(SMALL_PARTS)
        upload = longshored.initiate()["uploadId"]
        with contextlib.closing(sqlite3.connect(longshored.data / "catalog.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            answer = longshored.request("POST", "/v1/uploads", {"connectorId": "cli", "name": "late"})
            self.assertEqual(answer.status, 503, answer)
            self.assertIn("locked by another program", answer.json()["detail"])
            self.assertLess(time.monotonic() - began, 15)
            self.assertEqual(longshored.put_part(upload, 0, b"x" * MIB).status, 200)
            self.assertEqual(longshored.get("/healthz").status, 200)
        self.assertEqual(longshored.put_part(upload, 1, b"y", last=True).status, 200)
        self.assertEqual(longshored.content(upload).body, b"x" * MIB + b"y")
        longshored.initiate(name="late")

    def test_open_files(self):
        """More clients than it may open files for: those beyond are sent away, who is taken is served, and so are all in the end."""
        longshored = ServerOfFewFiles(self.folder / "server", SMALL_PARTS)
        self.addCleanup(self._end, longshored)
        longshored.start()
        objects = {f"object-{number}": random_bytes(2 * MIB, number) for number in range(CLIENTS)}
        statuses = []

        def put(name):
            def taken():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    statuses.append(longshored.put_object(f"cli/{name}", objects[name]).status)
                    return statuses[-1] in (200, 201)
                return False
            wait_for(taken, 60, f"{name} is taken")

        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(put, objects))
        self.assertEqual(set(statuses) - {200}, {201}, "who is taken is served; 200: a repeat after a lost answer")
        for name, data in objects.items():
            self.assertEqual(longshored.get(f"/v1/objects/cli/{name}").body, data)
        self.assertEqual(len(longshored.stored_objects()), CLIENTS)
        self.assertEqual(longshored.staged(), [])


if __name__ == "__main__":
    main()

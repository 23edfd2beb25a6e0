"""SIGKILL of server and clients, at random moments, over and over on one data folder: whatever is acknowledged is there, bytes are
what was sent, events come once by id and in order, and nothing is left behind. Each kill of the server comes while it takes a part;
where in their lives the other uploads are then is chance.

LONGSHORE_KILL_SEED makes a run again (as far as the machine does).
"""

import contextlib
import http.client
import json
import os
import random
import socket
import threading
import time

from harness import LONG, MIB, SystemTest, main, random_bytes, wait_for

ROUNDS = 200 if LONG else 20
KILLS_A_ROUND = 2
CONFIG = """
[store]
part_bytes_min = "64KiB"
part_bytes_unknown_length = "1MiB"
single_put_threshold = "1MiB"
[sweep]
interval = "200ms"
orphan_age = "1s"
"""
PATIENCE_S = 60


class Hold:
    """A part that stops halfway until the server is killed."""

    def __init__(self, at):
        self.at = at  # the part's place in the order of sending
        self.halfway = threading.Event()  # the server has asked for the body, and has half of it
        self.killed = threading.Event()


class Uploader(threading.Thread):
    """A client that sends one file in parts, and cancels or completes it when told so; it goes on after every lost connection."""

    def __init__(self, server, number, seed, holds=0):
        super().__init__(daemon=True)
        self.server = server
        self.dice = random.Random(seed)
        self.name = f"file-{number}"
        self.data = random_bytes(self.dice.randrange(1, 4 * MIB), seed)
        self.chunk = self.dice.choice([65536, 100_000, 262_144])
        self.cancels = not holds and self.dice.random() < 0.25
        self.upload = ""
        self.state = ""
        self.failure = None
        self.pieces = [self.data[at:at + self.chunk] for at in range(0, len(self.data), self.chunk)]
        self.holds = [Hold(at) for at in sorted(self.dice.choices(range(len(self.pieces)), k=holds))]

    def run(self):
        try:
            self.send()
        except Exception as error:  # shown by the test
            self.failure = error

    def persist(self, call):
        """Until the server answers, and does not ask to come again."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = call()
                retry = answer.status in (429, 503) or answer.reason in ("PART_IN_PROGRESS", "UPLOAD_COMPLETING", "BODY_CUT_OFF")
                if not retry:
                    return answer
            except (OSError, http.client.HTTPException) as error:
                answer = error
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name}: no answer but {answer!r}")
            time.sleep(0.02)

    def send(self):
        request = {"connectorId": "kill", "name": self.name, "expectedSize": str(len(self.data)), "chunkSize": str(self.chunk)}
        key = {"Idempotency-Key": f"key-{self.name}"}
        begun = self.persist(lambda: self.server.request("POST", "/v1/uploads", request, key))
        if begun.status != 201:
            raise AssertionError(f"initiate: {begun}")
        self.upload = begun.json()["uploadId"]
        order = list(range(len(self.pieces)))
        self.dice.shuffle(order)
        order += self.dice.sample(order, len(order) // 4)  # some come twice
        cancel_at = self.dice.randrange(len(order)) if self.cancels else -1
        for at, number in enumerate(order):
            if at == cancel_at and self.end(lambda: self.server.request("DELETE", f"/v1/uploads/{self.upload}")):
                return
            for hold in self.holds:
                if hold.at == at:
                    self.put_half(number, hold)
            last = number == len(self.pieces) - 1
            answer = self.persist(lambda number=number, last=last: self.server.put_part(self.upload, number, self.pieces[number], last))
            if answer.status != 200:
                raise AssertionError(f"part {number} of {self.name}: {answer}")
        if not self.end(lambda: self.server.complete(self.upload, totalChunks=str(len(self.pieces)))):
            raise AssertionError(f"{self.name} does not complete")

    def put_half(self, number, hold):
        """Half of a part, and a server that dies over it."""
        piece = self.pieces[number]
        head = (f"PUT /v1/uploads/{self.upload}/parts/{number} HTTP/1.1\r\nHost: kill\r\nContent-Length: {len(piece)}\r\n"
                "Expect: 100-continue\r\n\r\n").encode()

        with wait_for(lambda: self.begin(head), PATIENCE_S, "the server takes a part") as connection:
            connection.sendall(piece[:len(piece) // 2])
            hold.halfway.set()
            if not hold.killed.wait(PATIENCE_S):
                raise AssertionError("nobody kills the server")
            try:
                connection.sendall(piece[len(piece) // 2:])
                answer = connection.recv(4096)
            except OSError:
                answer = b""
            if answer:
                raise AssertionError(f"a dead server answers: {answer!r}")

    def begin(self, head):
        """A connection on which the server has asked for the body; None if it did not, or is not up."""
        with contextlib.suppress(OSError), contextlib.ExitStack() as closed:
            connection = closed.enter_context(socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE_S))
            connection.sendall(head)
            if connection.recv(4096).startswith(b"HTTP/1.1 100 "):
                closed.pop_all()
                return connection
        return None

    def end(self, call):
        """Complete or cancel; true once the upload has ended."""
        answer = self.persist(call)
        while answer.status == 202:
            answer = self.persist(call)
        if answer.status == 200:
            self.state = answer.json()["state"]
            return True
        if answer.reason == "UPLOAD_ENDED":
            self.state = answer.json()["state"]
            return True
        raise AssertionError(f"{self.name}: {answer}")


class KillTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("LONGSHORE_KILL_SEED", random.randrange(1 << 30)))
        print(f"LONGSHORE_KILL_SEED={self.seed}", flush=True)
        self.dice = random.Random(self.seed)
        self.longshored = self.server(CONFIG)
        self.sent = {}  # node id: bytes, of all that completed

    def test_rounds(self):
        for number in range(ROUNDS):
            self.one_round(number)
        self.settle()
        self.check_everything()

    def one_round(self, number):
        uploaders = [Uploader(self.longshored, f"{number}-{i}", self.seed * 1000 + number * 10 + i, KILLS_A_ROUND if i == 0 else 0)
                     for i in range(4)]
        for uploader in uploaders:
            uploader.start()
        source = self.file(f"put-{number}", random_bytes(self.dice.randrange(2 * MIB, 6 * MIB), self.seed + number))
        put = self.start_put(source)
        for hold in uploaders[0].holds:
            if not hold.halfway.wait(PATIENCE_S):
                raise AssertionError(f"round {number}: nothing is under way") from uploaders[0].failure
            time.sleep(self.dice.random() * 0.05)
            self.longshored.kill()
            hold.killed.set()
            if self.dice.random() < 0.5:
                put.kill()  # and a client with it
                put.communicate()
                put = self.start_put(source)
            self.longshored.start()
        output, errors = put.communicate(timeout=2 * PATIENCE_S)
        self.assertEqual(put.returncode, 0, f"longshore put: {errors.decode()}\n{self.longshored.log_text()[-3000:]}")
        self.sent[json.loads(output)["nodeId"]] = source.read_bytes()
        source.unlink()
        for uploader in uploaders:
            uploader.join(2 * PATIENCE_S)
            self.assertFalse(uploader.is_alive(), f"{uploader.name} hangs")
            if uploader.failure:
                raise AssertionError(f"round {number}, {uploader.name}:\n{self.longshored.log_text()[-3000:]}") from uploader.failure
            self.check_one(uploader)

    def start_put(self, source):
        return self.client(self.longshored, "--json", "put", str(source), "--connector", "killput", "--part-size", "128KiB")

    def check_one(self, uploader):
        status = self.longshored.get(f"/v1/uploads/{uploader.upload}").json()
        self.assertEqual(status["state"], uploader.state, "an answer that was not true")
        self.assertIn(uploader.state, ("COMPLETED", "CANCELLED") if uploader.cancels else ("COMPLETED",))
        if uploader.state == "COMPLETED":
            self.sent[uploader.upload] = uploader.data

    def settle(self):
        """Debts are paid and events published."""
        wait_for(lambda: not self.longshored.all_of("/v1/uploads?state=COMPLETING", "uploads"), 60, "no completion is open")
        for upload in self.longshored.all_of("/v1/uploads?state=UPLOADING", "uploads"):
            self.longshored.request("DELETE", f"/v1/uploads/{upload['uploadId']}")  # of a put that was killed for good
        wait_for(lambda: not self.longshored.staged(), 60, "the staging folder is empty")

    def check_everything(self):
        for node, data in self.sent.items():
            self.assertEqual(self.longshored.content(node).body, data, f"the bytes of {node}")
        active = {node["nodeId"]: node for node in self.longshored.all_of("/v1/nodes?state=ACTIVE", "nodes")}
        self.assertEqual(set(active), set(self.sent))
        keys = {node["s3Key"]: int(node["size"]) for node in active.values()}
        wait_for(lambda: {key: path.stat().st_size for key, path in self.longshored.stored_objects().items()} == keys, 30,
                 "catalog and store agree")
        ended = self.longshored.all_of("/v1/uploads?state=COMPLETED", "uploads") + \
            self.longshored.all_of("/v1/uploads?state=CANCELLED", "uploads")
        expected = sum(3 if upload["state"] == "COMPLETED" else 2 for upload in ended)

        def by_document():
            return self.check_events(self.longshored.events())
        wait_for(lambda: sum(map(len, by_document().values())) == expected, 30, f"{expected} events")
        for node in self.sent:
            topics = [line["topic"].removeprefix("repository.") for line in by_document()[node]]
            self.assertEqual(topics, ["uploads.initiated", "uploads.completed", "documents.created"])
        self.assertEqual(self.longshored.stop(), 0)
        outbox = self.longshored.verb("outbox")
        self.assertEqual((outbox.returncode, outbox.stdout), (0, "no events wait\n"))
        doctor = self.longshored.verb("doctor")
        self.assertNotIn("BAD", doctor.stdout)


if __name__ == "__main__":
    main()

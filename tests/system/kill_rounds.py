"""What tests of killed servers and clients share, whatever the store: SIGKILL and SIGTERM, at random moments, over and over on one data
folder. Whatever is acknowledged is there, bytes are what was sent, events come once by id and in order, and nothing is left behind. Each
end of the server comes while it takes a part; where in their lives the other uploads are then is chance.

LONGSHORE_KILL_SEED makes a run again (as far as the machine does), LONGSHORE_KILL_ROUNDS says for how many rounds.
"""

import contextlib
import http.client
import json
import os
import random
import socket
import threading
import time

from harness import random_bytes, wait_for

ENDS_A_ROUND = 2
KILLED_OF_ENDS = 0.8  # the others are asked to end, and finish what is under way
CONFIG = """
[sweep]
interval = "200ms"
orphan_age = "1s"
"""
PATIENCE_S = 90


class Hold:
    """A part that stops halfway until the server is killed, or told to end."""

    def __init__(self, at, kills):
        self.at = at  # the part's place in the order of sending
        self.kills = kills
        self.halfway = threading.Event()  # the server has asked for the body, and has half of it
        self.hit = threading.Event()


class StoreFails(Exception):
    """This upload has no future at the store."""


class Uploader(threading.Thread):
    """A client that sends one file in parts, and cancels or completes it when told so; it goes on after every lost connection."""

    def __init__(self, server, number, seed, sizes, holds=0):
        super().__init__(daemon=True)
        self.server = server
        self.dice = random.Random(seed)
        self.name = f"file-{number}"
        self.fails_for_ever_s = sizes.fails_for_ever_s
        self.data = random_bytes(self.dice.randrange(1, sizes.file_max), seed)
        self.chunk = self.dice.choice(sizes.chunks)
        self.cancels = not holds and self.dice.random() < 0.25
        self.upload = ""
        self.state = ""
        self.failure = None
        self.pieces = [self.data[at:at + self.chunk] for at in range(0, len(self.data), self.chunk)]
        self.holds = [Hold(at, self.dice.random() < KILLED_OF_ENDS)
                      for at in sorted(self.dice.choices(range(len(self.pieces)), k=holds))]

    def run(self):
        try:
            self.send()
        except StoreFails:
            self.cancels = True
            self.end(self.cancel)
        except Exception as error:  # shown by the test
            self.failure = error

    def persist(self, call):
        """Until the server answers, and does not ask to come again."""
        deadline = time.monotonic() + PATIENCE_S
        store_failed_at = None
        while True:
            try:
                answer = call()
                retry = answer.status in (429, 503) or answer.reason in ("PART_IN_PROGRESS", "UPLOAD_COMPLETING", "BODY_CUT_OFF")
                if not retry:
                    return answer
                store_failed_at = (store_failed_at or time.monotonic()) if answer.reason == "STORE_UNAVAILABLE" else None
            except (OSError, http.client.HTTPException) as error:
                answer = error
            if self.fails_for_ever_s and store_failed_at and time.monotonic() > store_failed_at + self.fails_for_ever_s:
                raise StoreFails(repr(answer))
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
            if at == cancel_at and self.end(self.cancel):
                return
            for hold in self.holds:
                if hold.at == at:
                    self.put_half(number, hold)
            self.put(number)
        if not self.end(lambda: self.server.complete(self.upload, totalChunks=str(len(self.pieces)))):
            raise AssertionError(f"{self.name} does not complete")

    def cancel(self):
        return self.server.request("DELETE", f"/v1/uploads/{self.upload}")

    def put(self, number):
        last = number == len(self.pieces) - 1
        answer = self.persist(lambda: self.server.put_part(self.upload, number, self.pieces[number], last))
        if answer.status != 200:
            raise AssertionError(f"part {number} of {self.name}: {answer}")

    def put_half(self, number, hold):
        """Half of a part, and a server that ends over it."""
        piece = self.pieces[number]
        head = (f"PUT /v1/uploads/{self.upload}/parts/{number} HTTP/1.1\r\nHost: kill\r\nContent-Length: {len(piece)}\r\n"
                "Expect: 100-continue\r\n\r\n").encode()

        with wait_for(lambda: self.begin(head), PATIENCE_S, "the server takes a part") as connection:
            connection.sendall(piece[:len(piece) // 2])
            hold.halfway.set()
            if not hold.hit.wait(PATIENCE_S):
                raise AssertionError("nobody ends the server")
            answer = b""
            with contextlib.suppress(OSError):
                connection.sendall(piece[len(piece) // 2:])
                answer = connection.recv(4096)
            if answer[:12] != (b"" if hold.kills else b"HTTP/1.1 200"):
                raise AssertionError(f"a server that {'was killed' if hold.kills else 'drains'} answers: {answer!r}")

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
        """Complete or cancel; true once the upload has ended. What a store has lost over a completion is sent again."""
        answer = self.persist(call)
        while answer.status == 202 or answer.reason == "MISSING_CHUNKS":
            for gap in answer.json().get("missingChunks", []):
                for number in range(int(gap["first"]), int(gap["last"]) + 1):
                    self.put(number)
            answer = self.persist(call)
        if answer.status == 200:
            self.state = answer.json()["state"]
            return True
        if answer.reason == "UPLOAD_ENDED":
            self.state = answer.json()["state"]
            return True
        raise AssertionError(f"{self.name}: {answer}")


class Rounds:
    """Of one kind of store. The test says how large things are, and what else it can look at."""

    class sizes:
        """In bytes."""
        file_max = 0
        put = (0, 0)
        put_part = ""
        chunks = ()
        fails_for_ever_s = 0  # of a store that can fail an upload for ever: after this time it is given up

    def begin_rounds(self, longshored):
        self.seed = int(os.environ.get("LONGSHORE_KILL_SEED", random.randrange(1 << 30)))
        print(f"LONGSHORE_KILL_SEED={self.seed}", flush=True)
        self.dice = random.Random(self.seed)
        self.longshored = longshored
        self.sent = {}  # node id: bytes, of all that completed

    def run_rounds(self, count):
        for number in range(int(os.environ.get("LONGSHORE_KILL_ROUNDS", count))):
            self.one_round(number)
        self.settle()
        self.check_everything()

    def one_round(self, number):
        uploaders = [Uploader(self.longshored, f"{number}-{i}", self.seed * 1000 + number * 10 + i, self.sizes,
                              ENDS_A_ROUND if i == 0 else 0) for i in range(4)]
        for uploader in uploaders:
            uploader.start()
        source = self.file(f"put-{number}", random_bytes(self.dice.randrange(*self.sizes.put), self.seed + number))
        put = self.start_put(source)
        for hold in uploaders[0].holds:
            if not hold.halfway.wait(PATIENCE_S):
                raise AssertionError(f"round {number}: nothing is under way") from uploaders[0].failure
            time.sleep(self.dice.random() * 0.05)
            self.end_server(hold)
            if self.dice.random() < 0.5:
                put.kill()  # and a client with it
                put.communicate()
                put = self.start_put(source)
            self.longshored.start()
        output, errors = put.communicate(timeout=2 * PATIENCE_S)
        said = f"longshore put: {errors.decode()}\n{self.longshored.log_text()[-3000:]}"
        if put.returncode == 0:
            self.sent[json.loads(output)["nodeId"]] = source.read_bytes()
        else:
            self.assertTrue(self.sizes.fails_for_ever_s and b"STORE_UNAVAILABLE" in errors, said)
        source.unlink()
        for uploader in uploaders:
            uploader.join(2 * PATIENCE_S)
            self.assertFalse(uploader.is_alive(), f"{uploader.name} hangs")
            if uploader.failure:
                raise AssertionError(f"round {number}, {uploader.name}:\n{self.longshored.log_text()[-3000:]}") from uploader.failure
            self.check_one(uploader)

    def end_server(self, hold):
        if hold.kills:
            self.longshored.kill()
            hold.hit.set()
        else:
            self.longshored.process.terminate()
            hold.hit.set()
            self.assertEqual(self.longshored.process.wait(PATIENCE_S), 0, "it drains")

    def start_put(self, source):
        patience = f"{self.sizes.fails_for_ever_s or PATIENCE_S}s"
        return self.client(self.longshored, "--json", "put", str(source), "--connector", "killput", "--part-size", self.sizes.put_part,
                           "--retry-for", patience)

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
        wait_for(lambda: not self.unfinished(), 60, "nothing is left of what was not finished")

    def check_everything(self):
        for node, data in self.sent.items():
            self.assertEqual(self.longshored.content(node).body, data, f"the bytes of {node}")
        active = {node["nodeId"]: node for node in self.longshored.all_of("/v1/nodes?state=ACTIVE", "nodes")}
        self.assertEqual(set(active), set(self.sent))
        keys = {node["s3Key"]: int(node["size"]) for node in active.values()}
        wait_for(lambda: self.objects() == keys, 30, "catalog and store agree")
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


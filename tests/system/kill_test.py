"""SIGKILL of server and clients, at random moments, over and over on one data folder: whatever is acknowledged is there, bytes are
what was sent, events come once by id and in order, and nothing is left behind.

LONGSHORE_KILL_SEED makes a run again (as far as the machine does).
"""

import http.client
import json
import os
import random
import threading
import time

from harness import LONG, MIB, SystemTest, main, random_bytes, wait_for

ROUNDS = 200 if LONG else 20
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


class Uploader(threading.Thread):
    """A client that sends one file in parts, and cancels or completes it when told so; it goes on after every lost connection."""

    def __init__(self, server, number, seed):
        super().__init__(daemon=True)
        self.server = server
        self.dice = random.Random(seed)
        self.name = f"file-{number}"
        self.data = random_bytes(self.dice.randrange(1, 4 * MIB), seed)
        self.chunk = self.dice.choice([65536, 100_000, 262_144])
        self.cancels = self.dice.random() < 0.25
        self.upload = ""
        self.state = ""
        self.failure = None
        self.lost = 0  # requests that got no answer

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
                self.lost += 1
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
        pieces = [self.data[at:at + self.chunk] for at in range(0, len(self.data), self.chunk)]
        order = list(range(len(pieces)))
        self.dice.shuffle(order)
        order += self.dice.sample(order, len(order) // 4)  # some come twice
        cancel_at = self.dice.randrange(len(order)) if self.cancels else -1
        for at, number in enumerate(order):
            if at == cancel_at and self.end(lambda: self.server.request("DELETE", f"/v1/uploads/{self.upload}")):
                return
            last = number == len(pieces) - 1
            answer = self.persist(lambda number=number, last=last: self.server.put_part(self.upload, number, pieces[number], last))
            if answer.status != 200:
                raise AssertionError(f"part {number} of {self.name}: {answer}")
        if not self.end(lambda: self.server.complete(self.upload, totalChunks=str(len(pieces)))):
            raise AssertionError(f"{self.name} does not complete")

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
        self.lost = 0

    def test_rounds(self):
        for number in range(ROUNDS):
            self.one_round(number)
        self.assertGreater(self.lost, ROUNDS // 2, "the kills hit nobody")
        self.settle()
        self.check_everything()

    def one_round(self, number):
        uploaders = [Uploader(self.longshored, f"{number}-{i}", self.seed * 1000 + number * 10 + i) for i in range(4)]
        for uploader in uploaders:
            uploader.start()
        source = self.file(f"put-{number}", random_bytes(self.dice.randrange(2 * MIB, 6 * MIB), self.seed + number))
        put = self.start_put(source)
        for _ in range(2):
            time.sleep(self.dice.random() * 0.3)
            self.longshored.kill()
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
            self.lost += uploader.lost
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

"""A server that stands still (SIGSTOP) for longer than its leases, in the middle of parts and of completions on MinIO, and goes on:
what its clients asked for meanwhile and what it had begun end in one outcome, and nothing that a node points to changes afterwards."""

import contextlib
import http.client
import signal
import threading
import time

from harness import SystemTest, main, random_bytes, wait_for
from holding_proxy import HoldingProxy, count_of
from on_minio import CHUNK, CONFIG, OnMinio

PART_LEASE_S = 10
COMPLETION_LEASE_S = 20
DEADLINE_S = 60


class Asked(threading.Thread):
    """A request in the background, sent again for as long as the answer says so."""

    def __init__(self, send):
        super().__init__(daemon=True)
        self.send = send
        self.answer = None
        self.start()

    def run(self):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.answer = self.send()
                if self.answer.status not in (202, 503) and self.answer.reason not in ("PART_IN_PROGRESS", "UPLOAD_COMPLETING"):
                    return
            time.sleep(0.2)

    def result(self):
        self.join(DEADLINE_S + 10)
        return self.answer


class StoppedTest(OnMinio):
    bucket = "versioned"

    def setUp(self):
        SystemTest.setUp(self)
        self.proxy = HoldingProxy(self.minio.endpoint)
        self.addCleanup(self.proxy.close)
        self.longshored = self.server(self.minio.config(self.bucket, endpoint=self.proxy.url) + CONFIG,
                                      environment=self.minio.environment())

    def half_a_part(self, upload, number, data):
        """A connection on which half of the part is under way, of which the store has had some."""
        connection = self.longshored.connect()
        self.addCleanup(connection.close)
        connection.putrequest("PUT", f"/v1/uploads/{upload}/parts/{number}?last=true")
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data[:len(data) // 2])
        part = f"partNumber={number + 1}&"
        wait_for(lambda: count_of(self.proxy.passed, upload, part) > len(data) // 4, DEADLINE_S, "the store has had some of the part")
        return connection

    def versions(self, upload):
        listed = self.minio.s3.list_object_versions(Bucket=self.bucket, Prefix=self.key_of(upload))
        return [(version["VersionId"], version["ETag"], version["LastModified"]) for version in listed.get("Versions", [])]

    def check_completed(self, upload, data):
        node = self.longshored.get(f"/v1/nodes/{upload}").json()
        self.assertEqual((node["state"], node["size"], node["s3Key"]), ("ACTIVE", str(len(data)), self.key_of(upload)))
        self.assertEqual(self.stored(upload), data)
        self.assertEqual(self.longshored.content(upload).body, data)
        self.assertEqual([version for version, _, _ in self.versions(upload)], [node["versionId"]])
        self.assertEqual(self.minio.unfinished(self.bucket, self.key_of(upload)), [])
        kinds = wait_for(lambda: len(lines := self.check_events(self.longshored.events()).get(upload, [])) == 3 and
                         [line["topic"].partition(".")[2] for line in lines], DEADLINE_S, "its events")
        self.assertEqual(kinds, ["uploads.initiated", "uploads.completed", "documents.created"])

    def test_in_the_middle_of_parts(self):
        first, old, new = (random_bytes(CHUNK, seed) for seed in (1, 2, 3))
        gone, stays, cancelled = uploads = [self.longshored.initiate()["uploadId"] for _ in range(3)]
        for upload in uploads:
            self.assertEqual(self.longshored.put_part(upload, 0, first).status, 200)
        connections = {upload: self.half_a_part(upload, 1, old) for upload in uploads}

        self.longshored.process.send_signal(signal.SIGSTOP)
        connections[gone].close()
        asked = [Asked(lambda upload=upload: self.longshored.put_part(upload, 1, new, last=True)) for upload in (gone, stays)]
        asked.append(Asked(lambda: self.longshored.request("DELETE", f"/v1/uploads/{cancelled}")))
        time.sleep(PART_LEASE_S + 2)
        self.longshored.process.send_signal(signal.SIGCONT)
        for upload in (stays, cancelled):
            with contextlib.suppress(OSError):  # the server may have ended it already
                connections[upload].send(old[CHUNK // 2:])

        for one in asked:
            self.assertEqual(one.result().status, 200, one.answer)
        self.check_completed(gone, first + new)
        winner = self.stored(stays)
        self.assertIn(winner, (first + old, first + new))
        with contextlib.suppress(OSError, http.client.HTTPException):
            connections[stays].getresponse()
        self.check_completed(stays, winner)
        wait_for(lambda: not self.minio.unfinished(self.bucket, self.key_of(cancelled)), DEADLINE_S, "nothing is left of it")
        self.assertEqual(self.versions(cancelled), [])

    def test_in_the_middle_of_completions(self):
        data = random_bytes(CHUNK + 1, 4)
        stories = []
        for answer_is_lost in (True, False):  # else: the request comes to the store when all is over
            upload = self.longshored.initiate()["uploadId"]
            self.assertEqual(self.longshored.put_part(upload, 0, data[:CHUNK]).status, 200)
            held = self.proxy.hold("POST", f"{upload}.pb?uploadId=", answer=answer_is_lost)
            last = Asked(lambda upload=upload: self.longshored.put_part(upload, 1, data[CHUNK:], last=True))
            self.assertTrue(held.reached.wait(DEADLINE_S))
            stories.append((upload, held, last))

        self.longshored.process.send_signal(signal.SIGSTOP)
        cancels = [Asked(lambda upload=upload: self.longshored.request("DELETE", f"/v1/uploads/{upload}")) for upload, *_ in stories]
        completes = [Asked(lambda upload=upload: self.longshored.complete(upload)) for upload, *_ in stories]
        time.sleep(COMPLETION_LEASE_S + 2)
        self.longshored.process.send_signal(signal.SIGCONT)
        for _, held, _ in stories:
            held.drop()

        for (upload, held, last), cancel, complete in zip(stories, cancels, completes):
            self.assertIn(last.result().json()["state"], ("COMPLETING", "COMPLETED"))  # the chunk is stored, whatever is known of the whole
            self.assertEqual(complete.result().json()["state"], "COMPLETED")
            self.assertEqual((cancel.result().status, cancel.result().reason), (409, "UPLOAD_ENDED"))
            self.check_completed(upload, data)
            versions, answers = self.versions(upload), count_of(self.proxy.answered, "POST", upload)
            held.go.set()
            if not held.answer:
                wait_for(lambda: count_of(self.proxy.answered, "POST", upload) > answers, DEADLINE_S, "the store answers the late request")
            self.check_completed(upload, data)
            self.assertEqual(self.versions(upload), versions)


if __name__ == "__main__":
    main()

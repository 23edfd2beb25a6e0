"""Start, drain, restart, and what belongs to one process alone."""

import fcntl
import os
import pathlib
import signal
import sqlite3
import time

from harness import MIB, SMALL_PARTS, SystemTest, free_port, main, random_bytes, wait_for

NOBODY = 65534


class LifecycleTest(SystemTest):
    def slow_part(self, server, upload, data):
        """A part of which the first half is on its way; finish() sends the rest and gives the answer."""
        before = server.staged()
        connection = server.connect()
        self.addCleanup(connection.close)
        connection.putrequest("PUT", f"/v1/uploads/{upload}/parts/0?last=true")
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data[:len(data) // 2])
        wait_for(lambda: server.staged() != before, 10, "the part has begun")

        def finish():
            connection.send(data[len(data) // 2:])
            response = connection.getresponse()
            return response.status, response.read()
        return finish

    def test_drain_lets_a_part_finish(self):
        server = self.server(SMALL_PARTS)
        data = random_bytes(MIB, 1)
        upload = server.initiate()["uploadId"]
        other = server.initiate()["uploadId"]
        finish = self.slow_part(server, upload, data)

        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "drain" in server.log_text(), 10, "the drain is in the log")
        refused = server.put_part(other, 0, bytes(70_000))
        self.assertEqual((refused.status, refused.reason), (503, "DRAINING"), refused)
        self.assertIsNone(server.process.poll(), "it waits for the part")
        status, body = finish()
        self.assertEqual(status, 200, body)
        self.assertEqual(server.process.wait(30), 0)

        server.start()
        self.assertEqual(server.content(upload).body, data)

    def test_drain_timeout_cuts_what_does_not_end(self):
        server = self.server(SMALL_PARTS + '[limits]\ndrain_timeout = "500ms"\n')
        upload = server.initiate()["uploadId"]
        self.slow_part(server, upload, bytes(MIB))
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 20)
        server.start()
        self.assertEqual(server.get(f"/v1/uploads/{upload}").json()["chunksReceived"], "0")

    def test_a_second_signal_ends_at_once(self):
        server = self.server(SMALL_PARTS)
        upload = server.initiate()["uploadId"]
        self.slow_part(server, upload, bytes(MIB))
        server.process.send_signal(signal.SIGINT)
        wait_for(lambda: "drain" in server.log_text(), 10, "the drain is in the log")
        server.process.send_signal(signal.SIGINT)
        self.assertNotEqual(server.process.wait(10), 0)

    def test_restart_with_an_open_upload(self):
        server = self.server(SMALL_PARTS)
        data = random_bytes(300_000, 2)
        upload = server.initiate(chunkSize="100000")["uploadId"]
        server.put_part(upload, 0, data[:100_000])
        server.put_part(upload, 2, data[200_000:], last=True)
        server.kill()
        server.start()
        status = server.get(f"/v1/uploads/{upload}").json()
        self.assertEqual((status["state"], status["bytesUploaded"]), ("UPLOADING", "200000"))
        self.assertEqual(status["missingChunks"], [{"first": "1", "last": "1"}])
        answer = server.put_part(upload, 1, data[100_000:200_000])
        self.assertTrue(answer.json()["isFileComplete"], answer)
        self.assertEqual(server.content(upload).body, data)

    def test_the_state_file_may_be_lost(self):
        server = self.server(SMALL_PARTS)
        data = random_bytes(300_000, 3)
        upload = server.initiate(chunkSize="100000", expectedSize="300000")["uploadId"]
        server.put_part(upload, 0, data[:100_000])
        server.put_part(upload, 2, data[200_000:], last=True)
        server.kill()
        for file in server.data.glob("state.db*"):
            file.unlink()
        server.start()
        status = server.get(f"/v1/uploads/{upload}").json()
        self.assertEqual(status["missingChunks"], [{"first": "1", "last": "1"}])
        self.assertEqual(server.put_part(upload, 1, data[100_000:200_000]).status, 200)
        wait_for(lambda: server.get(f"/v1/uploads/{upload}").json()["state"] == "COMPLETED", 30, "it is complete")
        self.assertEqual(server.content(upload).body, data)

    def test_a_folder_belongs_to_one_process(self):
        server = self.server()
        for words in ([], ["sweep"], ["outbox"], ["doctor"]):
            second = server.verb("--http", "127.0.0.1:0", *words)
            self.assertEqual(second.returncode, 1, second)
            self.assertIn(f"in use by process {server.process.pid}", second.stderr)
        self.assertEqual(server.get("/healthz").status, 200)

    def test_a_predecessor_that_is_just_ending_is_waited_for(self):
        server = self.server(start=False)
        server.data.mkdir(mode=0o700)
        with open(server.data / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server.start(ready=False)
            wait_for(lambda: "waiting for another process to end" in server.log_text(), 20, "it waits and says so")
        server.wait_ready()

    def test_a_port_belongs_to_one_process(self):
        server = self.server()
        other = self.server(name="other", start=False)
        other.port = server.port
        other.start(ready=False)
        self.assertEqual(other.process.wait(20), 1)
        self.assertIn("in use", other.log_text())
        self.assertFalse(other.data.exists(), "nothing is made for a server that cannot listen")

    def test_a_newer_database_is_refused(self):
        server = self.server()
        self.assertEqual(server.stop(), 0)
        for name in ("catalog.db", "state.db"):
            database = sqlite3.connect(server.data / name)
            version = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute("PRAGMA user_version = 9999")
            database.close()
            server.start(ready=False)
            self.assertEqual(server.process.wait(20), 1)
            self.assertIn("9999", server.log_text())
            self.assertIn("9999", server.verb("doctor").stdout)
            database = sqlite3.connect(server.data / name)
            database.execute(f"PRAGMA user_version = {version}")
            database.close()
        server.start()

    def test_verbs_on_a_stopped_server(self):
        server = self.server(SMALL_PARTS + '[sweep]\nidle = "1s"\ninterval = "1h"\n')
        upload = server.initiate()["uploadId"]
        server.put_object("cli/one", b"one")
        self.assertEqual(server.stop(), 0)
        wait_for(lambda: server.verb("sweep").stdout == "swept: 1 looked at, 1 events published\n", 20, "the idle upload is swept")
        doctor = server.verb("doctor")
        self.assertEqual(doctor.returncode, 0, doctor)
        self.assertIn("sound", doctor.stdout)
        skip = server.verb("outbox", "skip", "0011223344556677")
        self.assertEqual(skip.returncode, 1, skip)
        server.start()
        self.assertEqual(server.get(f"/v1/uploads/{upload}").json()["state"], "EXPIRED")

    def test_no_core_dump_and_no_peeking(self):
        server = self.server(start=False)
        if os.geteuid() == 0:  # to whom everything of its own processes belongs anyway
            os.chmod(self.folder, 0o755)
            os.chown(server.folder, NOBODY, NOBODY)
            words = server.arguments()
            server.arguments = lambda: ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *words]
        server.start()
        limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertEqual(os.stat(f"/proc/{server.process.pid}/maps").st_uid, 0)  # of a process that is not dumpable

    def test_metrics_on_a_port_of_their_own(self):
        port = free_port()
        server = self.server(f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
        self.assertEqual(server.get("/metrics").status, 404)
        server.port = port
        self.assertEqual(server.get("/metrics").status, 200)
        self.assertEqual(server.get("/readyz").status, 200)
        self.assertEqual(server.get("/v1/nodes").status, 404)


if __name__ == "__main__":
    main()

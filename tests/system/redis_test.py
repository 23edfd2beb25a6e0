"""longshored with its state in a Redis of the test's own, which is wiped, stopped, killed and shut out: the rows of the table
in docs/operators-guide.md."""

import pathlib
import sys
import time

from chunked import ChunkTest
from harness import SMALL_PARTS, main, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
from redis_service import Redis  # noqa: E402

TIMEOUT = 'timeout = "500ms"'


class RedisTest(ChunkTest):
    def setUp(self):
        super().setUp()
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        self.longshored = self.server(self.redis.config(TIMEOUT) + SMALL_PARTS, environment=self.redis.environment())

    def test_an_upload_in_parts(self):
        upload, data = self.begin(4, 1)
        for number in (2, 0, 3, 1):
            self.assertEqual(self.send(upload, data, number).status, 200)
        self.check_completed(upload, data)
        self.assertFalse((self.longshored.data / "state.db").exists())
        self.assertEqual(self.redis.tell("-n", "3", "DBSIZE"), "1", "a tombstone, and nothing else")
        self.assertLessEqual(int(self.redis.tell("-n", "3", "PTTL", f"upload:{{{upload}}}:state")), 3_600_000)

    def test_wiped_in_the_middle(self):
        upload, data = self.begin(4, 2)
        for number in (0, 1):
            self.assertEqual(self.send(upload, data, number).status, 200)
        self.redis.tell("FLUSHALL")
        self.redis.tell("SCRIPT", "FLUSH")
        for number in (2, 3):
            self.assertEqual(self.send(upload, data, number).status, 200)
        self.assertEqual(self.longshored.complete(upload).status, 200)
        self.check_completed(upload, data)

    def test_stopped_and_woken(self):
        upload, data = self.begin(2, 3)
        node = self.longshored.put_object("cli/before", b"x" * 10).json()["nodeId"]
        self.redis.pause()
        begun = time.monotonic()
        answer = self.send(upload, data, 0)
        self.assertEqual((answer.status, answer.reason), (503, "STATE_UNAVAILABLE"))
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(self.longshored.content(node).body, b"x" * 10, "downloads go on")
        wait_for(lambda: self.longshored.get("/readyz").status == 503, 10, "not ready")
        self.assertIn(b"state", self.longshored.get("/readyz").body)
        self.assertEqual(self.longshored.get("/healthz").status, 200)
        self.redis.resume()
        wait_for(lambda: self.longshored.get("/readyz").status == 200, 10, "ready again")
        for number in (0, 1):
            wait_for(lambda n=number: self.send(upload, data, n).status == 200, 20, f"part {number}")
        self.check_completed(upload, data)
        self.assertIn("no connection to Redis", self.longshored.log_text())
        self.assertIn("Redis is there again", self.longshored.log_text())

    def test_killed_and_started_again(self):
        upload, data = self.begin(3, 4)
        self.assertEqual(self.send(upload, data, 0).status, 200)
        self.redis.kill()
        for number in (1, 2):
            wait_for(lambda n=number: self.send(upload, data, n).status == 200, 20, f"part {number}")
        wait_for(lambda: self.longshored.complete(upload).status == 200, 20, "completed")
        self.check_completed(upload, data)

    def test_the_password_is_nowhere(self):
        printed = self.longshored.verb("--print-config")
        self.assertEqual(printed.returncode, 0, printed)
        for text in (printed.stdout, printed.stderr, self.longshored.log_text()):
            self.assertNotIn(self.redis.password, text)

    def test_a_wrong_password_is_named(self):
        other = self.server(self.redis.config(TIMEOUT), environment={"LONGSHORE_STATE_PASSWORD": "not-this-one"},
                            name="other", start=False)
        other.start(ready=False)

        def is_not_ready():
            try:
                return other.get("/readyz").status == 503
            except OSError:
                return False

        wait_for(is_not_ready, 20, "it says that it is not ready")
        self.assertNotIn(b"WRONGPASS", other.get("/readyz").body, "that is for the log")
        self.assertIn("WRONGPASS", other.log_text())
        self.assertNotIn("not-this-one", other.log_text())

    def test_restarted_servers_find_the_session(self):
        upload, data = self.begin(3, 5)
        self.assertEqual(self.send(upload, data, 0).status, 200)
        self.longshored.kill()
        self.longshored.start()
        status = self.longshored.get(f"/v1/uploads/{upload}").json()
        self.assertEqual(status["chunksReceived"], "1", status)
        for number in (1, 2):
            self.assertEqual(self.send(upload, data, number).status, 200)
        self.check_completed(upload, data)


if __name__ == "__main__":
    main()

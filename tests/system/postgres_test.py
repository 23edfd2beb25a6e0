"""longshored with its catalog in a PostgreSQL of the test's own, which is killed and turned read-only: the rows of the table
in docs/operators-guide.md."""

import pathlib
import sys
import time

from chunked import ChunkTest
from harness import SMALL_PARTS, main, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
from postgres_service import Postgres  # noqa: E402

TIMEOUT = 'timeout = "1s"'


class PostgresTest(ChunkTest):
    def setUp(self):
        super().setUp()
        self.postgres = Postgres()
        self.addCleanup(self.postgres.close)
        self.longshored = self.add_server("server")

    def add_server(self, name):
        return self.server(self.postgres.config(TIMEOUT) + SMALL_PARTS, environment=self.postgres.environment(), name=name)

    def test_an_upload_in_parts(self):
        upload, data = self.begin(3, 1)
        for number in (2, 0, 1):
            self.assertEqual(self.send(upload, data, number).status, 200)
        self.check_completed(upload, data)
        self.assertFalse((self.longshored.data / "catalog.db").exists())
        wait_for(lambda: self.postgres.tell("SELECT count(*) FROM longshore.outbox") == "0", 20, "events are published")
        self.check_events(self.longshored.events())

    def test_another_server_sees_it(self):
        node = self.longshored.put_object("cli/one", b"x" * 10).json()["nodeId"]
        other = self.add_server("other")
        self.assertEqual(other.get(f"/v1/nodes/{node}").json()["state"], "ACTIVE")

    def test_killed_and_started_again(self):
        upload, data = self.begin(3, 2)
        self.assertEqual(self.send(upload, data, 0).status, 200)
        self.postgres.kill()
        for number in (1, 2):
            wait_for(lambda n=number: self.send(upload, data, n).status == 200, 30, f"part {number}")
        wait_for(lambda: self.longshored.complete(upload).status == 200, 30, "completed")
        self.check_completed(upload, data)

    def test_read_only_for_a_while(self):
        upload, data = self.begin(3, 3)
        self.assertEqual(self.send(upload, data, 0).status, 200)
        self.postgres.tell("ALTER ROLE uploads SET default_transaction_read_only = on")
        self.postgres.tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'uploads'")
        begun = time.monotonic()
        answer = self.longshored.put_object("cli/one", b"x" * 10)
        self.assertEqual((answer.status, answer.reason), (503, "CATALOG_UNAVAILABLE"))
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(self.send(upload, data, 1).status, 200, "parts of uploads that are known go on")
        wait_for(lambda: self.longshored.get("/readyz").status == 503, 10, "not ready")
        self.assertIn(b"catalog", self.longshored.get("/readyz").body)
        self.assertEqual(self.longshored.get("/healthz").status, 200)
        self.postgres.tell("ALTER ROLE uploads RESET default_transaction_read_only")
        wait_for(lambda: self.longshored.get("/readyz").status == 200, 20, "ready again")
        wait_for(lambda: self.longshored.put_object("cli/one", b"x" * 10).status in (200, 201), 20, "stored")

    def test_the_password_is_nowhere(self):
        printed = self.longshored.verb("--print-config")
        self.assertEqual(printed.returncode, 0, printed)
        for text in (printed.stdout, printed.stderr, self.longshored.log_text()):
            self.assertNotIn(self.postgres.password, text)

    def test_doctor_and_outbox(self):
        self.longshored.stop()
        self.assertIn("PostgreSQL (the catalog): takes writes", self.longshored.verb("doctor").stdout)
        self.assertEqual(self.longshored.verb("outbox").stdout, "no events wait\n")
        self.postgres.close()
        self.assertIn("BAD   PostgreSQL", self.longshored.verb("doctor").stdout)


if __name__ == "__main__":
    main()

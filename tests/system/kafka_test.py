"""longshored with its events in a Kafka of the test's own, over TLS and with a password: the rows of the table in
docs/operators-guide.md."""

import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import threading

from harness import SystemTest, main, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "services"))
from kafka_service import Kafka  # noqa: E402

TIMEOUT = 'timeout = "1s"'
TOPICS = [f"repository.{name}" for name in ("uploads.initiated", "uploads.completed", "uploads.failed",
                                            "documents.created", "documents.updated", "documents.deleted")]
OF_A_FIRST_UPLOAD = ["uploads.initiated", "uploads.completed", "documents.created"]


class KafkaTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.kafka = Kafka()
        cls.addClassCleanup(cls.kafka.close)

    def setUp(self):
        super().setUp()
        self.longshored = self.server(self.kafka.config(TIMEOUT), environment=self.kafka.environment(), start=False)
        self.longshored.data.mkdir()
        self.longshored.data.chmod(0o700)
        wait_for(lambda: self.longshored.verb("topics", "setup").returncode == 0, 60, "topics are set up")
        self.longshored.start()

    def put(self, name="one"):
        answer = self.longshored.put_object(f"cli/{name}", b"x" * 10)
        self.assertIn(answer.status, (200, 201), answer)
        return answer.json()["nodeId"]

    def events_of(self, nodes):
        """By node, each as often as it stands in Kafka, in the order of its sequence; those of a partition stand in order."""
        found = {node: [] for node in nodes}
        for topic in TOPICS:
            for record in self.kafka.read(topic):
                event = json.loads(record["payload"])
                headers = dict(zip(record["headers"][::2], record["headers"][1::2]))
                self.assertEqual((record["key"], headers["event-id"]), (event["documentId"], event["eventId"]))
                self.assertEqual((f"repository.{headers['event-type']}", headers["schema-version"]), (topic, "1"))
                if record["key"] in found:
                    found[record["key"]].append({"topic": topic, "event": event})
        for lines in found.values():
            for topic in TOPICS:
                order = [int(line["event"]["sequence"]) for line in lines if line["topic"] == topic]
                self.assertEqual(order, sorted(order), "out of order")
            lines.sort(key=lambda line: int(line["event"]["sequence"]))
        return found

    def wait_for_events(self, nodes):
        """Until each node has those of a first upload: exactly once by id."""
        def all_there():
            try:
                found = self.events_of(nodes)
            except subprocess.CalledProcessError:  # the broker is just starting
                return None
            by_id = {node: list({line["event"]["eventId"]: line for line in lines}.values()) for node, lines in found.items()}
            return by_id if all(len(lines) >= len(OF_A_FIRST_UPLOAD) for lines in by_id.values()) else None
        for lines in wait_for(all_there, 90, "the events are in Kafka").values():
            self.assertEqual([line["topic"].removeprefix("repository.") for line in lines], OF_A_FIRST_UPLOAD)
            self.check_events(lines)

    def waiting(self):
        metrics = self.longshored.get("/metrics").body.decode().splitlines()
        return float(next(line for line in metrics if line.startswith("longshore_outbox_waiting_rows")).split()[-1])

    def test_events_of_an_upload(self):
        self.wait_for_events([self.put()])

    def test_a_broker_that_dies_meanwhile(self):
        before = self.put("before")
        self.wait_for_events([before])
        self.kafka.kill()
        nodes = [self.put(f"meanwhile-{n}") for n in range(5)]
        self.assertEqual(self.longshored.get("/readyz").status, 200, "it serves all the same")
        wait_for(lambda: self.waiting() > 0, 20, "events wait")
        self.wait_for_events(nodes)
        wait_for(lambda: self.waiting() == 0, 30, "no event waits")

    def test_a_server_that_is_killed_while_events_wait(self):
        self.kafka.kill()
        nodes = [self.put(f"killed-{n}") for n in range(3)]
        self.longshored.kill()
        self.longshored.start()
        self.wait_for_events(nodes)

    def test_a_stop_does_not_wait_for_a_broker(self):
        self.put("stopped")
        self.kafka.kill()
        node = self.put("stopped-later")
        self.assertEqual(self.longshored.stop(deadline_s=20), 0)
        self.longshored.start()
        self.wait_for_events([node])

    def consume(self, database, until):
        """The lines of docs/examples/kafka_consumer.py up to one that is wanted."""
        example = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples" / "kafka_consumer.py"
        consumer = subprocess.Popen([sys.executable, "-B", str(example), self.kafka.brokers, str(database)],
                                    stdout=subprocess.PIPE, text=True, start_new_session=True)
        limit = threading.Timer(60, os.killpg, (consumer.pid, signal.SIGKILL))
        limit.start()
        try:
            for line in consumer.stdout:
                if line.strip() == until:
                    return
            self.fail(f"the example never said: {until}")
        finally:
            limit.cancel()
            os.killpg(consumer.pid, signal.SIGKILL)  # kcat too
            consumer.wait()
            consumer.stdout.close()

    def test_the_example_counts_an_event_once(self):
        node = self.put("example")
        self.put("example")  # once more: an update
        database = self.folder / "nodes.db"
        for said in ("applied", "again"):
            self.consume(database, f"{said} {node} 6")
        with contextlib.closing(sqlite3.connect(database)) as connection:
            row = connection.execute("SELECT there, size, sequence FROM nodes WHERE id = ?", (node,)).fetchone()
            self.assertEqual(row, (1, 10, 6))
            wrong = connection.execute("SELECT * FROM nodes WHERE events != (SELECT count(*) FROM seen WHERE document_id = id)")
            self.assertEqual(wrong.fetchall(), [])

    def test_doctor(self):
        self.longshored.stop()
        self.assertIn("ok    Kafka (events): has all topics", self.longshored.verb("doctor").stdout)
        self.assertEqual(self.longshored.verb("topics", "setup").stdout, "all topics are there\n")

    def test_the_password_is_nowhere(self):
        printed = self.longshored.verb("--print-config")
        self.assertEqual(printed.returncode, 0, printed)
        self.assertIn('"sasl.mechanism" = "PLAIN"', printed.stdout)
        for text in (printed.stdout, printed.stderr, self.longshored.log_text()):
            self.assertNotIn(self.kafka.password, text)


class NoTopicsTest(SystemTest):
    def test_a_start_says_which_are_missing(self):
        kafka = Kafka()
        self.addCleanup(kafka.close)
        longshored = self.server(kafka.config(), environment=kafka.environment(), start=False)
        longshored.start(ready=False)
        self.assertEqual(longshored.process.wait(30), 1)
        self.assertIn("Kafka has no topic repository.uploads.initiated", longshored.log_text())
        self.assertIn("longshored topics setup", longshored.log_text())
        doctor = longshored.verb("doctor")
        self.assertIn("BAD   Kafka (events): no topic repository.uploads.initiated", doctor.stdout)
        made = longshored.verb("topics", "setup")
        self.assertEqual((made.returncode, len(made.stdout.splitlines())), (0, len(TOPICS)), made)
        longshored.start()


if __name__ == "__main__":
    main()

"""What the system tests share: the built programs in a temporary folder, on a free port, stopped by their process ids.

LONGSHORE_BIN is the folder of the programs. LONGSHORE_TEST_LONG makes the long tests longer.
"""

import contextlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ.get("LONGSHORE_BIN", "build/release/bin")).resolve()
LONG = bool(os.environ.get("LONGSHORE_TEST_LONG"))
READY_DEADLINE_S = 30
STOP_DEADLINE_S = 90
MIB = 1 << 20

# Small parts, so that a test needs few bytes for many of them.
SMALL_PARTS = """
[store]
part_bytes_min = "64KiB"
part_bytes_unknown_length = "1MiB"
single_put_threshold = "1MiB"
"""


def with_python_packages():
    """Goes on under the Python that has the packages of requirements.txt; first thing in a test that imports one."""
    python = pathlib.Path(__file__).resolve().parents[2] / "build" / "test-python" / "bin" / "python"
    if pathlib.Path(sys.prefix) == python.parents[1]:
        return
    if not python.exists():
        raise SystemExit(f"{python} is not there: scripts/install-deps test")
    os.execv(python, [str(python), "-B", *sys.argv])


def free_port():
    """A port that nobody has, below those that the kernel gives to clients: a server that is killed finds it free again."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_for(condition, deadline_s, what):
    """The first true answer of condition(); fails after the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"after {deadline_s} s still not: {what}")
        time.sleep(0.02)


def random_bytes(size, seed):
    return random.Random(seed).randbytes(size)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        """Of a problem+json."""
        return self.json().get("reason", "") if self.body[:1] == b"{" else ""

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Server:
    """A longshored with a data folder of its own, which outlives its restarts."""

    def __init__(self, folder, config="", options=(), environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.store = self.data / "store"
        self.log = self.folder / "log"
        self.port = free_port()
        self.grpc_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.options = list(options)
        self.environment = dict(environment or {})
        self.process = None
        self.config = self.folder / "longshored.toml"
        self.config.write_text(config)

    def arguments(self):
        return [str(BIN / "longshored"), "--config", str(self.config), "--data-dir", str(self.data),
                "--http", f"127.0.0.1:{self.port}", "--grpc", f"127.0.0.1:{self.grpc_port}", *self.options]

    def start(self, ready=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **self.environment})
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self):
        def is_ready():
            if self.process.poll() is not None:
                raise AssertionError(f"longshored ended with {self.process.returncode}:\n{self.log_text()[-4000:]}")
            try:
                return self.get("/readyz").status == 200
            except OSError:
                return False
        wait_for(is_ready, READY_DEADLINE_S, "longshored is ready")

    def kill(self):
        """As a power cut would: SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self, deadline_s=STOP_DEADLINE_S):
        """SIGTERM; the exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"longshored did not end after SIGTERM:\n{self.log_text()[-4000:]}") from None
        return self.process.returncode

    def verb(self, *words, deadline_s=60):
        """An operators' verb on the same folder."""
        arguments = [str(BIN / "longshored"), "--config", str(self.config), "--data-dir", str(self.data), *words]
        return subprocess.run(arguments, capture_output=True, text=True, timeout=deadline_s, check=False,
                              env={**os.environ, **self.environment})

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def connect(self, timeout_s=120):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)

    def request(self, method, path, body=None, headers=None, timeout_s=120):
        """One request on a connection of its own. A dict goes as JSON."""
        headers = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        with contextlib.closing(self.connect(timeout_s)) as connection:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def initiate(self, connector="cli", name="file.bin", **fields):
        answer = self.request("POST", "/v1/uploads", {"connectorId": connector, "name": name, **fields})
        if answer.status != 201:
            raise AssertionError(f"initiate: {answer}")
        return answer.json()

    def put_part(self, upload, number, data, last=False, headers=None):
        query = "?last=true" if last else ""
        return self.request("PUT", f"/v1/uploads/{upload}/parts/{number}{query}", data, headers)

    def put_object(self, path, data, headers=None):
        return self.request("PUT", f"/v1/objects/{path}", data, headers)

    def complete(self, upload, **fields):
        return self.request("POST", f"/v1/uploads/{upload}/complete", fields)

    def content(self, node, headers=None):
        return self.get(f"/v1/nodes/{node}/content", headers=headers)

    def all_of(self, route, field):
        """Every item of a listing, over all its pages."""
        items, token = [], ""
        while True:
            page = self.get(f"{route}{'&' if '?' in route else '?'}page_size=1000&page_token={token}").json()
            items += page.get(field, [])
            token = page.get("nextPageToken", "")
            if not token:
                return items

    def events(self):
        """The lines of the event file that are whole."""
        file = self.data / "events.jsonl"
        text = file.read_text() if file.exists() else ""
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def staged(self):
        """What lies in the staging folder of the default drive."""
        staging = self.store / "staging"
        return sorted(str(path.relative_to(staging)) for path in staging.rglob("*")) if staging.exists() else []

    def stored_objects(self):
        """{key: bytes} of all objects of the default drive (keys without characters that need an encoding)."""
        objects = self.store / "objects"
        return {str(path.relative_to(objects)): path for path in objects.rglob("*") if path.is_file()}


class SystemTest(unittest.TestCase):
    """A temporary folder a test; every server and program that it started is gone at its end."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="longshore-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.processes = []
        self.addCleanup(self._stop_all)

    def _stop_all(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()

    def server(self, config="", options=(), environment=None, name="server", start=True):
        server = Server(self.folder / name, config, options, environment)
        self.addCleanup(self._end, server)
        return server.start() if start else server

    @staticmethod
    def _end(server):
        if server.process is not None and server.process.poll() is None:
            server.process.kill()
            server.process.wait()

    def client(self, server, *words, **options):
        """A running `longshore`; it is killed at the end of the test if it still runs then."""
        environment = {**os.environ, "LONGSHORE_SERVER": server.url}
        process = subprocess.Popen([str(BIN / "longshore"), *words], env=environment, stdin=options.pop("stdin", subprocess.DEVNULL),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.processes.append(process)
        return process

    def run_client(self, server, *words, deadline_s=120, **options):
        """`longshore` to its end: (exit code, output, errors)."""
        process = self.client(server, *words, **options)
        output, errors = process.communicate(timeout=deadline_s)
        return process.returncode, output.decode(), errors.decode()

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def check_events(self, events):
        """Per document: numbered 1, 2, 3, ... at their first appearance, times that grow, repeats equal to the first."""
        seen = {}
        for line in events:
            event = line["event"]
            document = seen.setdefault(event["documentId"], {})
            if event["eventId"] in document:
                self.assertEqual(document[event["eventId"]], line, "a repeat differs")
                continue
            before = list(document.values())[-1]["event"] if document else None
            self.assertEqual(int(event["sequence"]), len(document) + 1, f"a gap or a wrong order: {line}")
            if before:
                self.assertGreater(int(event["timestamp"]), int(before["timestamp"]))
            document[event["eventId"]] = line
        return {document: list(lines.values()) for document, lines in seen.items()}


def main():
    unittest.main(verbosity=2)

"""A PostgreSQL server of a test's own (tests/services/postgres), for the tests that are written in Python."""

import json
import os
import pathlib
import signal
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parent / "postgres"


class Postgres:
    """There from its making to close(). A test that cannot have it fails."""

    def __init__(self):
        self.script = subprocess.Popen([str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.script.stdout.readline()
        if not line:
            raise AssertionError(f"{SCRIPT} brings up nothing: exit code {self.script.wait()}")
        said = json.loads(line)
        self.url = said["url"]
        self.password = said["password"]
        self.socket = said["socket"]
        self.port = said["port"]
        self.pid_file = pathlib.Path(said["pid_file"])

    def close(self):
        if self.script.poll() is None:
            self.script.stdin.close()
            self.script.wait()
        self.script.stdout.close()

    def kill(self):
        """With all its connections. It is started again, on the same data, a moment later."""
        os.kill(int(self.pid_file.read_text().split()[0]), signal.SIGKILL)

    def tell(self, sql):
        """What it answers to its operator."""
        arguments = ["psql", "-h", self.socket, "-p", str(self.port), "-U", "postgres", "-d", "uploads", "-qAtc", sql]
        return subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=20).stdout.strip()

    def config(self, more=""):
        """Of a longshored whose catalog is there; the password is for the environment."""
        return f"""
[catalog]
kind = "postgres"
url = "{self.url}"
{more}
"""

    def environment(self):
        return {"LONGSHORE_CATALOG_PASSWORD": self.password}

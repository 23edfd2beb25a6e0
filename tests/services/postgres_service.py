"""A PostgreSQL server of a test's own (tests/services/postgres), for the tests that are written in Python."""

import os
import pathlib
import signal
import subprocess

from service import Service


class Postgres(Service):
    def __init__(self):
        super().__init__("postgres")
        self.url = self.said["url"]
        self.password = self.said["password"]
        self.socket = self.said["socket"]
        self.port = self.said["port"]
        self.pid_file = pathlib.Path(self.said["pid_file"])

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

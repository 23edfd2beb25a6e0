"""Redis servers of a test's own (tests/services/redis), for the tests that are written in Python."""

import os
import signal
import subprocess

from service import Service


class Redis(Service):
    def __init__(self, kind="single"):
        super().__init__("redis", kind)
        self.url = self.said["url"]
        self.username = self.said["username"]
        self.password = self.said["password"]
        self.port = self.said["ports"][0]

    def kill(self):
        """It is started again, empty, a moment later."""
        os.kill(self.pid, signal.SIGKILL)

    def tell(self, *words):
        """What it answers to its operator."""
        arguments = ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), *words]
        return subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    def config(self, more=""):
        """Of a longshored that keeps its state there; the password is for the environment."""
        return f"""
[state]
kind = "redis"
url = "{self.url}"
username = "{self.username}"
{more}
"""

    def environment(self):
        return {"LONGSHORE_STATE_PASSWORD": self.password}

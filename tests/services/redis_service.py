"""Redis servers of a test's own (tests/services/redis), for the tests that are written in Python."""

import json
import os
import pathlib
import signal
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parent / "redis"


class Redis:
    """There from its making to close(). A test that cannot have it fails."""

    def __init__(self, kind="single"):
        self.script = subprocess.Popen([str(SCRIPT), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.script.stdout.readline()
        if not line:
            raise AssertionError(f"{SCRIPT} brings up nothing: exit code {self.script.wait()}")
        said = json.loads(line)
        self.url = said["url"]
        self.username = said["username"]
        self.password = said["password"]
        self.pid = said["pids"][0]
        self.port = said["ports"][0]

    def close(self):
        if self.script.poll() is None:
            self.script.stdin.close()
            self.script.wait()
        self.script.stdout.close()

    def pause(self):
        """As a server that hangs: it answers nothing more until resume()."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

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

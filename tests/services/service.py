"""What the scripts of this folder have in common, for the tests that are written in Python."""

import json
import os
import pathlib
import signal
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent


class Service:
    """A service of a test's own, there from its making to close(). A test that cannot have it fails."""

    def __init__(self, script, *options):
        self.script = subprocess.Popen([str(FOLDER / script), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        line = self.script.stdout.readline()
        if not line:
            raise AssertionError(f"{FOLDER / script} brings up nothing: exit code {self.script.wait()}")
        self.said = json.loads(line)
        self.pid = (self.said.get("pids") or [self.said.get("pid")])[0]

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

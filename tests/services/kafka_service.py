"""A Kafka broker of a test's own (tests/services/kafka), for the tests that are written in Python."""

import json
import os
import pathlib
import signal
import subprocess

from service import Service

READ_DEADLINE_S = 30


class Kafka(Service):
    def __init__(self):
        super().__init__("kafka")
        self.brokers = self.said["brokers"]
        self.secure_brokers = self.said["secure_brokers"]
        self.password = self.said["password"]

    def kill(self):
        """With all its connections. It is started again, on the same data, some seconds later."""
        os.kill(int(pathlib.Path(self.said["pid_file"]).read_text()), signal.SIGKILL)

    def read(self, topic):
        """All records of a topic, partition by partition: topic, key, payload and headers, as kcat shows them. Throws
        CalledProcessError while it is down."""
        arguments = ["kcat", "-b", self.brokers, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J"]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=READ_DEADLINE_S, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def config(self, more=""):
        """Of a longshored whose events go there; the password is for the environment."""
        return f"""
[events]
kind = "kafka"
brokers = "{self.secure_brokers}"
format = "json"
{more}
[events.options]
security.protocol = "SASL_SSL"
sasl.mechanism = "PLAIN"
sasl.username = "{self.said["username"]}"
ssl.ca.location = "{self.said["ca_file"]}"
"""

    def environment(self):
        return {"LONGSHORE_EVENTS_SECRET_OPTIONS": f"sasl.password={self.password}"}

#!/usr/bin/env python3
"""Kafka as its makers built it, in one version: the jars of a broker, from Maven's central repository, once, kept in
$XDG_CACHE_HOME/longshore-services (~/.cache).

    tests/services/kafka_jars.py        brings them
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

VERSION = "4.1.1"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
PROJECT = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>longshore</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
  </dependencies>
</project>
"""


def kafka_jars():
    """The folder of the jars. Ends the process where they cannot be had."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "longshore-services" / f"kafka-{VERSION}"
    jars = folder / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:  # several tests may find them missing at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.exists():
            download(jars)
    return jars


def download(jars):
    if not shutil.which("mvn"):
        sys.exit(f"kafka: there is no Maven to fetch it with (scripts/install-deps test), and nothing in {jars}")
    print("kafka: fetching it, once", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=jars.parent) as folder:
        pathlib.Path(folder, "pom.xml").write_text(PROJECT)
        partial = pathlib.Path(folder, "jars")
        maven = ["mvn", "-q", "-B", f"{PLUGIN}:copy-dependencies", f"-DoutputDirectory={partial}", "-DincludeScope=runtime"]
        if subprocess.run(maven, cwd=folder, stdout=sys.stderr, check=False).returncode != 0:
            sys.exit("kafka: it could not be fetched")
        partial.rename(jars)  # all of it or nothing


if __name__ == "__main__":
    kafka_jars()

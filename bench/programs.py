"""The programs that are measured, and what the kernel says of them. Each is stopped by its own process id."""

import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("LONGSHORE_BIN", ROOT / "build/release/bin")).resolve()
sys.path[:0] = [str(ROOT / "tests/services"), str(ROOT / "tests/system")]

import go_tools  # noqa: E402
from harness import free_port  # noqa: E402

go_tools.MODULES["tusd"] = "github.com/tus/tusd/v2/cmd/tusd@v2.8.0"  # takes a newer Go than Debian's

BUCKET = "bench"
READY_DEADLINE_S = 30
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Program:
    """A process, from its making to stop()."""

    def __init__(self, arguments, folder, name, environment=None, **options):
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            options = {"stdin": subprocess.DEVNULL, "stdout": log, **options}
            self.process = subprocess.Popen([str(word) for word in arguments], stderr=log,
                                            env={**os.environ, **(environment or {})}, **options)
        self.name = name

    def cpu_s(self):
        """User and system time of all its threads so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def memory_mb(self, field):
        """VmRSS now, or VmHWM at its most, in MB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError(f"{self.name} has ended")

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def wait_until_it_answers(self, url):
        end = time.monotonic() + READY_DEADLINE_S
        while True:
            try:
                urllib.request.urlopen(url, timeout=5).close()
                return
            except urllib.error.HTTPError as answered:
                if answered.code != 503:
                    return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} does not serve: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Store(Program):
    """The throw-away store."""

    access_key, secret_key, bucket = "bench", "bench-secret", BUCKET

    def __init__(self, folder, certificate=None):
        words = ["--certificate", certificate[0], "--key", certificate[1]] if certificate else []
        super().__init__([BIN / "throwaway_s3", *words], folder, "store", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.endpoint = self.process.stdout.readline().decode().strip()
        self.ca_file = str(certificate[0]) if certificate else ""

    def stop(self):
        self.process.stdin.close()  # it ends with its input
        self.process.stdout.close()
        self.process.wait()


class Minio(Program):
    """A MinIO of our own, by tests/services/minio."""

    def __init__(self, folder):
        super().__init__([sys.executable, "-B", ROOT / "tests/services/minio"], folder, "minio",
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said = json.loads(self.process.stdout.readline())
        self.endpoint, self.access_key, self.secret_key = said["endpoint"], said["access_key"], said["secret_key"]
        self.bucket, self.ca_file = said["buckets"][0], said["ca_file"]

    def stop(self):
        self.process.stdin.close()  # it ends with its input
        self.process.stdout.close()
        self.process.wait()


class Longshore(Program):
    """A longshored with a data folder of its own, whose drive is a bucket of `store`."""

    def __init__(self, folder, store, limits="", drive=""):
        port, grpc_port = free_port(), free_port()
        config = folder / "longshored.toml"
        config.write_text(f"""
[limits]
{limits}
[store]
kind = "s3"
[store.s3]
endpoint = "{store.endpoint}"
bucket = "{store.bucket}"
ca_file = "{store.ca_file}"
access_key = "{store.access_key}"
{drive}
""")
        super().__init__([BIN / "longshored", "--config", config, "--data-dir", folder / "data",
                          "--http", f"127.0.0.1:{port}", "--grpc", f"127.0.0.1:{grpc_port}"],
                         folder, "longshored", {"LONGSHORE_STORE_S3_SECRET_KEY": store.secret_key})
        self.server, self.grpc_server = f"127.0.0.1:{port}", f"127.0.0.1:{grpc_port}"
        self.wait_until_it_answers(f"http://{self.server}/readyz")


class Tusd(Program):
    """tusd over its S3 backend, at a bucket of `store`."""

    def __init__(self, folder, store, part_bytes):
        port = free_port()
        parts = folder / "tusd-parts"  # where it collects a part before it sends it
        parts.mkdir()
        super().__init__([go_tools.go_tool("tusd"), "-host", "127.0.0.1", "-port", port, "-disable-download",
                          "-s3-bucket", store.bucket, "-s3-endpoint", store.endpoint, "-s3-part-size", part_bytes],
                         folder, "tusd",
                         {"AWS_ACCESS_KEY_ID": store.access_key, "AWS_SECRET_ACCESS_KEY": store.secret_key,
                          "AWS_REGION": "us-east-1", "TMPDIR": str(parts),
                          **({"AWS_CA_BUNDLE": store.ca_file} if store.ca_file else {})})
        self.server = f"127.0.0.1:{port}"
        self.wait_until_it_answers(f"http://{self.server}/metrics")

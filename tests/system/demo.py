"""What scripts/demo shows once the programs are built: an upload in parallel parts, the server killed in the middle and started again,
and what came of it. Ends with an error where anything is not as it must be.

    demo.py [--s3] [--grpc] [FILE]
"""

import argparse
import concurrent.futures
import contextlib
import filecmp
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import BIN, MIB, Server, wait_for, with_python_packages

MADE_BYTES = 300_000_000
PART = 8 * MIB
PARALLEL = 4
PATIENCE_S = 3600
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def say(text):
    print(f"\n== {text}", flush=True)


def fact(name, text):
    print(f"   {name:8} {text}", flush=True)


@contextlib.contextmanager
def uninterrupted():
    """A process that is started in it is known to the clean-up before a signal ends the demo."""
    came = []
    for number in SIGNALS:
        signal.signal(number, lambda *_: came.append(True))
    try:
        yield
    finally:
        heed_signals()
    if came:
        raise KeyboardInterrupt


def heed_signals():
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)


class Folder:
    """Objects in the server's data folder."""
    config, environment = "", None

    def __init__(self, data):
        self.data = data

    def found(self, node):
        """(how it is called, the bytes as a file) of the one object there is."""
        [path] = (path for path in (self.data / "store" / "objects").rglob("*") if path.is_file())
        assert node in path.name, path
        return path.relative_to(self.data.parent), path


class Bucket:
    """Objects in a bucket of a MinIO that is there for as long as the demo."""
    name = "plain"

    def __init__(self, folder, stack):
        from on_minio import Minio
        self.folder = folder
        with uninterrupted():
            self.minio = Minio()
            stack.callback(self.minio.close)
        self.config, self.environment = self.minio.config(self.name), self.minio.environment()
        fact("MinIO", f"{self.minio.endpoint}, pid {self.minio.pid}")

    def found(self, node):
        [key] = self.minio.objects(self.name)
        assert node in key, key
        self.minio.s3.download_file(self.name, key, str(self.folder / "read-back"))
        return f"s3://{self.name}/{key}", self.folder / "read-back"


class Program:
    """`longshore put` in the background."""

    def __init__(self, server, file, stack):
        command = [BIN / "longshore", "--server", server.url, "--json", "put", file, "--part-size", f"{PART}B", "--parallel", str(PARALLEL)]
        with uninterrupted():
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
            stack.callback(self.process.kill)

    def ended(self):
        return self.process.poll() is not None

    def node(self):
        """Waits for its end."""
        output = self.process.communicate()[0]
        if self.process.returncode != 0:
            raise SystemExit("demo: the upload failed")
        return json.loads(output)["nodeId"]


class Caller:
    """A client of gRPC's Python library in the background: InitiateUpload, UploadChunk in parallel, CompleteUpload."""

    def __init__(self, server, file, stack):
        from grpc_client import Client, api, grpc
        self.client, self.api, self.grpc = Client(server.grpc_port), api, grpc
        stack.callback(self.client.close)
        self.file, self.size = file, file.stat().st_size
        self.pool = concurrent.futures.ThreadPoolExecutor(PARALLEL + 1)
        stack.callback(self.pool.shutdown, cancel_futures=True)
        self.end = time.monotonic() + PATIENCE_S
        stack.callback(setattr, self, "end", 0)
        self.result = self.pool.submit(self.upload)

    def ended(self):
        return self.result.done()

    def node(self):
        """Waits for its end."""
        return self.result.result()

    def upload(self):
        upload = self.repeated(self.client.initiate, name=self.file.name, expected_size=self.size, chunk_size=PART,
                               idempotency_key="demo").upload_id
        count = max(1, -(-self.size // PART))
        list(self.pool.map(lambda number: self.send(upload, number, number == count - 1), range(count)))
        done = self.repeated(self.client.complete, upload, total_chunks=count)
        if done.state != self.api.COMPLETED:
            raise SystemExit(f"demo: the upload is not complete: {done}")
        return done.node_id

    def send(self, upload, number, last):
        with open(self.file, "rb") as file:
            file.seek(number * PART)
            self.repeated(self.client.put_chunk, upload, number, file.read(PART), last, named=True)

    def repeated(self, call, *arguments, **fields):
        """Each call may be repeated; one that got no answer is."""
        while True:
            try:
                return call(*arguments, **fields)
            except self.grpc.RpcError as error:
                if error.code() not in (self.grpc.StatusCode.UNAVAILABLE, self.grpc.StatusCode.ABORTED) or time.monotonic() > self.end:
                    raise
                time.sleep(0.2)


def arrived(server, client, size):
    """Waits until about a third has arrived: how many bytes; 0 if the client ended before."""
    while not client.ended():
        for upload in server.get("/v1/uploads").json()["uploads"]:
            now = server.get(f"/v1/uploads/{upload['uploadId']}").json()
            if now["state"] in ("PENDING", "UPLOADING") and int(now["bytesUploaded"]) * 3 >= size:
                return int(now["bytesUploaded"])
        time.sleep(0.01)
    return 0


def kill_and_start_again(server, client, size):
    bytes_there = arrived(server, client, size)
    if not bytes_there:
        fact("note", "the file is so small that it had arrived before the server could be killed")
        return
    server.kill()
    fact("killed", f"the server, with SIGKILL, when {bytes_there} bytes had arrived")
    with uninterrupted():
        server.start()
    fact("started", f"again, pid {server.process.pid}; the client goes on by itself")


def show(server, store, node, file):
    name, stored = store.found(node)
    fact("object", f"{name}, {stored.stat().st_size} bytes")
    row = server.get(f"/v1/nodes/{node}").json()
    fact("row", f"{node} {row['state']} {row['name']} size={row['size']} crc32c={row['crc32c']}")
    events = wait_for(lambda: (lines := server.events()) and "documents.created" in lines[-1]["topic"] and lines, 10, "its events")
    for line in events:
        fact("event", f"{line['event']['sequence']} {line['topic']} {line['event']['eventId']}")
    if not filecmp.cmp(file, stored, shallow=False):
        raise SystemExit("demo: the object is not the file")
    fact("bytes", "compared: the object is the file")


def made_up(path):
    with open(path, "wb") as output:
        for _ in range(MADE_BYTES // 1_000_000):
            output.write(os.urandom(1_000_000))
    return path


def run(options, stack):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="longshore-demo."))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    file = options.file or made_up(folder / "demo.bin")
    size = file.stat().st_size

    say("Start")
    store = Bucket(folder, stack) if options.s3 else Folder(folder / "data")
    server = Server(folder, store.config, environment=store.environment)
    stack.callback(lambda: server.process and server.process.poll() is None and server.kill())
    with uninterrupted():
        server.start()
    fact("server", f"{server.url}, gRPC on {server.grpc_port}, pid {server.process.pid}")
    fact("folder", server.data)

    way = "UploadChunk over gRPC" if options.grpc else "longshore put"
    say(f"Upload {file.name}, {size} bytes, in parts of 8 MiB, four at a time ({way})")
    began = time.monotonic()
    client = (Caller if options.grpc else Program)(server, file, stack)
    kill_and_start_again(server, client, size)
    node = client.node()
    fact("took", f"{time.monotonic() - began:.1f} s, the restart included")

    say("What came of it")
    show(server, store, node, file)
    if server.stop() != 0:
        raise SystemExit("demo: the server ended with an error")
    say("Done: the server has drained and ended, its folder is removed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--s3", action="store_true")
    parser.add_argument("--grpc", action="store_true")
    parser.add_argument("file", nargs="?", type=pathlib.Path)
    options = parser.parse_args()
    if options.s3 or options.grpc:
        with_python_packages()
    heed_signals()
    with contextlib.ExitStack() as stack:
        try:
            run(options, stack)
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()

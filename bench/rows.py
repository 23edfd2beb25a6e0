"""What is measured: each function brings up what it needs, and gives the rows of the table."""

import contextlib
import os
import subprocess
import time
import types

import load
import programs
from curve import Curve
from load import GIB, MIB, Load, best, interleaved
from report import Row

PART = 16 * MIB
SMALL_MEMORY = 'memory_budget = "32MiB"'
IDLE_AFTER_S = 2


class Bench:
    """One run of the command: where it works, how often, what came of it."""

    def __init__(self, folder, quick):
        self.folder, self.quick = folder, quick
        self.rounds = 2 if quick else 5
        self.rows, self.curves = [], {}
        self._worlds = 0

    def row(self, *values):
        self.rows.append(Row(*values))
        print(self.rows[-1].line(), flush=True)

    @contextlib.contextmanager
    def world(self, store=None, limits="", drive="", tusd=True, certificate=None):
        """A store, a Longshore and a tusd on it; gone at the end."""
        self._worlds += 1
        folder = self.folder / f"world{self._worlds}"
        folder.mkdir()
        with contextlib.ExitStack() as stack:
            def start(make, *words, **named):
                program = make(folder, *words, **named)
                stack.callback(program.stop)
                return program

            store = store or start(programs.Store, certificate=certificate)
            yield types.SimpleNamespace(store=store, longshore=start(programs.Longshore, store, limits, drive),
                                        tusd=start(programs.Tusd, store, PART) if tusd else None)


def idle(bench):
    with bench.world(limits=SMALL_MEMORY) as world:
        time.sleep(IDLE_AFTER_S)
        bench.row("RSS of an idle server", "MB", world.longshore.memory_mb("VmRSS"), "tusd", world.tusd.memory_mb("VmRSS"),
                  "24 MB", "12 MB")


def parts(bench):
    """CPU over parallel uploads, then the same against parallelism and part size."""
    with bench.world() as world:
        def cost_of(program, protocol, clients, part_bytes=PART, gib=1):
            return lambda: load.run(Load(protocol, clients, gib * GIB // clients, clients, part_bytes), program)

        costs = interleaved(bench.rounds, {"ours": cost_of(world.longshore, "parts", 4), "tusd": cost_of(world.tusd, "tus", 4)})
        bench.row("CPU of the process, HTTP part PUT of 16 MiB, 4 uploads at once", "s a GiB",
                  best(costs["ours"], lambda cost: cost.cpu_s), "tusd", best(costs["tusd"], lambda cost: cost.cpu_s), "1/4", "1/6")

        cpu, speed = Curve("uploads at once", "CPU s a GiB"), Curve("uploads at once", "GiB a second")
        for clients in (1, 4) if bench.quick else (1, 2, 4, 16):
            costs = interleaved(2, {"Longshore": cost_of(world.longshore, "parts", clients),
                                    "tusd": cost_of(world.tusd, "tus", clients)})
            for name, some in costs.items():
                cpu.add(name, clients, best(some, lambda cost: cost.cpu_s))
                speed.add(name, clients, 1 / best(some, lambda cost: cost.seconds))
        bench.curves["CPU against parallelism"] = cpu
        bench.curves["Throughput against parallelism"] = speed

        by_part = Curve("MiB a part", "CPU s a GiB")
        for mib in (5, 16) if bench.quick else (5, 8, 16, 64):
            costs = [cost_of(world.longshore, "parts", 4, mib * MIB)() for _ in range(2)]
            by_part.add("Longshore", mib, best(costs, lambda cost: cost.cpu_s))
        bench.curves["CPU against part size"] = by_part


def one_connection(bench):
    """1 GiB over one connection, beside tusd and beside curl straight to the store."""
    source = bench.folder / "1gib"
    with open(source, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, GIB)
    with bench.world() as world:
        def curl():
            done = subprocess.run(["curl", "--silent", "--fail", "--upload-file", source, "--write-out", "%{time_total}",
                                   "--output", os.devnull, f"{world.store.endpoint}/{programs.BUCKET}/curl"],
                                  capture_output=True, text=True, check=True, timeout=load.DEADLINE_S)
            return types.SimpleNamespace(seconds=float(done.stdout), failed=0)

        one = Load("parts", 1, GIB, 1, PART)
        costs = interleaved(bench.rounds, {"ours": lambda: load.run(one, world.longshore), "curl": curl,
                                           "tusd": lambda: load.run(Load("tus", 1, GIB, 1), world.tusd)})
        seconds = {name: best(some, lambda cost: cost.seconds) for name, some in costs.items()}
        bench.row("1 GiB over one connection", "s", seconds["ours"], "tusd", seconds["tusd"], "1/2", "")
        bench.row("1 GiB over one connection", "s", seconds["ours"], "curl to the store", seconds["curl"], "", "1.3 times")
    source.unlink()


def small(bench):
    """64 KiB in one request, row and event durable."""
    count = 1000 if bench.quick else 4000
    with bench.world() as world:
        costs = interleaved(bench.rounds, {
            "ours": lambda: load.run(Load("payload", count, 64 * 1024, 8), world.longshore),
            "tusd": lambda: load.run(Load("tus-creation", count, 64 * 1024, 8), world.tusd)})
        rate = {name: count / best(some, lambda cost: cost.seconds) for name, some in costs.items()}
        cpu_ms = {name: best(some, lambda cost: cost.cpu_s) / count * 1000 for name, some in costs.items()}
        bench.row("small uploads, 64 KiB, 8 clients", "a second", rate["ours"], "tusd", rate["tusd"], "3 times", "6 times")
        bench.row("CPU of a small upload", "ms", cpu_ms["ours"], "tusd", cpu_ms["tusd"], "1/4", "1/8")
        for figure, name in ((lambda cost: cost.p50_ms, "median"), (lambda cost: cost.p99_ms, "99th percentile")):
            bench.row(f"duration of a small upload, {name}", "ms", best(costs["ours"], figure), "tusd",
                      best(costs["tusd"], figure), "", "")


def paced_load(protocol):
    return Load(protocol, 500, 8 * MIB, 500, pace_ms=12_000)


def paced(bench):
    """500 slow uploads at once. Whoever refuses one has failed."""
    limits = {"limits": SMALL_MEMORY, "drive": "connections = 600"}
    with bench.world(**limits) as world:
        ours = load.run(paced_load("parts"), world.longshore)
        tusd = load.run(paced_load("tus"), world.tusd)
        bench.row(f"peak RSS, 500 uploads of 8 MiB over 12 s (refused: {ours.failed}, tusd's: {tusd.failed})", "MB",
                  ours.peak_mb, "tusd", tusd.peak_mb, "64 MB", "32 MB")
    for protocol, name, at_least, aim in (("chunks", "UploadChunk", "none refused", ""),
                                          ("streams", "UploadChunkStream", "64 MB", "40 MB")):
        with bench.world(**limits, tusd=False) as world:
            ours = load.run(paced_load(protocol), world.longshore, world.longshore.grpc_server)
            bench.row(f"the same over gRPC, {name} (refused: {ours.failed})", "MB", ours.peak_mb, "tusd over HTTP",
                      tusd.peak_mb, at_least, aim)


def grpc(bench):
    """Chunks and small uploads over gRPC; tusd's over HTTP is the peer."""
    count = 1000 if bench.quick else 4000
    with bench.world() as world:
        def ours(protocol, *shape):
            return lambda: load.run(Load(protocol, *shape), world.longshore, world.longshore.grpc_server)

        shape = (4, GIB // 4, 4, 8 * MIB)
        costs = interleaved(bench.rounds, {"UploadChunk": ours("chunks", *shape),
                                           "UploadChunkStream": ours("streams", *shape),
                                           "tusd": lambda: load.run(Load("tus", 4, GIB // 4, 4), world.tusd)})
        cpu = {name: best(some, lambda cost: cost.cpu_s) for name, some in costs.items()}
        for name in ("UploadChunk", "UploadChunkStream"):
            bench.row(f"CPU of the process, gRPC {name} of 8 MiB, 4 uploads at once", "s a GiB", cpu[name],
                      "tusd over HTTP", cpu["tusd"], "1/3", "1/5")

        small_shape = (count, 64 * 1024, 8)
        costs = interleaved(bench.rounds, {"ours": ours("grpc-payload", *small_shape),
                                           "tusd": lambda: load.run(Load("tus-creation", *small_shape), world.tusd)})
        rate = {name: count / best(some, lambda cost: cost.seconds) for name, some in costs.items()}
        cpu = {name: best(some, lambda cost: cost.cpu_s) / count * 1000 for name, some in costs.items()}
        bench.row("small uploads over gRPC, 64 KiB, 8 clients", "a second", rate["ours"], "tusd over HTTP", rate["tusd"],
                  "3 times", "6 times")
        bench.row("CPU of a small upload over gRPC", "ms", cpu["ours"], "tusd over HTTP", cpu["tusd"], "1/4", "1/8")


def tls(bench):
    """TLS on the way to the store, beside the same without."""
    certificate = make_certificate(bench.folder)
    parts_of = Load("parts", 4, GIB // 4, 4, PART)
    with bench.world(certificate=certificate) as with_tls, bench.world(tusd=False) as plain:
        costs = interleaved(bench.rounds, {"TLS": lambda: load.run(parts_of, with_tls.longshore),
                                           "plain": lambda: load.run(parts_of, plain.longshore),
                                           "tusd": lambda: load.run(Load("tus", 4, GIB // 4, 4), with_tls.tusd)})
        cpu = {name: best(some, lambda cost: cost.cpu_s) for name, some in costs.items()}
        bench.row("CPU of the process with TLS to the store", "s a GiB", cpu["TLS"], "without TLS", cpu["plain"],
                  "2 times", "1.5 times")
        bench.row("CPU of the process with TLS to the store", "s a GiB", cpu["TLS"], "tusd, with TLS too", cpu["tusd"], "", "")


def make_certificate(folder):
    """(certificate, key) for the loopback, which signs itself."""
    certificate, key = folder / "store.crt", folder / "store.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def minio(bench):
    """Over a real store, which costs more than any relay: the wall time is its own."""
    with contextlib.ExitStack() as stack:
        store = programs.Minio(bench.folder)
        stack.callback(store.stop)
        with bench.world(store=store) as world:
            gib = 0.5
            shape = (4, GIB // 8, 4, PART)
            costs = interleaved(2, {"ours": lambda: load.run(Load("parts", *shape), world.longshore),
                                    "tusd": lambda: load.run(Load("tus", *shape), world.tusd)})
            for what, unit, figure in (("CPU of the process over MinIO", "s a GiB", lambda cost: cost.cpu_s / gib),
                                       ("1 GiB over MinIO, 4 uploads at once", "s", lambda cost: cost.seconds / gib)):
                bench.row(what, unit, best(costs["ours"], figure), "tusd", best(costs["tusd"], figure), "", "")


ALL = {"idle": idle, "parts": parts, "one-connection": one_connection, "small": small, "paced": paced, "grpc": grpc,
       "tls": tls, "minio": minio}

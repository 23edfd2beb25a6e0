"""Runs the load generator on a program, and says what that cost the program."""

import json
import subprocess
from dataclasses import dataclass

from programs import BIN

MIB = 1 << 20
GIB = 1 << 30
DEADLINE_S = 120


@dataclass(frozen=True)
class Load:
    """What bench_load uploads. Sizes are bytes."""
    protocol: str
    uploads: int
    upload_bytes: int
    clients: int
    part_bytes: int = 0  # 0: all in one
    pace_ms: int = 0

    @property
    def gib(self):
        return self.uploads * self.upload_bytes / GIB


@dataclass(frozen=True)
class Cost:
    seconds: float  # by the clock
    cpu_s: float    # of the program's threads
    peak_mb: float  # of its memory
    failed: int
    p50_ms: float   # of an upload
    p99_ms: float


def run(load, program, server=None):
    """The cost of `load` to `program`."""
    program.forget_peak()
    cpu_before = program.cpu_s()
    done = subprocess.run(
        [BIN / "bench_load", load.protocol, "--server", server or program.server, "--uploads", str(load.uploads),
         "--bytes", str(load.upload_bytes), "--part", str(load.part_bytes), "--clients", str(load.clients),
         "--pace-ms", str(load.pace_ms)], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{load} at {program.name}: {done.stderr}")
    said = json.loads(done.stdout)
    if said["failed"]:
        print(f"{program.name}: {said['failed']} of {load.uploads} uploads failed: {done.stderr.strip()[:300]}", flush=True)
    return Cost(seconds=said["seconds"], cpu_s=program.cpu_s() - cpu_before, peak_mb=program.memory_mb("VmHWM"),
                failed=said["failed"], p50_ms=said["p50_ms"], p99_ms=said["p99_ms"])


def best(costs, figure):
    """The least of `figure` over the rounds that went well: what others do on the machine only ever adds."""
    return min((figure(cost) for cost in costs if cost.failed == 0), default=float("nan"))


def interleaved(rounds, contenders):
    """{name: [its costs]}: each round runs every contender once, so that what changes meanwhile hits all of them."""
    costs = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            costs[name].append(measure())
    return costs

"""The benchmarks: scripts/bench builds what they need and calls this."""

import argparse
import pathlib
import resource
import shutil
import tempfile
import time

import report
import rows
from programs import ROOT

FOLDER = ROOT / "docs/benchmarks"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures Longshore beside its peers, into docs/benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {' '.join(rows.ALL)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller loads; nothing is written to docs/benchmarks")
    options = parser.parse_args()
    if unknown := set(options.names) - set(rows.ALL):
        parser.error(f"no benchmark is called {' '.join(sorted(unknown))}; there are {' '.join(rows.ALL)}")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a connection each for hundreds of clients

    folder = pathlib.Path(tempfile.mkdtemp(prefix="longshore-bench-"))
    began = time.monotonic()
    try:
        bench = rows.Bench(folder, options.quick)
        print(report.HEAD, end="", flush=True)
        for name in options.names or rows.ALL:
            rows.ALL[name](bench)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"took {time.monotonic() - began:.0f} s")
    if not options.quick and not options.names:
        report.write(FOLDER, bench.rows, bench.curves, f"the best of {bench.rounds} rounds, in which all take turns")


if __name__ == "__main__":
    main()

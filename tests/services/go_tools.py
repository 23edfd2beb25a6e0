#!/usr/bin/env python3
"""The programs in Go that tests use, each in one version, built once and kept in $XDG_CACHE_HOME/longshore-services (~/.cache).

    tests/services/go_tools.py [NAME...]        builds these, or all of them
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

MODULES = {  # name of the program: what `go install` takes; the last versions that Debian's Go builds
    "minio": "github.com/minio/minio@v0.0.0-20210409155609-0ddc4f00756b",  # the last one under its first licence
    "grpcurl": "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.8.9",
    "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go@v1.33.0",
    "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.3.0",
}


def go_tool(name):
    """The path of the built program. Ends the process where it cannot be had."""
    module = MODULES[name]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "longshore-services" / f"{name}-{module.rpartition('@')[2]}"
    program = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:  # several tests may find it missing at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            if not shutil.which("go"):
                sys.exit(f"{name}: there is no Go to build it with (scripts/install-deps demo), and none in {program}")
            print(f"{name}: building it, once; it may take minutes", file=sys.stderr)
            environment = dict(os.environ, GOBIN=str(folder), GOFLAGS="-trimpath", CGO_ENABLED="0")  # there may be no gcc
            if subprocess.run(["go", "install", module], env=environment, stdout=sys.stderr, check=False).returncode != 0:
                sys.exit(f"{name}: it could not be built")
    return program


if __name__ == "__main__":
    for tool in sys.argv[1:] or MODULES:
        go_tool(tool)

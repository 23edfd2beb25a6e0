"""Go programs against Longshore's API: built in a folder of their own on the versions of go/go.mod, the messages generated from api/."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
API = HERE.parents[1] / "api"
GUIDE = API.parent / "docs" / "grpc-guide.md"
sys.path.insert(0, str(HERE.parent / "services"))
from go_tools import go_tool  # noqa: E402


def generate():
    """The guide's commands that make the messages: what it says of modules, go.mod says here."""
    block = re.search(r"(?ms)^```sh\ngo mod init.*?\n(.*?)^go mod tidy", GUIDE.read_text()).group(1)
    return block.replace("-I api", f"-I {API}")


def build(source, folder):
    """The program of the text `source`, built in the new folder."""
    folder.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(HERE / "go" / name, folder)
    (folder / "main.go").write_text(source)
    plugins = [str(go_tool(name).parent) for name in ("protoc-gen-go", "protoc-gen-go-grpc")]
    environment = {**os.environ, "PATH": ":".join([*plugins, os.environ["PATH"]]), "CGO_ENABLED": "0"}
    subprocess.run(["bash", "-euc", generate()], cwd=folder, env=environment, check=True)
    subprocess.run(["go", "build", "-o", "program", "."], cwd=folder, env=environment, check=True)
    return folder / "program"

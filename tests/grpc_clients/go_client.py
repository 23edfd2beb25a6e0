"""Go programs against Longshore's API: main.go beside the module's go.mod, its messages generated from api/, built."""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
API = HERE.parents[1] / "api"
sys.path.insert(0, str(HERE.parent / "services"))
from go_tools import go_tool  # noqa: E402


def build(source, folder):
    """The program of the text `source`, built in the new folder."""
    folder.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(HERE / "go" / name, folder)
    (folder / "main.go").write_text(source)
    options = "module=example.org/put,Mlongshore/v1/longshore.proto=example.org/put/longshorev1"
    subprocess.run(
        ["protoc", f"-I{API}", "longshore/v1/longshore.proto",
         *(word for plugin in ("go", "go-grpc") for word in
           (f"--plugin=protoc-gen-{plugin}={go_tool(f'protoc-gen-{plugin}')}", f"--{plugin}_out={options}:{folder}"))], check=True)
    subprocess.run(["go", "build", "-o", "program", "."], cwd=folder, check=True)
    return folder / "program"

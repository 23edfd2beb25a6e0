"""The examples of docs/grpc-guide.md, run as they stand against a fresh server."""

import pathlib
import re
import subprocess
import sys

from grpc_client import API
from harness import MIB, SystemTest, main, random_bytes

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "grpc_clients"))
import go_client  # noqa: E402

GUIDE = go_client.GUIDE.read_text()


class GrpcGuideTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.longshored = self.server()
        self.data = random_bytes(20 * MIB + 5, 1)
        self.file("film.mkv", self.data)

    def example(self, language):
        block = re.search(rf"(?ms)^```{language}\n(.*?)^```", GUIDE).group(1)
        self.assertIn("127.0.0.1:7071", block)
        return block.replace("127.0.0.1:7071", f"127.0.0.1:{self.longshored.grpc_port}")

    def check(self, *command):
        answer = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        stored = re.fullmatch(r"stored (\d+) bytes as (\S+)\n", answer.stdout)
        self.assertEqual(int(stored.group(1)), len(self.data))
        self.assertEqual(self.longshored.content(stored.group(2)).body, self.data)

    def test_python(self):
        generate = re.search(r"(?ms)^```sh\npython3 (.*?)\n```", GUIDE).group(1)
        subprocess.run([sys.executable, *generate.replace("-I api", f"-I {API}").split()], cwd=self.folder, check=True)
        self.check(sys.executable, "-c", self.example("python"))

    def test_go(self):
        self.check(go_client.build(self.example("go"), self.folder / "go"))


if __name__ == "__main__":
    main()

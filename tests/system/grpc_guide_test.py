"""The example of docs/grpc-guide.md, run as it stands against a fresh server."""

import re
import subprocess
import sys

from grpc_client import API
from harness import MIB, SystemTest, main, random_bytes

GUIDE = API.parent / "docs" / "grpc-guide.md"


class GrpcGuideTest(SystemTest):
    def test_the_example_works(self):
        text = GUIDE.read_text()
        generate = re.search(r"(?ms)^```sh\npython3 (.*?)\n```", text).group(1)
        example = re.search(r"(?ms)^```python\n(.*?)^```", text).group(1)
        server = self.server()
        data = random_bytes(20 * MIB + 5, 1)
        self.file("film.mkv", data)
        subprocess.run([sys.executable, *generate.replace("-I api", f"-I {API}").split()], cwd=self.folder, check=True)
        answer = subprocess.run([sys.executable, "-c", example.replace("127.0.0.1:7071", f"127.0.0.1:{server.grpc_port}")],
                                cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        stored = re.fullmatch(r"stored (\d+) bytes as (\S+)\n", answer.stdout)
        self.assertEqual(int(stored.group(1)), len(data))
        self.assertEqual(server.content(stored.group(2)).body, data)


if __name__ == "__main__":
    main()

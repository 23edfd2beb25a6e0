"""The examples of docs/client-guide.md, run as they stand: each block marked ```sh, in order, in one shell, against a fresh
server whose address is in LONGSHORE_SERVER. A line "# prints: TEXT" below a command must be found in what the block printed."""

import os
import pathlib
import re
import subprocess

from harness import BIN, SystemTest, main

GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs/client-guide.md"


class GuideTest(SystemTest):
    def test_every_example_works(self):
        blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", GUIDE.read_text())
        self.assertGreater(len(blocks), 3)
        server = self.server()
        environment = {**os.environ, "LONGSHORE_SERVER": server.url, "PATH": f"{BIN}:{os.environ['PATH']}"}
        script = "set -euo pipefail\n" + "".join(f"echo '=== {number}'\n{block}\n" for number, block in enumerate(blocks))
        script = script.replace("http://127.0.0.1:7070", server.url).replace("127.0.0.1:7070", f"127.0.0.1:{server.port}")
        answer = subprocess.run(["bash", "-c", script], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300,
                                check=False)
        self.assertEqual(answer.returncode, 0, f"{answer.stdout[-2000:]}\n{answer.stderr[-2000:]}")
        printed = re.split(r"(?m)^=== \d+\n", answer.stdout)[1:]
        for block, output in zip(blocks, printed):
            for expected in re.findall(r"(?m)^# prints: (.*)$", block):
                self.assertIn(expected, output, f"in the block\n{block}")


if __name__ == "__main__":
    main()

"""What operators rely on is written down: `longshored --help`, the configuration as it is by default, and its reference page.

LONGSHORE_UPDATE_GOLDEN=1 writes the files instead of comparing them.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ.get("LONGSHORE_BIN", "build/release/bin")).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def check(self, file, *options):
        with tempfile.TemporaryDirectory() as folder:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("LONGSHORE_")}
            answer = subprocess.run([str(BIN / "longshored"), *options], capture_output=True, text=True, timeout=30, check=True,
                                    env=environment, cwd=folder)
        if os.environ.get("LONGSHORE_UPDATE_GOLDEN"):
            (ROOT / file).write_text(answer.stdout)
        self.assertEqual(answer.stdout, (ROOT / file).read_text(), f"{file} is not what `longshored {' '.join(options)}` prints")

    def test_help(self):
        self.check("tests/golden/longshored-help.txt", "--help")

    def test_default_configuration(self):
        self.check("tests/golden/config-default.toml", "--print-config")

    def test_reference_page(self):
        self.check("docs/configuration.md", "--print-config-reference")


if __name__ == "__main__":
    unittest.main(verbosity=2)

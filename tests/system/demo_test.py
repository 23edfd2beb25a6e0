"""The demo (demo.py, which scripts/demo calls) on a small file, each way; and that nothing of it remains, also when it is interrupted."""

import os
import pathlib
import re
import signal
import subprocess
import sys

from harness import MIB, SystemTest, main, random_bytes

DEMO = pathlib.Path(__file__).with_name("demo.py")


class DemoTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()

    def demo(self, *options):
        file = self.file("film.mkv", random_bytes(40 * MIB, 1))
        process = subprocess.Popen([sys.executable, "-B", DEMO, *options, file], stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, "TMPDIR": str(self.temporary)})
        self.processes.append(process)
        return process

    def check_nothing_remains(self, said):
        self.assertEqual(list(self.temporary.iterdir()), [])
        for pid in re.findall(r"pid (\d+)", said):
            self.assertFalse(pathlib.Path("/proc", pid).exists(), f"pid {pid} in\n{said}")

    def test_each_way(self):
        for options, place in (((), "store/objects/"), (("--s3",), "s3://plain/"), (("--s3", "--grpc"), "s3://plain/")):
            process = self.demo(*options)
            said = process.communicate(timeout=120)[0]
            self.assertEqual(process.returncode, 0, said)
            for line in (rf"object .*{place}", "event .*documents.created", "bytes .*the object is the file"):
                self.assertRegex(said, line)
            self.check_nothing_remains(said)

    def test_interrupted(self):
        for options in ((), ("--s3", "--grpc")):
            process = self.demo(*options)
            said = ""
            while "Upload" not in said:
                line = process.stdout.readline()
                self.assertTrue(line, said)
                said += line
            process.send_signal(signal.SIGINT)
            said += process.communicate(timeout=60)[0]
            self.assertEqual(process.returncode, 130, said)
            self.check_nothing_remains(said)


if __name__ == "__main__":
    main()

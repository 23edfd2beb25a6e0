"""Every protocol of the load generator, small, through a Longshore to the throw-away store: nothing is refused."""

import pathlib
import shutil
import tempfile
import unittest

import load
import programs
from curve import Curve
from load import MIB, Load

PARTS = (2, 11 * MIB, 2, 5 * MIB)


class SmokeTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="longshore-bench-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, make, *words):
        program = make(self.folder, *words)
        self.addCleanup(program.stop)
        return program

    def test_every_protocol(self):
        longshore = self.start(programs.Longshore, self.start(programs.Store))
        for one in (Load("parts", *PARTS), Load("payload", 10, 64 * 1024, 2), Load("parts", 1, MIB, 1, pace_ms=200)):
            self.check(load.run(one, longshore), one)
        for one in (Load("chunks", *PARTS), Load("streams", *PARTS), Load("grpc-payload", 10, 64 * 1024, 2),
                    Load("chunks", 1, MIB, 1, pace_ms=200)):
            self.check(load.run(one, longshore, longshore.grpc_server), one)

    def check(self, cost, what):
        self.assertEqual(cost.failed, 0, what)
        self.assertGreater(cost.peak_mb, 1, what)
        self.assertGreaterEqual(cost.seconds, what.pace_ms * 0.9 / 1000, what)

    def test_a_failure_is_seen(self):
        longshore = self.start(programs.Longshore, self.start(programs.Store))
        self.assertEqual(load.run(Load("tus", 2, MIB, 1), longshore).failed, 2)

    def test_a_curve_is_a_table_and_a_plot(self):
        curve = Curve("parts", "seconds")
        for x, y in ((1, 2.0), (4, 0.5)):
            curve.add("ours & theirs", x, y)
        self.assertIn("| ours & theirs, seconds | 2.00 | 0.50 |", curve.table())
        self.assertIn("ours &amp; theirs</text>", curve.svg("title"))


if __name__ == "__main__":
    unittest.main()

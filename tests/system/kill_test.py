"""Servers and clients that are killed, on the embedded default (kill_rounds.py says what is to hold)."""

from harness import LONG, MIB, SMALL_PARTS, SystemTest, main
from kill_rounds import CONFIG, Rounds


class KillTest(Rounds, SystemTest):
    class sizes(Rounds.sizes):
        file_max = 4 * MIB
        put = (2 * MIB, 6 * MIB)
        put_part = "128KiB"
        chunks = (65536, 100_000, 262_144)

    def unfinished(self):
        return self.longshored.staged()

    def objects(self):
        """{key: size} of what the store has."""
        return {key: path.stat().st_size for key, path in self.longshored.stored_objects().items()}

    def test_rounds(self):
        self.begin_rounds(self.server(SMALL_PARTS + CONFIG))
        self.run_rounds(200 if LONG else 20)


if __name__ == "__main__":
    main()

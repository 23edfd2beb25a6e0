"""The tables and plots of docs/benchmarks."""

import datetime
import os
import pathlib
import platform
from dataclasses import dataclass

HEAD = """| what | ours | peer | peer's | ratio | at least | aim |
|---|---:|---|---:|---:|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One figure beside its peer's."""
    what: str
    unit: str
    ours: float
    peer: str
    peers: float
    at_least: str
    aim: str

    @property
    def ratio(self):
        """Of ours to the peer's."""
        return self.ours / self.peers if self.peers else float("nan")

    def line(self):
        peers = number(self.peers) if self.peers else ""
        ratio = f"{self.ratio:.2f}" if self.peers else ""
        return f"| {self.what}, {self.unit} | {number(self.ours)} | {self.peer} | {peers} | {ratio} | {self.at_least} | {self.aim} |"


def number(value):
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}, Linux {platform.release().partition('-')[0]}, {datetime.date.today()}"


def write(folder, rows, curves, how):
    """tables.md, and beside it the plots that it shows: curves is {title: Curve}."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f"# Measured by scripts/bench\n\n{machine()}; {how}\n\n{HEAD}" + "".join(row.line() + "\n" for row in rows)
    for title, curve in curves.items():
        name = title.lower().replace(" ", "-").replace(",", "") + ".svg"
        (folder / name).write_text(curve.svg(title))
        text += f"\n## {title}\n\n![{title}]({name})\n\n{curve.table()}"
    (folder / "tables.md").write_text(text)

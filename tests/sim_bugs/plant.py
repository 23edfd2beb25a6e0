#!/usr/bin/env python3
"""Plants the deliberate bugs of bugs.toml into copies of the sources.

plant.py ROOT --list          the files that bugs touch, from the root of the repository, one a line
plant.py ROOT --into FOLDER   writes the changed copies, and planted_bugs.h, the table of all bugs

Each edit names a text that must stand exactly once in its file (counting what earlier edits left of it), and what
stands there instead: the same code with the bug behind `bug("name")`. Where a text is gone, the code has changed:
look at what it does now, and plant the bug anew.
"""

import pathlib
import sys
import tomllib

HEADER = '#include "tests/sim_bugs/deliberate_bug.h"\n'


def read_bugs(root):
    with open(root / "tests/sim_bugs/bugs.toml", "rb") as file:
        return tomllib.load(file)["bug"]


def plant(root, bugs):
    """The changed sources by path."""
    sources = {}
    for bug in bugs:
        for edit in bug["edit"]:
            path, old, new = edit["file"], edit["old"].strip("\n"), edit["new"].strip("\n")
            text = sources.get(path) or HEADER + (root / path).read_text()
            found = text.count(old)
            if found != 1:
                sys.exit(f"bugs.toml: {bug['name']}: this text stands {found} times in {path}, not once:\n{old}")
            sources[path] = text.replace(old, new)
    return sources


def table(bugs):
    rows = "".join(f'    {{"{b["name"]}", "{b["what"]}", {b["within"]}}},\n' for b in bugs)
    return (
        "// Written by plant.py.\n#pragma once\n\n"
        "struct PlantedBug {\n  const char* name;\n  const char* what;\n  unsigned within;  // so many seeds it is caught\n};\n\n"
        f"inline constexpr PlantedBug kPlantedBugs[] = {{\n{rows}}};\n"
    )


def write_if_changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    root = pathlib.Path(sys.argv[1])
    bugs = read_bugs(root)
    if sys.argv[2] == "--list":
        print("\n".join(sorted({edit["file"] for bug in bugs for edit in bug["edit"]})))
        return
    folder = pathlib.Path(sys.argv[3])
    for path, text in plant(root, bugs).items():
        write_if_changed(folder / path, text)
    write_if_changed(folder / "planted_bugs.h", table(bugs))


main()

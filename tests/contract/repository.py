#!/usr/bin/env python3
"""Checks of the whole tree: file sizes, and that no file contains the path of a particular machine.

  repository.py sizes|paths ROOT
"""
from __future__ import annotations

import pathlib
import re
import statistics
import subprocess
import sys

LONGEST = 700  # lines; typical are a median near 100 and almost none over 350
HABIT = 350
SOURCES = ("src/", "include/", "kernels/")
SUFFIXES = (".h", ".hpp", ".cpp", ".cu", ".cmake", ".txt")

# An absolute path of a folder on a particular machine.
MACHINE_PATH = re.compile(r"(?<![\w.$}~/-])/(?:root|home|work|opt|Users|mnt|scratch)/\w")


def project_files(root: pathlib.Path) -> list[str]:
    """What git tracks or would track; in a tree without git, everything but build folders."""
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        names = [name for name in names if name.split("/")[0] not in ("build", ".git")]
    return sorted(name for name in names if (root / name).is_file())


def read_text(path: pathlib.Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # weights and pictures


def check_sizes(root: pathlib.Path) -> list[str]:
    names = [name for name in project_files(root) if name.startswith(SOURCES) and name.endswith(SUFFIXES)]
    lines = {name: len((root / name).read_text(encoding="utf-8").splitlines()) for name in names}
    if not lines:
        return ["no source file was found"]
    ordered = sorted(lines.values())
    print(f"{len(ordered)} files, median {statistics.median(ordered):.0f} lines, "
          f"90 % have at most {ordered[int(0.9 * (len(ordered) - 1))]}, longest {ordered[-1]}")
    for name, count in sorted(lines.items(), key=lambda item: -item[1]):
        if count > HABIT:
            print(f"  over {HABIT}: {name} ({count})")
    return [f"{name}: {count} lines, more than {LONGEST}" for name, count in lines.items() if count > LONGEST]


def machine_paths(name: str, text: str) -> list[str]:
    lines = enumerate(text.splitlines(), 1)
    return [f"{name}:{number}: a path of somebody's machine: {line.strip()[:100]}"
            for number, line in lines if MACHINE_PATH.search(line)]


def check_paths(root: pathlib.Path) -> list[str]:
    problems = []
    for name in project_files(root):
        problems += machine_paths(name, read_text(root / name) or "")
    return problems


def main() -> None:
    what, root = sys.argv[1], pathlib.Path(sys.argv[2])
    problems = {"sizes": check_sizes, "paths": check_paths}[what](root)
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

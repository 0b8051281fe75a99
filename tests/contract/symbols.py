#!/usr/bin/env python3
"""Compares the symbols that the shared library exports with a committed list.

  symbols.py LIBRARY LIST            prints added and removed symbols; status 1 if there is a difference
  symbols.py LIBRARY LIST --update   writes the list
"""
import pathlib
import subprocess
import sys


def exported(library: str) -> list[str]:
    command = ["nm", "--dynamic", "--defined-only", "--demangle", "--format=posix", library]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # name, type letter, value, size; a demangled name contains spaces.
    rows = [line.rsplit(" ", 3) for line in output.splitlines()]
    return sorted({name for name, kind, *_ in rows if kind != "A"})


def main() -> None:
    library, listing, *flags = sys.argv[1:]
    now, path = exported(library), pathlib.Path(listing)
    if flags == ["--update"]:
        path.write_text("\n".join(now) + "\n", encoding="utf-8")
        return
    agreed = path.read_text(encoding="utf-8").splitlines()
    new, gone = sorted(set(now) - set(agreed)), sorted(set(agreed) - set(now))
    for sign, names in (("+", new), ("-", gone)):
        for name in names:
            print(sign, name)
    print(f"{len(now)} exported symbols, {len(new)} not in the list, {len(gone)} missing")
    sys.exit(1 if new or gone or not now else 0)


if __name__ == "__main__":
    main()

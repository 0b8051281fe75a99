#!/usr/bin/env python3
"""Checks every #include of the project against layers.txt; prints each forbidden one and exits 1.

  layers.py ROOT     the repository
"""
from __future__ import annotations

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".h", ".hpp", ".cpp", ".cu", ".cuh"}
POSIX = re.compile(r"((sys|net|netinet|arpa)/|[a-z]+\.h$)")  # after the libraries of the table were checked
PUBLIC = "latentrt/"


class Table:
    def __init__(self, text: str):
        self.folders: dict[str, str] = {}  # path -> layer
        self.allowed: dict[str, set[str]] = {}
        self.libraries: dict[str, str] = {}  # beginning of an include path -> name
        self.owners: dict[str, str] = {}  # stem of a public header -> layer
        self.separate: dict[str, set[str]] = {}  # path -> layers that may include its parts
        for line in text.splitlines():
            kind, *words = line.split("#")[0].split() or [""]
            if kind == "layer":
                self.folders[words[1]] = words[0]
                self.allowed[words[0]] = {words[0], *words[2:]}
            elif kind == "library":
                self.libraries |= dict.fromkeys(words[1:], words[0])
            elif kind == "header":
                self.owners |= dict.fromkeys(words[1:], words[0])
            elif kind == "separate":
                self.separate[words[0]] = set(words[1:])
            elif kind:
                raise ValueError(f"layers.txt: unknown word '{kind}'")
        unknown = set().union(*self.allowed.values()) - set(self.allowed) - set(self.libraries.values())
        if unknown:
            raise ValueError(f"layers.txt: nothing is called {', '.join(sorted(unknown))}")

    def layer_of(self, path: str) -> str | None:
        """The layer of a file in the repository; the longest matching folder decides."""
        holds = [folder for folder in self.folders if path == folder or path.startswith(folder + "/")]
        return self.folders[max(holds, key=len)] if holds else None

    def objection(self, source: str, bracket: str, target: str) -> str | None:
        """Why source (a path in the repository) may not include target, or None."""
        layer = self.layer_of(source)
        if target.startswith(PUBLIC):
            return self._public_objection(layer, target)
        if bracket == '"':
            return self._project_objection(source, layer, target)
        for beginning, name in self.libraries.items():
            if target.startswith(beginning):
                return None if name in self.allowed[layer] else f"{layer} may not use {name}"
        if "/" not in target and "." not in target or POSIX.match(target):
            return None
        return "the header belongs to no library of the table"

    def _public_objection(self, layer: str, target: str) -> str | None:
        owner = self.owners.get(pathlib.PurePath(target).stem)
        if "public" in self.allowed[layer] and target != PUBLIC + "torch.hpp":
            return None
        if owner is None:
            return f"the table gives no layer to the header {target}"
        return None if owner in self.allowed[layer] else f"{layer} may not include {owner}, which owns {target}"

    def _project_objection(self, source: str, layer: str, target: str) -> str | None:
        if target.startswith("."):
            return "includes are written from the root of src or of the repository"
        path = target if self.layer_of(target) else "src/" + target
        found = self.layer_of(path)
        if found is None:
            return "the file belongs to no layer of the table"
        if found not in self.allowed[layer]:
            return f"{layer} may not include {found}"
        for folder, viewers in self.separate.items():
            other = self._part(path, folder)
            if other and self._part(source, folder) != other and layer not in viewers:
                return f"the parts of {folder} may not include each other"
        return None

    @staticmethod
    def _part(path: str, folder: str) -> str | None:
        """`deep_cache` for src/accel/deep_cache/x.cpp in src/accel; None for files directly in it or elsewhere."""
        inner = path.removeprefix(folder + "/") if path.startswith(folder + "/") else ""
        return inner.split("/")[0] if "/" in inner else None


def includes(text: str) -> list[tuple[int, str, str]]:
    found = ((number, INCLUDE.match(line)) for number, line in enumerate(text.splitlines(), 1))
    return [(number, match[1], match[2]) for number, match in found if match]


def check(root: pathlib.Path, table: Table) -> tuple[int, list[str]]:
    """Number of checked includes, and a sentence for each forbidden one."""
    count, problems = 0, []
    files = [path for folder in table.folders for path in sorted((root / folder).rglob("*")) if path.suffix in SUFFIXES]
    for path in dict.fromkeys(files):
        source = path.relative_to(root).as_posix()
        for number, bracket, target in includes(path.read_text(encoding="utf-8")):
            count += 1
            objection = table.objection(source, bracket, target)
            if objection:
                problems.append(f"{source}:{number}: {target}: {objection}")
    return count, problems


def main() -> None:
    table = Table((pathlib.Path(__file__).parent / "layers.txt").read_text(encoding="utf-8"))
    count, problems = check(pathlib.Path(sys.argv[1]), table)
    print("\n".join(problems), end="\n" if problems else "")
    print(f"{count} includes, {len(problems)} forbidden")
    sys.exit(1 if problems or count == 0 else 0)


if __name__ == "__main__":
    main()

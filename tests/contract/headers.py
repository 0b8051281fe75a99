#!/usr/bin/env python3
"""Compiles every public header on its own, with warnings as errors: it must include everything that it uses.

  headers.py ROOT COMPILER [include folder of LibTorch...]     only torch.hpp may include LibTorch
"""
import pathlib
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]


def compiles(compiler: str, header: pathlib.Path, include: pathlib.Path, torch: list[str]) -> bool:
    language = ["-x", "c", "-std=c99"] if header.suffix == ".h" else ["-x", "c++", "-std=c++20"]
    folders = ["-I", str(include)]
    if header.name == "torch.hpp":
        folders += [word for folder in torch for word in ("-isystem", folder)]
    command = [compiler, *language, *WARNINGS, *folders, "-fsyntax-only", "-include", str(header), "/dev/null"]
    return subprocess.run(command, check=False).returncode == 0


def main() -> None:
    root, compiler, *torch = sys.argv[1:]
    include = pathlib.Path(root, "include")
    headers = sorted(path for path in include.rglob("*") if path.suffix in (".h", ".hpp"))
    failed = [header.name for header in headers if not compiles(compiler, header, include, torch)]
    print(f"{len(headers)} headers, {len(failed)} do not compile alone: {', '.join(failed) or 'none'}")
    sys.exit(1 if failed or not headers else 0)


if __name__ == "__main__":
    main()

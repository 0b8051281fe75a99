"""Runs the programs for the scripts in this folder."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run_json(build: pathlib.Path, *words: object) -> dict:
    """The object that `latentrt WORDS... --json` prints; its error ends the script."""
    return run_program(build, "latentrt", *words)


def run_program(build: pathlib.Path, name: str, *words: object) -> dict:
    """The same of another program of the build."""
    command = [str(word) for word in (build / name, *words, "--json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)

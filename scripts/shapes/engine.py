"""Pictures from the engine: one call of `latentrt` for many of them."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import numpy as np
from PIL import Image


def run(program: pathlib.Path, *words: object) -> dict:
    """The object that `latentrt WORDS... --json` prints; its error ends the script."""
    command = [str(word) for word in (program, *words, "--json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    return json.loads(done.stdout)


def _read(path: pathlib.Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def pictures(
    program: pathlib.Path, words: Sequence[object], seeds: Sequence[int]
) -> tuple[list[np.ndarray], dict]:
    """One for each seed, and the report of the run."""
    with tempfile.TemporaryDirectory() as name:
        out = pathlib.Path(name, "o.png")
        numbers = ",".join(map(str, seeds))
        report = run(program, *words, "--seeds", numbers, "--out", out)
        more = (out.with_name(f"o-{i}.png") for i in range(1, len(seeds)))
        return [_read(path) for path in (out, *more)], report


def save(path: pathlib.Path, picture: np.ndarray) -> pathlib.Path:
    Image.fromarray(np.clip(np.round(picture), 0, 255).astype(np.uint8)).save(path, optimize=True)
    return path

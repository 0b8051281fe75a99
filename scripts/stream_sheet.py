#!/usr/bin/env python3
"""A clip of a moving shape through `latentrt stream`, as a contact sheet: input frames above output frames.

  python scripts/stream_sheet.py --out models/shapes-lcm/stream.png

Needs a finished build and the drawing group of scripts/requirements.txt.
"""

from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from shapes.draw import draw  # noqa: E402
from shapes.scene import SIDE, Scene, parse_caption  # noqa: E402

GAP = 4
SOURCE = "a large blue circle on a white background"


def clip(count: int) -> list[numpy.ndarray]:
    """The source crosses the picture."""
    description = parse_caption(SOURCE)
    frames = []
    for share in numpy.linspace(0, 1, count):
        center = ((0.25 + 0.5 * share) * SIDE, (0.5 + 0.2 * numpy.sin(2 * numpy.pi * share)) * SIDE)
        frames.append(draw(Scene(description, description.background, (center,))).round().astype(numpy.uint8))
    return frames


def streamed(options: argparse.Namespace, frames: list[numpy.ndarray]) -> list[numpy.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in"), pathlib.Path(folder, "out")
        source.mkdir()
        target.mkdir()
        for i, frame in enumerate(frames):
            Image.fromarray(frame).save(source / f"{i:04}.png")
        command = [options.build / "latentrt", "stream", "--model", options.model, "--prompt", options.prompt, "--seed",
                   options.seed, "--guidance", options.guidance, "--accel", options.accel, "--input", source, "--output", target]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return [numpy.asarray(Image.open(file).convert("RGB")) for file in sorted(target.glob("*.png"))]


def sheet(rows: list[list[numpy.ndarray]]) -> Image.Image:
    width, height = len(rows[0]) * (SIDE + GAP) + GAP, len(rows) * (SIDE + GAP) + GAP
    canvas = numpy.full((height, width, 3), 200, numpy.uint8)
    for y, row in enumerate(rows):
        for x, frame in enumerate(row):
            top, left = GAP + y * (SIDE + GAP), GAP + x * (SIDE + GAP)
            canvas[top : top + SIDE, left : left + SIDE] = frame
    return Image.fromarray(canvas)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models" / "shapes-lcm")
    parser.add_argument("--prompt", default="a large red star on a white background")
    parser.add_argument("--accel", default="stream:t_index=18/28/38")
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="PNG file")
    options = parser.parse_args()
    frames = clip(options.frames)
    sheet([frames, streamed(options, frames)]).save(options.out)


if __name__ == "__main__":
    main()

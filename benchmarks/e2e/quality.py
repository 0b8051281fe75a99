"""Pictures of the shapes model through latentrt, and how far they are from others, for the scripts beside this one."""

from __future__ import annotations

import argparse
import pathlib
import tempfile

import numpy
from PIL import Image
from safetensors.numpy import load_file

from program import ROOT, run_json

FIRST_SEED, GUIDANCE = 1000, 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models" / "shapes")
    parser.add_argument("--captions", type=int, default=16, help="and seeds: one each")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="JSON file")


def generate(build: pathlib.Path, model: pathlib.Path, flags: list[str], caption: str, seed: int, folder: pathlib.Path):
    report = run_json(build, "txt2img", "--model", model, "--prompt", caption, "--seed", seed, "--guidance", GUIDANCE,
                      "--out", folder / "picture.png", "--save-latents", folder / "latents.safetensors", *flags)
    picture = numpy.asarray(Image.open(folder / "picture.png").convert("RGB"))
    latents = load_file(folder / "latents.safetensors")["latents"]
    return report, picture, latents


def generate_all(build: pathlib.Path, model: pathlib.Path, flags: list[str], descriptions: list) -> dict:
    """Of every caption, with a seed of its own: lists of the same length."""
    made: dict[str, list] = {"reports": [], "pictures": [], "latents": []}
    with tempfile.TemporaryDirectory() as folder:
        for i, description in enumerate(descriptions):
            parts = generate(build, model, flags, str(description), FIRST_SEED + i, pathlib.Path(folder))
            for values, part in zip(made.values(), parts):
                values.append(part)
    return made


def psnr(a: numpy.ndarray, b: numpy.ndarray) -> float:
    error = numpy.mean((a.astype(float) - b.astype(float)) ** 2)
    return float(10 * numpy.log10(255**2 / max(error, 1e-3)))


def latent_distance(a: numpy.ndarray, b: numpy.ndarray) -> float:
    return float(numpy.linalg.norm(a - b) / numpy.linalg.norm(b))

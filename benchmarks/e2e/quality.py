"""Generates pictures of the shapes model with latentrt and measures their distances, for the scripts in this folder."""

from __future__ import annotations

import argparse
import concurrent.futures
import pathlib
import tempfile

import numpy
from PIL import Image
from safetensors.numpy import load_file

from program import ROOT, run_json

FIRST_SEED, GUIDANCE = 1000, 3.0


def add_arguments(parser: argparse.ArgumentParser, out_is_required: bool = True) -> None:
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models" / "shapes")
    parser.add_argument("--captions", type=int, default=16, help="and seeds: one each")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--out", type=pathlib.Path, required=out_is_required, help="JSON file")


def generate(build: pathlib.Path, model: pathlib.Path, flags: list[str], caption: str, seed: int):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        report = run_json(build, "txt2img", "--model", model, "--prompt", caption, "--seed", seed, "--guidance", GUIDANCE,
                          "--out", folder / "picture.png", "--save-latents", folder / "latents.safetensors", *flags)
        picture = numpy.asarray(Image.open(folder / "picture.png").convert("RGB"))
        return report, picture, load_file(folder / "latents.safetensors")["latents"]


def generate_all(build: pathlib.Path, model: pathlib.Path, flags: list[str], descriptions: list, jobs: int = 1) -> dict:
    """One picture per caption, each with its own seed: lists of the same length. `jobs` pictures at once."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        made = [pool.submit(generate, build, model, flags, str(description), FIRST_SEED + i)
                for i, description in enumerate(descriptions)]
        parts = list(zip(*(future.result() for future in made)))
    return dict(zip(("reports", "pictures", "latents"), map(list, parts)))


def psnr(a: numpy.ndarray, b: numpy.ndarray) -> float:
    error = numpy.mean((a.astype(float) - b.astype(float)) ** 2)
    return float(10 * numpy.log10(255**2 / max(error, 1e-3)))


def latent_distance(a: numpy.ndarray, b: numpy.ndarray) -> float:
    return float(numpy.linalg.norm(a - b) / numpy.linalg.norm(b))

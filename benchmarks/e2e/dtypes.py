#!/usr/bin/env python3
"""The effect of the element types that networks run in on pictures of the shapes model.

  python benchmarks/e2e/dtypes.py --out benchmarks/results/dtypes_shapes.json
  python benchmarks/e2e/dtypes.py --device cuda --out benchmarks/results/dtypes_shapes_gpu.json

For every type: held-out captions, one seed each, through `latentrt txt2img`; the final latents' relative distance and
the pictures' PSNR to those of the same seeds in fp32, and the share of pictures that show what their captions say. Needs
a finished build and the drawing group of scripts/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys

from program import ROOT
from quality import add_arguments, generate_all, latent_distance, psnr

sys.path.insert(0, str(ROOT / "scripts"))

from shapes import score  # noqa: E402

DTYPES = {"cpu": ("fp32", "bf16", "int8"), "cuda": ("fp32", "bf16", "fp16", "int8", "fp8")}
CAPTION_SEED = 0


def line(dtype: str, made: dict, exact: dict, descriptions: list) -> dict:
    """The figures of one type."""
    values = [psnr(a, b) for a, b in zip(made["pictures"], exact["pictures"])]
    return {
        "dtype": dtype,
        "latent_distance": statistics.mean(map(latent_distance, made["latents"], exact["latents"])),
        "psnr": statistics.mean(values),
        "worst_psnr": min(values),
        "right": score.score(made["pictures"], descriptions)["everything"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--device", choices=DTYPES, default="cpu")
    options = parser.parse_args()
    descriptions = score.captions(options.captions, CAPTION_SEED)
    made = {}
    for dtype in DTYPES[options.device]:
        print(dtype, file=sys.stderr, flush=True)
        flags = ["--steps", str(options.steps), "--dtype", dtype, "--device", options.device]
        made[dtype] = generate_all(options.build, options.model, flags, descriptions)
    lines = [line(dtype, made[dtype], made["fp32"], descriptions) for dtype in made]
    report = {"device": options.device, "steps": options.steps, "captions": options.captions, "lines": lines}
    options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{'dtype':<8}{'latents':>10}{'PSNR':>8}{'worst':>8}{'right':>8}")
    for l in lines:
        print(f"{l['dtype']:<8}{l['latent_distance']:>10.3f}{l['psnr']:>8.1f}{l['worst_psnr']:>8.1f}{l['right']:>8.2f}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What patch parallelism does to the pictures of the shapes model, on ranks that are simulated on one device.

  python benchmarks/e2e/patch.py --out report.json --sheet patch.png

For every setting: held-out captions, one seed each, through `latentrt txt2img`; the final latents' relative distance and the
pictures' PSNR to those of one device, and the share of pictures that show what their captions say. The sheet has a row for each
setting. Needs a finished build and the drawing group of scripts/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import sys

import numpy
from PIL import Image

from program import ROOT
from quality import add_arguments, generate_all, latent_distance, psnr

sys.path.insert(0, str(ROOT / "scripts"))

from shapes import score  # noqa: E402

CAPTION_SEED = 0
RANKS = (2, 4)
WARM_UPS = (0, 1, 4, 8)
CONTEXTS = (0.1, 0.3, 0.5, 1)
MOMENTS = ("stale", "sync", "separate")


def specs() -> dict[str, str | None]:
    """Name -> accelerator. The run of one device comes first."""
    table: dict[str, str | None] = {"one device": None}
    for ranks in RANKS:
        def add(name: str, options: str) -> None:
            table[f"{ranks} ranks, {name}"] = f"patch:simulate_ranks={ranks},{options}"

        add("sync", "mode=sync")
        for warm_up in WARM_UPS:
            add(f"distrifusion, warmup {warm_up}", f"mode=distrifusion,warmup={warm_up}")
        for moments in MOMENTS:
            add(f"distrifusion, moments {moments}", f"mode=distrifusion,moments={moments}")
        for context in CONTEXTS:
            add(f"pcpp, context {context}", f"mode=pcpp,context={context}")
        add("halo", "mode=halo")
    return table


def line(name: str, made: dict, alone: dict, descriptions: list) -> dict:
    return {
        "setting": name,
        "latent_distance": statistics.mean(latent_distance(a, b) for a, b in zip(made["latents"], alone["latents"])),
        "psnr": statistics.mean(psnr(a, b) for a, b in zip(made["pictures"], alone["pictures"])),
        "right": score.score(made["pictures"], descriptions)["everything"],
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--sheet", type=pathlib.Path, help="PNG of the pictures: a row for each setting")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    descriptions = score.captions(options.captions, CAPTION_SEED)
    made: dict[str, dict] = {}
    for i, (name, spec) in enumerate(specs().items()):
        print(f"{i + 1} of {len(specs())}: {name}", file=sys.stderr, flush=True)
        flags = ["--steps", str(options.steps), *(["--accel", spec] if spec else [])]
        made[name] = generate_all(options.build, options.model, flags, descriptions)
    lines = [line(name, runs, made["one device"], descriptions) for name, runs in made.items()]
    report = {"steps": options.steps, "captions": options.captions, "lines": lines}
    options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if options.sheet:
        rows = [numpy.concatenate(runs["pictures"], axis=1) for runs in made.values()]
        Image.fromarray(numpy.concatenate(rows)).save(options.sheet)
    print(f"{'setting':<36}{'latents':>10}{'PSNR':>8}{'right':>8}")
    for l in lines:
        print(f"{l['setting']:<36}{l['latent_distance']:>10.3f}{l['psnr']:>8.1f}{l['right']:>8.2f}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The effect of patch parallelism on pictures of the shapes model, with ranks simulated on one device.

  python benchmarks/e2e/patch.py --out report.json
  python scripts/plot_patch.py report.json patch.png
  python benchmarks/e2e/patch.py --sheet patch_sheet.png --captions 6

For every setting: held-out captions, one seed each, through `latentrt txt2img`; the final latents' relative distance and the
pictures' PSNR to those of one device, and the share of pictures that show what their captions say. Eight ranks need pictures
twice as high, which the model was not trained on. Settings that --out already contains are not run again. The sheet has a row
for one device and for four ranks in each mode. Needs a finished build and the drawing group of scripts/requirements.txt.
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
HEIGHTS = {1: (128, 256), 2: (128,), 4: (128,), 8: (256,)}  # of pictures, by the number of ranks
WARM_UP = 4
WARM_UPS = (0, 1, 2, 8)
CONTEXTS = (0.1, 0.2, 0.3, 0.5, 0.75, 1)
MOMENTS = ("stale", "sync", "separate")


def ways() -> list[dict]:
    """Options of the accelerator, without and with the default warm-up."""
    found = [{"mode": "sync"}, {"mode": "naive"}]
    found += [{"mode": "halo", "warmup": WARM_UP}]
    found += [{"mode": "distrifusion", "warmup": warm_up} for warm_up in (WARM_UP, *WARM_UPS)]
    found += [{"mode": "distrifusion", "warmup": WARM_UP, "moments": moments} for moments in MOMENTS]
    found += [{"mode": "pcpp", "warmup": WARM_UP, "context": context} for context in CONTEXTS]
    found += [{"mode": "pcpp", "warmup": warm_up, "context": 0.3} for warm_up in WARM_UPS]
    return found + [{"mode": "pcpp", "warmup": WARM_UP, "context": 0.3, "moments": moments} for moments in MOMENTS[:2]]


def settings() -> list[dict]:
    """The settings of one device come first."""
    alone = [{"ranks": 1, "height": height, "mode": "one device"} for height in HEIGHTS[1]]
    return alone + [{"ranks": ranks, "height": height} | way
                    for ranks, heights in HEIGHTS.items() if ranks > 1 for height in heights for way in ways()]


def name_of(setting: dict) -> str:
    more = ", ".join(f"{key} {setting[key]}" for key in ("context", "warmup", "moments") if key in setting)
    return f"{setting['ranks']} ranks, {setting['mode']}" + (f", {more}" if more else "")


def flags_of(setting: dict, options: argparse.Namespace) -> list[str]:
    flags = ["--steps", str(options.steps), "--width", "128", "--height", str(setting["height"])]
    if options.jobs > 1:
        flags += ["--threads", "1"]
    if setting["ranks"] == 1:
        return flags
    keys = {"simulate_ranks": setting["ranks"]} | {k: v for k, v in setting.items() if k not in ("ranks", "height")}
    return [*flags, "--accel", "patch:" + ",".join(f"{key}={value}" for key, value in keys.items())]


def line(setting: dict, made: dict, alone: dict, descriptions: list) -> dict:
    return setting | {
        "latent_distance": statistics.mean(latent_distance(a, b) for a, b in zip(made["latents"], alone["latents"])),
        "psnr": statistics.mean(psnr(a, b) for a, b in zip(made["pictures"], alone["pictures"])),
        "right": score.score(made["pictures"], descriptions)["everything"],
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, out_is_required=False)
    parser.add_argument("--jobs", type=int, default=1, help="pictures at once, with a thread each where there are several")
    parser.add_argument("--sheet", type=pathlib.Path, help="PNG of pictures, in place of the figures")
    options = parser.parse_args()
    if (options.out is None) == (options.sheet is None):
        parser.error("either --out or --sheet")
    return options


def earlier(options: argparse.Namespace) -> list[dict]:
    """The lines of an earlier run with the same steps and captions."""
    if not options.out.exists():
        return []
    report = json.loads(options.out.read_text(encoding="utf-8"))
    same = all(report[key] == getattr(options, key) for key in ("steps", "captions"))
    return report["lines"] if same else sys.exit(f"{options.out} is of other steps or captions")


def measure(options: argparse.Namespace, make, descriptions: list) -> list[dict]:
    alone = {setting["height"]: make(setting) for setting in settings() if setting["ranks"] == 1}
    lines = earlier(options)
    known = {name_of(l) + str(l["height"]) for l in lines}
    for setting in settings():
        if name_of(setting) + str(setting["height"]) in known:
            continue
        made = alone[setting["height"]] if setting["ranks"] == 1 else make(setting)
        lines.append(line(setting, made, alone[setting["height"]], descriptions))
        report = {"steps": options.steps, "captions": options.captions, "lines": lines}
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")  # kept if it is stopped
    return lines


def draw_sheet(file: pathlib.Path, make) -> None:
    shown = [{"ranks": 1, "height": 128, "mode": "one device"}]
    shown += [{"ranks": 4, "height": 128, "mode": mode} for mode in ("sync", "distrifusion", "pcpp", "halo", "naive")]
    rows = [numpy.concatenate(make(setting)["pictures"], axis=1) for setting in shown]
    Image.fromarray(numpy.concatenate(rows)).save(file)


def main() -> None:
    options = arguments()
    descriptions = score.captions(options.captions, CAPTION_SEED)

    def make(setting: dict) -> dict:
        print(name_of(setting), file=sys.stderr, flush=True)
        return generate_all(options.build, options.model, flags_of(setting, options), descriptions, options.jobs)

    if options.sheet:
        return draw_sheet(options.sheet, make)
    print(f"{'setting':<52}{'latents':>10}{'PSNR':>8}{'right':>8}")
    for l in measure(options, make, descriptions):
        print(f"{name_of(l):<52}{l['latent_distance']:>10.4f}{l['psnr']:>8.1f}{l['right']:>8.2f}")


if __name__ == "__main__":
    main()

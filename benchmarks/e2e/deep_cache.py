#!/usr/bin/env python3
"""Quality against speed of DeepCache on the shapes model, compared with simply taking fewer steps.

  python benchmarks/e2e/deep_cache.py --out report.json
  python scripts/plot_deep_cache.py report.json deep_cache.png

For every setting: held-out captions, one seed each, through `latentrt txt2img`; the final latents' relative distance and
the pictures' PSNR to those of the same seeds without acceleration, the share of pictures that show what their captions
say, multiply-accumulates, and the time of the denoising loop (median over --rounds of all captions, in alternation).
Needs a finished build and the drawing group of scripts/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import sys

from program import ROOT
from quality import add_arguments, generate_all, latent_distance, psnr

sys.path.insert(0, str(ROOT / "scripts"))

from shapes import score  # noqa: E402

INTERVALS = (2, 3, 4, 5, 6, 8, 10)
THRESHOLDS, MAX_AGE = (0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3), 10
PREDICTORS = {"reuse": "", "forecast": ",predict=taylor1"}
CAPTION_SEED = 0


def settings(steps: int, branch: int) -> dict[str, list[str]]:
    """Name -> flags. The plain run is first."""
    table = {"plain": ["--steps", str(steps)]}
    for interval in INTERVALS:
        table[f"fewer steps /{interval}"] = ["--steps", str(-(-steps // interval))]
        for name, flags in PREDICTORS.items():
            spec = f"deepcache:interval={interval},branch={branch}{flags}"
            table[f"{name} {interval}"] = ["--steps", str(steps), "--accel", spec]
    for threshold in THRESHOLDS:
        for name, flags in PREDICTORS.items():
            spec = f"deepcache:adaptive={threshold},max_age={MAX_AGE},branch={branch}{flags}"
            table[f"adaptive {name} {threshold}"] = ["--steps", str(steps), "--accel", spec]
    return table


def run_all(options: argparse.Namespace, flags: list[str], descriptions: list) -> dict:
    made = generate_all(options.build, options.model, flags, descriptions)
    return made | {"seconds": [report["timings"]["denoise_s"] for report in made["reports"]],
                   "mac_ratio": statistics.mean(report["report"]["mac_ratio"] for report in made["reports"])}


def line(name: str, runs: list[dict], plain: list[dict], descriptions: list, whole_steps: int, flags: list[str]) -> dict:
    """The figures of one setting."""
    first, reference = runs[0], plain[0]
    distances = [latent_distance(a, b) for a, b in zip(first["latents"], reference["latents"])]
    steps = int(flags[flags.index("--steps") + 1])
    seconds = statistics.median(s for run in runs for s in run["seconds"])
    plain_seconds = statistics.median(s for run in plain for s in run["seconds"])
    return {
        "setting": name,
        "mac_speedup": whole_steps / (steps * first["mac_ratio"]),
        "speedup": plain_seconds / seconds,
        "latent_distance": statistics.mean(distances),
        "psnr": statistics.mean(psnr(a, b) for a, b in zip(first["pictures"], reference["pictures"])),
        "right": score.score(first["pictures"], descriptions)["everything"],
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--branch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    descriptions = score.captions(options.captions, CAPTION_SEED)
    table = settings(options.steps, options.branch)
    runs: dict[str, list[dict]] = {name: [] for name in table}
    for round_ in range(options.rounds):
        for i, (name, flags) in enumerate(table.items()):
            print(f"round {round_ + 1} of {options.rounds}, {i + 1} of {len(table)}: {name}", file=sys.stderr, flush=True)
            runs[name].append(run_all(options, flags, descriptions))
    lines = [line(name, runs[name], runs["plain"], descriptions, options.steps, table[name]) for name in table]
    report = {"steps": options.steps, "branch": options.branch, "captions": options.captions, "lines": lines}
    options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{'setting':<18}{'MACs':>8}{'time':>8}{'latents':>10}{'PSNR':>8}{'right':>8}")
    for l in lines:
        print(f"{l['setting']:<18}{l['mac_speedup']:>7.2f}x{l['speedup']:>7.2f}x{l['latent_distance']:>10.3f}"
              f"{l['psnr']:>8.1f}{l['right']:>8.2f}")


if __name__ == "__main__":
    main()

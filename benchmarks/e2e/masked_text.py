#!/usr/bin/env python3
"""Fraction of right answers of a masked language model for each policy, against the number of calls of the network.

  python benchmarks/e2e/masked_text.py --task mirror --model models/mirror --out report.json
  python scripts/plot_masked_text.py report.json masked_text.png

For every policy and number of steps, runs `latentrt-train evaluate` on held-out problems, with --seeds different seeds for the
problems and samples. Reports the fraction of right answers, the fraction of answers that were right at some step and wrong at
the end (backslides), and the number of calls in which an answer still had masks. These are totals over all seeds, with the
standard error of the fraction of right answers. Policies without a schedule determine the number of calls themselves. Needs a
finished build.
"""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import sys

from program import ROOT, run_program

SCHEDULED = {"low confidence": "low_confidence", "RCR latest": "rcr:mode=latest", "RCR max": "rcr:mode=max", "random": "random"}
THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
FACTORS = (0.5, 1, 2, 4, 8)


def settings(most_steps: int) -> list[dict]:
    steps = [count for count in (1, 2, 3, 4, 6, 8, 11, 12) if count <= most_steps]
    found = [{"family": name, "policy": policy, "steps": count} for name, policy in SCHEDULED.items() for count in steps]
    found += [{"family": "threshold", "policy": f"threshold:tau={tau}"} for tau in THRESHOLDS]
    return found + [{"family": "factor", "policy": f"factor:f={factor}"} for factor in FACTORS]


def run(options: argparse.Namespace, setting: dict, seed: int) -> dict:
    words = ["evaluate", "--task", options.task, "--model", options.model, "--problems", options.problems, "--seed", seed,
             "--policy", setting["policy"], "--threads", options.threads]
    if "steps" in setting:
        words += ["--steps", setting["steps"]]
    if options.temperature is not None:
        words += ["--temperature", options.temperature]
    return run_program(options.build, "latentrt-train", *words)


def mean(runs: list[dict], key: str) -> float:
    return sum(each[key] for each in runs) / len(runs)


def line(setting: dict, runs: list[dict]) -> dict:
    """Combines the runs of all seeds. The standard error is that of the same number of independent answers."""
    right, problems = mean(runs, "right"), sum(each["problems"] for each in runs)
    return setting | {"temperature": runs[0]["temperature"], "forwards": mean(runs, "forwards"), "right": right,
                      "standard_error": math.sqrt(right * (1 - right) / problems), "of_seeds": [each["right"] for each in runs],
                      "backslides": mean(runs, "backslides"), "problems": problems}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--task", choices=("mirror", "countdown"), default="mirror")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models" / "mirror")
    parser.add_argument("--problems", type=int, default=512, help="for each seed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12, help="the most")
    parser.add_argument("--temperature", type=float, help="default: the task's")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    table = settings(options.steps)
    lines = []
    for i, setting in enumerate(table):
        print(f"{i + 1} of {len(table)}: {setting}", file=sys.stderr, flush=True)
        lines.append(line(setting, [run(options, setting, seed) for seed in range(1, options.seeds + 1)]))
    report = {"task": options.task, "problems": options.problems, "seeds": options.seeds, "lines": lines}
    options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{'policy':<34}{'calls':>7}{'right':>9}{'error':>7}{'backslides':>12}")
    for l in lines:
        name = l["policy"] + (f", {l['steps']} steps" if "steps" in l else "")
        print(f"{name:<34}{l['forwards']:>7.2f}{100 * l['right']:>8.1f}%{100 * l['standard_error']:>6.1f}%{100 * l['backslides']:>11.1f}%")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The speed-up of the denoising loop by DeepCache, compared with that of its multiply-accumulates.

  python benchmarks/e2e/deep_cache_speed.py --model build/compare/sd15 --side 256 --steps 20 --intervals 1 3 5
  python benchmarks/e2e/deep_cache_speed.py --model build/compare/ldm_class --class 1 --side 256 --intervals 2 10

Runs the plain loop and every interval in alternation, --rounds times, and compares medians of the warm loop's time: the
first full and the first shallow step of a process also prepare weights and kernels, and count as much as the median of
the steps after them. The ceiling is the plain run's multiply-accumulates over the accelerated one's, attention
included. Needs a finished build; model directories of the published sizes, with random weights, are made by
benchmarks/compare/compare.py.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import tempfile

from program import ROOT, run_json


def run(options: argparse.Namespace, interval: int | None) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        accel = ["--accel", f"deepcache:interval={interval},branch={options.branch}"] if interval else []
        task = ["sample", "--class", options.class_label] if options.class_label else ["txt2img", "--prompt", "a bird"]
        return run_json(options.build, *task, "--model", options.model, "--width", options.side, "--height", options.side,
                        "--steps", options.steps, "--dtype", options.dtype, "--out", pathlib.Path(folder) / "picture.png",
                        *accel)


def warm_loop(run: dict) -> float:
    """Seconds of all steps, each kind of which counts as its median without the first one."""
    total = 0.0
    for kind in set(run["report"]["map"]):
        seconds = [s for s, other in zip(run["step_s"], run["report"]["map"], strict=True) if other == kind]
        total += len(seconds) * statistics.median(seconds[1:] or seconds)
    return total


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--side", type=int, required=True, help="pixels")
    parser.add_argument("--class", dest="class_label", help="of a class-conditional model, in place of a prompt")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--intervals", type=int, nargs="+", default=[1, 3, 5])
    parser.add_argument("--branch", type=int, default=1)
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path, help="JSON file")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    runs: dict[int | None, list[dict]] = {interval: [] for interval in (None, *options.intervals)}
    for _ in range(options.rounds):
        for interval in runs:
            runs[interval].append(run(options, interval))
    loop = {interval: statistics.median(map(warm_loop, runs[interval])) for interval in runs}
    report = {"model": options.model.name, "side": options.side, "steps": options.steps, "branch": options.branch,
              "dtype": options.dtype, "plain_s": loop[None], "intervals": []}
    print(f"{options.model.name} {options.side}x{options.side}, {options.steps} steps, {options.dtype}: {loop[None]:.1f} s")
    for interval in options.intervals:
        ceiling, speedup = runs[interval][0]["report"]["predicted_speedup"], loop[None] / loop[interval]
        report["intervals"].append({"interval": interval, "seconds": loop[interval], "speedup": speedup,
                                    "ceiling": ceiling, "share": speedup / ceiling})
        print(f"N={interval}  {loop[interval]:7.1f} s  {speedup:5.2f}x of {ceiling:5.2f}x  ({speedup / ceiling:.0%})")
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

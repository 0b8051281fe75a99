#!/usr/bin/env python3
"""Compares predicted and measured times of a step shared by ranks.

  python benchmarks/e2e/patch_speed.py --config sd15 --side 256 --ranks 2 --out benchmarks/results/patch_speed_2_cores.json

For every number of ranks, all of them on this machine and under MPI: measures alpha, beta and kappa of their connection,
and the nodes of the denoiser at the heights of a band and of the picture, on all ranks at once and with the threads that
each has; gives that to `latentrt plan-ranks`; then times the denoiser on the ranks in every mode. All of that except the
connection is done --rounds times, so that a change of the machine's speed affects both; figures are medians. "One device"
is one rank that computes all of the picture while the others do the same: predicted with the operations of ranks,
measured with its own. Needs a finished build with MPI.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from program import ROOT, run_json

ONE_DEVICE = "one device"
#: Name of a mode in the simulator -> the accelerator for it. The context is the simulator's default.
WAYS = {
    "sync": "patch:mode=sync",
    "distrifusion": "patch:mode=distrifusion",
    "pcpp, context 0.3": "patch:mode=pcpp,context=0.3",
    "halo": "patch:mode=halo",
}
#: Permission for Open MPI (4, and from 5 on) to run as root, and more ranks than cores.
LAUNCH = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
          "OMPI_MCA_rmaps_base_oversubscribe": "1", "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}


def bench(options: argparse.Namespace, ranks: int, *words: object) -> dict:
    """The report of the first of several ranks; an error ends the script."""
    command = [str(word) for word in (
        options.mpirun, "-n", ranks, options.build / "latentrt-bench", "--config", options.config, "--dtype", options.dtype,
        "--width", options.side, "--batch", options.rows, "--rank-deadline", options.deadline, *words, "--json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **LAUNCH})
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def profiles(options: argparse.Namespace, ranks: int, folder: pathlib.Path) -> list[pathlib.Path]:
    files = []
    for height in (options.side // ranks, options.side):
        report = bench(options, ranks, "--what", "profile", "--accel", "patch", "--height", height, "--runs", options.runs)
        files.append(folder / f"{height}.json")
        files[-1].write_text(json.dumps(report), encoding="utf-8")
    return files


def predict(options: argparse.Namespace, ranks: int, link: dict) -> dict[str, dict]:
    """The simulator's line for every mode."""
    described = f"alpha={1e6 * link['alpha_s']}us,beta={1e-9 * link['beta_bytes_per_s']}GB/s,kappa={link['kappa']}"
    with tempfile.TemporaryDirectory() as folder:
        files = profiles(options, ranks, pathlib.Path(folder))
        lines = run_json(options.build, "plan-ranks", "--config", options.config, "--dtype", options.dtype, "--width",
                         options.side, "--height", options.side, "--rows", options.rows, "--ranks", ranks, "--link",
                         described, "--profile", ",".join(map(str, files)))
    return {line["way"]: line for line in lines}


def measure(options: argparse.Namespace, ranks: int) -> dict[str, list[float]]:
    """Seconds of some steps in every mode."""
    seconds = {}
    for way in (ONE_DEVICE, *WAYS):
        accel = ["--accel", WAYS[way]] if way in WAYS else []
        report = bench(options, ranks, "--what", "unet", "--height", options.side, "--runs", options.runs, *accel)
        seconds[way] = report["unet"]["runs"]
    return seconds


def line_of(way: str, predicted: list[dict[str, dict]], measured: list[dict[str, list[float]]]) -> dict:
    """Medians over the rounds; for one device there is only computation."""
    def median(key: str) -> float:
        return statistics.median(ways["sync" if way == ONE_DEVICE else way][key] for ways in predicted)

    parts = {key: median(key) for key in ("compute_s", "blocking_s", "overlapped_s", "step_s")}
    if way == ONE_DEVICE:
        alone = median("one_device_s")
        parts = {"compute_s": alone, "blocking_s": 0.0, "overlapped_s": 0.0, "step_s": alone}
    runs = [seconds for ways in measured for seconds in ways[way]]
    step = parts.pop("step_s")
    return {"way": way, "predicted_s": step, "measured_s": statistics.median(runs),
            "ratio": step / statistics.median(runs), **parts, "runs": runs}


def compare(options: argparse.Namespace, ranks: int) -> dict:
    link = bench(options, ranks, "--what", "link", "--runs", options.link_runs)["link"]
    predicted, measured = [], []
    for _ in range(options.rounds):
        predicted.append(predict(options, ranks, link))
        measured.append(measure(options, ranks))
    lines = [line_of(way, predicted, measured) for way in (ONE_DEVICE, *WAYS)]
    print(f"{ranks} ranks: alpha {1e6 * link['alpha_s']:.2f} us, beta {1e-9 * link['beta_bytes_per_s']:.2f} GB/s, "
          f"kappa {link['kappa']:.2f}")
    print(f"{'':<20}{'predicted':>11}{'measured':>11}{'ratio':>8}{'compute':>11}{'blocking':>11}{'overlapped':>12}  (s)")
    for l in lines:
        print(f"{l['way']:<20}{l['predicted_s']:>11.4f}{l['measured_s']:>11.4f}{l['ratio']:>8.2f}{l['compute_s']:>11.4f}"
              f"{l['blocking_s']:>11.4f}{l['overlapped_s']:>12.4f}", flush=True)
    return {"ranks": ranks, "link": link, "ways": lines}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--mpirun", default="mpirun", help="MPI's launcher")
    parser.add_argument("--config", default="sd15", help="architecture, with random weights")
    parser.add_argument("--side", type=int, default=256, help="pixels")
    parser.add_argument("--rows", type=int, default=2, help="rows of the batch: 2 are one picture with guidance")
    parser.add_argument("--dtype", default="fp32")
    parser.add_argument("--ranks", type=int, nargs="+", default=[2])
    parser.add_argument("--runs", type=int, default=5, help="timed steps a round")
    parser.add_argument("--link-runs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--deadline", type=float, default=600, help="seconds for which a rank waits for another")
    parser.add_argument("--out", type=pathlib.Path, help="JSON file")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    report = {"config": options.config, "side": options.side, "rows": options.rows, "dtype": options.dtype,
              "cores": os.cpu_count(), "runs": [compare(options, ranks) for ranks in options.ranks]}
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures how much slower a run becomes while n other processes are busy on the machine.

  python benchmarks/e2e/busy_neighbours.py --model models/shapes
  python benchmarks/e2e/busy_neighbours.py --model models/shapes --realtime 50      # on a machine that others use, as root

Each setting runs while 0, 1 or 2 other processes run busy loops, in alternation, --rounds times; times are those of
whole processes, in seconds. A ratio is the median with n other processes divided by that of the same setting with none.
A perfect scheduler that gives each busy thread an equal share of c cores would reach (c + n) / c.

--realtime runs everything at that real-time priority (chrt), which preempts all other work on the machine; the scheduler then
does not divide time fairly among equals, so the run and the other processes alternate in round robin (chrt --rr).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from program import ROOT

BUSY = "while True: pass"
WAITING = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS")
# Additional environment and flags of a run.
SETTINGS: dict[str, tuple[dict[str, str], list[str]]] = {
    "as it comes": ({}, []),
    "libgomp's own spinning": ({"GOMP_SPINCOUNT": "300000"}, []),
    "no spinning": ({"OMP_WAIT_POLICY": "passive"}, []),
    "one thread": ({}, ["--threads", "1"]),
}


def prefix(options: argparse.Namespace) -> list[str]:
    return ["chrt", "--rr", str(options.realtime)] if options.realtime else []


@contextlib.contextmanager
def neighbours(options: argparse.Namespace, count: int) -> Iterator[None]:
    processes = [subprocess.Popen([*prefix(options), sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        time.sleep(0.2)  # until they are running
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def seconds_of_run(options: argparse.Namespace, setting: str) -> float:
    more, flags = SETTINGS[setting]
    environment = {name: value for name, value in os.environ.items() if name not in WAITING} | more
    with tempfile.TemporaryDirectory() as folder:
        command = [*prefix(options), options.build / "latentrt", "txt2img", "--model", options.model, "--guidance", "3", "--steps",
                   options.steps, "--prompt", "a small red circle above a large blue square on a white background", "--out",
                   pathlib.Path(folder) / "o.png", *flags]
        begin = time.perf_counter()
        done = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(done.stderr)
    return seconds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--neighbours", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--realtime", type=int, help="real-time priority, 1 to 99")
    parser.add_argument("--out", type=pathlib.Path, help="JSON file")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    times: dict[str, dict[int, list[float]]] = {name: {n: [] for n in options.neighbours} for name in options.settings}
    for _ in range(options.rounds):
        for n in options.neighbours:
            with neighbours(options, n):
                for name in options.settings:
                    times[name][n].append(seconds_of_run(options, name))
    print("| | " + " | ".join(f"{n} busy | ratio" for n in options.neighbours) + " |")
    print("|---" * (1 + 2 * len(options.neighbours)) + "|")
    for name, by_count in times.items():
        alone = statistics.median(by_count[options.neighbours[0]])
        cells = [f"{statistics.median(found):.2f} ({min(found):.2f}) | {statistics.median(found) / alone:.2f}"
                 for found in by_count.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")
    if options.out:
        options.out.write_text(json.dumps({"cores": os.cpu_count(), "steps": options.steps, "seconds": times}, indent=1) + "\n")


if __name__ == "__main__":
    main()

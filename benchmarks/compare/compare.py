#!/usr/bin/env python3
"""Times LatentRT beside diffusers on the same seeded weights: one process a turn, in alternation.

  python benchmarks/compare/compare.py                          SD1.5 at 256x256 in fp32 and bf16, SDXL at 512x512 in bf16
  python benchmarks/compare/compare.py --case sd15:256:bf16 --rounds 5

Needs the packages of scripts/requirements.txt and a finished build. Every turn is a fresh process that loads the model,
warms every part up once and times it --runs times; engines take turns for --rounds rounds, so that a busy or throttled
machine hurts all alike. Only one engine's weights are in memory at a time. The figures are medians and minima over all
rounds; a ratio above 1 means that LatentRT is faster, or smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
DEFAULT_CASES = ["sd15:256:fp32", "sd15:256:bf16", "sdxl:512:bf16"]
PARTS = ("unet", "vae", "e2e")


def engines(build: pathlib.Path) -> dict[str, list[str]]:
    """Name -> command that takes latentrt-bench's flags and prints its JSON."""
    peer = [sys.executable, str(HERE / "diffusers_peer.py")]
    return {
        "latentrt": [str(build / "latentrt-bench"), "--json"],
        "diffusers": peer,
        "diffusers channels_last": [*peer, "--channels-last"],
    }


def turn(command: list[str], case: argparse.Namespace, options: argparse.Namespace) -> dict:
    flags = {
        "--model": case.model,
        "--what": ",".join(options.what),
        "--width": case.side,
        "--height": case.side,
        "--dtype": case.dtype,
        "--steps": options.steps,
        "--runs": options.runs,
        "--threads": options.threads,
    }
    words = [str(word) for pair in flags.items() for word in pair]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed on {case.name}:\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def merged(turns: list[dict], what: list[str]) -> dict:
    """The rounds of one engine as one set of figures."""
    figures = {}
    for part in what:
        runs = [seconds for turn in turns for seconds in turn[part]["runs"]]
        figures[part] = {"median_s": statistics.median(runs), "min_s": min(runs), "runs": runs}
    figures["start_up_s"] = statistics.median(t["ready_s"] + t[what[0]]["warm_up_s"] for t in turns)
    figures["peak_memory_bytes"] = statistics.median(t["peak_memory_bytes"] for t in turns)
    return figures


def rows(results: dict[str, dict], what: list[str]):
    """(label, unit, engine -> figure) for every line of the table."""
    for part in what:
        for kind in ("median_s", "min_s"):
            yield f"{part} {kind[:-2]}", "s", {name: r[part][kind] for name, r in results.items()}
    yield "start-up", "s", {name: r["start_up_s"] for name, r in results.items()}
    memory = {name: r["peak_memory_bytes"] / 2**30 for name, r in results.items()}
    yield "peak memory", "GiB", memory


def print_table(name: str, results: dict[str, dict], what: list[str]) -> None:
    peers = [engine for engine in results if engine != "latentrt"]
    header = "".join(f"{engine:>26}" for engine in results)
    print(f"\n{name}\n{'':14}{header}" + "".join(f"{'ratio to ' + p:>36}" for p in peers))
    for label, unit, figures in rows(results, what):
        values = "".join(f"{value:>22.3f} {unit:<3}" for value in figures.values())
        ratios = "".join(f"{figures[peer] / figures['latentrt']:>36.2f}" for peer in peers)
        print(f"{label:14}{values}{ratios}")


def parse_case(text: str) -> argparse.Namespace:
    try:
        architecture, side, dtype = text.split(":")
        return argparse.Namespace(name=text, architecture=architecture, side=int(side), dtype=dtype)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not ARCHITECTURE:SIDE:DTYPE") from None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", type=parse_case, action="append", help="ARCHITECTURE:SIDE:DTYPE")
    parser.add_argument("--what", type=lambda s: s.split(","), default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=2, help="timed runs in a turn")
    parser.add_argument("--steps", type=int, default=4, help="of e2e")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "build" / "compare", help="models")
    parser.add_argument("--out", type=pathlib.Path, help="JSON file")
    options = parser.parse_args()
    options.case = options.case or [parse_case(text) for text in DEFAULT_CASES]
    return options


def environment(options: argparse.Namespace) -> dict:
    import diffusers
    import torch

    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    names = [line for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")]
    return {
        "cpu": names[0].split(":")[1].strip() if names else platform.processor(),
        "threads": options.threads,
        "torch": torch.__version__,
        "diffusers": diffusers.__version__,
        "commit": commit.stdout.strip(),
        "load_average": os.getloadavg()[0],
    }


def compare(case: argparse.Namespace, options: argparse.Namespace) -> dict[str, dict]:
    turns: dict[str, list[dict]] = {name: [] for name in engines(options.build)}
    for round_ in range(options.rounds):
        for name, command in engines(options.build).items():
            print(f"{case.name}: round {round_ + 1} of {options.rounds}, {name}", file=sys.stderr, flush=True)
            turns[name].append(turn(command, case, options))
    return {name: merged(list_, options.what) for name, list_ in turns.items()}


def main() -> None:
    options = arguments()
    import models

    report = {"environment": environment(options), "cases": {}}
    for case in options.case:
        case.model = models.directory(case.architecture, options.cache)
        results = compare(case, options)
        report["cases"][case.name] = results
        print_table(case.name, results, options.what)
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

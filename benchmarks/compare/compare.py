#!/usr/bin/env python3
"""Times LatentRT and other engines (peers) on the same seeded weights: one process per turn, in alternation.

  python benchmarks/compare/compare.py                          SD1.5 at 256x256 in fp32 and bf16, SDXL at 512x512 in bf16
  python benchmarks/compare/compare.py --case sd15:256:bf16 --rounds 5 --engines all

Needs the packages of scripts/requirements.txt and a finished build. Every turn is a fresh process that loads the model,
warms every part up once and times it --runs times; engines take turns for --rounds rounds, so that a busy or throttled
machine affects all equally. Only one engine's weights are in memory at a time. The figures are medians and minima over all
rounds; a ratio above 1 means that LatentRT is faster, or smaller.

Without --engines the peer is diffusers, eager. The others are compiled, converted or built first, which takes minutes
each and is reported separately ("prepare"); the results are kept in --peers for later comparisons. torch.compile and
AOTInductor need a C++ compiler and Python's headers, OpenVINO and stable-diffusion.cpp come as packages. A peer that
cannot run on this machine is skipped, and reported with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

import figures

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
DEFAULT_CASES = ["sd15:256:fp32", "sd15:256:bf16", "sdxl:512:bf16"]
DEFAULT_ENGINES = ["latentrt", "diffusers", "diffusers channels_last"]
PEERS = {
    "diffusers": ["diffusers_peer.py"],
    "diffusers channels_last": ["diffusers_peer.py", "--channels-last"],
    "torch.compile": ["diffusers_peer.py", "--compile", "default"],
    "torch.compile max-autotune": ["diffusers_peer.py", "--compile", "max-autotune"],
    "AOTInductor": ["aotinductor_peer.py"],
    "OpenVINO": ["openvino_peer.py"],
    "stable-diffusion.cpp": ["stable_diffusion_cpp_peer.py", "--variant", "stock"],
    "stable-diffusion.cpp llamafile": ["stable_diffusion_cpp_peer.py", "--variant", "llamafile"],
}


def command(engine: str, options: argparse.Namespace) -> list[str]:
    """A program that takes latentrt-bench's flags and prints its JSON."""
    if engine == "latentrt":
        return [str(options.build / "latentrt-bench"), "--json"]
    program, *words = PEERS[engine]
    return [sys.executable, str(HERE / program), *words, "--peers", str(options.peers)]


def turn(engine: str, case: argparse.Namespace, options: argparse.Namespace, *more: str) -> dict:
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
    done = subprocess.run([*command(engine, options), *words, *more], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1] if engine != "latentrt" else done.stdout)
    if engine == "latentrt":
        sys.exit(f"{engine} failed on {case.name}:\n{done.stderr.strip()}")
    return {"unavailable": (done.stderr.strip() or f"it ended with {done.returncode}").splitlines()[-1]}


def parse_case(text: str) -> argparse.Namespace:
    try:
        architecture, side, dtype = text.split(":")
        return argparse.Namespace(name=text, architecture=architecture, side=int(side), dtype=dtype)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not ARCHITECTURE:SIDE:DTYPE") from None


def parse_engines(text: str) -> list[str]:
    names = list(PEERS) if text == "all" else [name for name in text.split(",") if name != "latentrt"]
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"no engine is called '{name}'; there are {', '.join(PEERS)}")
    return ["latentrt", *names]


def peers_folder() -> pathlib.Path:
    cache = os.environ.get("LATENTRT_CACHE") or pathlib.Path.home() / ".cache" / "latentrt"
    return pathlib.Path(cache) / "peers"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", type=parse_case, action="append", help="ARCHITECTURE:SIDE:DTYPE")
    parser.add_argument("--engines", type=parse_engines, default=DEFAULT_ENGINES,
                        help=f"all, or any of: {', '.join(PEERS)}; latentrt is always one")
    parser.add_argument("--what", type=lambda s: s.split(","), default=list(figures.PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=2, help="timed runs in a turn")
    parser.add_argument("--steps", type=int, default=4, help="of e2e")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / "build" / "compare", help="models")
    parser.add_argument("--peers", type=pathlib.Path, default=peers_folder(), help="what peers build and convert")
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


def say(case: argparse.Namespace, what: str) -> None:
    print(f"{case.name}: {what}", file=sys.stderr, flush=True)


def prepare(case: argparse.Namespace, options: argparse.Namespace) -> dict[str, dict]:
    """The report of every peer's preparation."""
    reports = {}
    for engine in options.engines[1:]:
        say(case, f"preparing {engine}")
        reports[engine] = turn(engine, case, options, "--prepare")
    return reports


def compare(case: argparse.Namespace, options: argparse.Namespace) -> dict[str, dict]:
    """Engine -> its figures, or the reason why there are none."""
    results = {"latentrt": {}, **prepare(case, options)}
    turns: dict[str, list[dict]] = {engine: [] for engine in results}
    for round_ in range(options.rounds):
        for engine, result in results.items():
            if "unavailable" in result:
                continue
            say(case, f"round {round_ + 1} of {options.rounds}, {engine}")
            report = turn(engine, case, options)
            if "unavailable" in report:
                result.update(report)
            turns[engine].append(report)
    for engine, result in results.items():
        if "unavailable" not in result:
            result.update(figures.merged(turns[engine], options.what))
    return results


def main() -> None:
    options = arguments()
    import models

    report = {"environment": environment(options), "cases": {}}
    for case in options.case:
        case.model = models.directory(case.architecture, options.cache)
        results = compare(case, options)
        report["cases"][case.name] = results
        print(f"\n{case.name}\n{figures.table(results)}")
        if options.out:  # after every case, because all of them take hours
            options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

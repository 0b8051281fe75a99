"""Common part of all peers: latentrt-bench's flags, its way of timing, its JSON on stdout.

A peer's program is run once with --prepare, untimed, to build or convert files that it later finds under
--peers, and then once per turn. If it cannot run here, it reports the reason, and the comparison continues without it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import time

DTYPES = ("fp32", "bf16", "fp16")


class Unavailable(Exception):
    """A peer that this machine cannot run; the message is the reason."""


def process_start() -> float:
    """Seconds since boot."""
    with open("/proc/self/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def seconds_since_start() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) - process_start()


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def timing(warm_up: float, runs: list[float]) -> dict:
    return {"median_s": statistics.median(runs), "min_s": min(runs), "runs": runs, "warm_up_s": warm_up}


def time_part(work, runs: int) -> dict:
    return timing(timed(work), [timed(work) for _ in range(runs)])


def peak_memory_bytes(who: int = resource.RUSAGE_SELF) -> int:
    return 1024 * resource.getrusage(who).ru_maxrss


def parser(description: str | None) -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(description=description)
    flags.add_argument("--model", type=pathlib.Path, required=True)
    flags.add_argument("--what", type=lambda text: text.split(","), required=True, help="unet, vae, e2e")
    flags.add_argument("--width", type=int, required=True)
    flags.add_argument("--height", type=int, required=True)
    flags.add_argument("--batch", type=int, default=2)
    flags.add_argument("--steps", type=int, default=20)
    flags.add_argument("--runs", type=int, default=5)
    flags.add_argument("--dtype", choices=DTYPES, default="fp32")
    flags.add_argument("--threads", type=int, required=True)
    flags.add_argument("--peers", type=pathlib.Path, required=True, help="folder for what is built or converted")
    flags.add_argument("--prepare", action="store_true", help="build or convert, and time nothing")
    return flags


def keep_networks(options: argparse.Namespace) -> None:
    """For peers that run only networks, not whole pipelines."""
    options.what = [part for part in options.what if part != "e2e"]
    if not options.what:
        raise Unavailable("it runs networks, and no pipeline")


def prepared(folder: pathlib.Path, work) -> float:
    """The seconds that `work(folder)` takes, or took in an earlier comparison. A failed one leaves no files."""
    done = folder / "prepared.json"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        seconds = timed(lambda: work(folder))
        done.write_text(json.dumps(seconds), encoding="utf-8")
    return json.loads(done.read_text(encoding="utf-8"))


def folder_of(options: argparse.Namespace, name: str, *packages: str) -> pathlib.Path:
    """The folder of a peer's files for this model, this case and these package versions."""
    versions = [f"{package}-{importlib.metadata.version(package)}" for package in packages]
    words = [name, options.model.name, f"{options.width}x{options.height}", options.dtype, *options.what, *versions]
    return options.peers / "-".join(words)


def run_tool(command: list, why: str) -> None:
    """Runs a tool of a preparation. If it is missing or fails, the peer is unavailable: `why`, and its last line of output."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unavailable(f"{why}: {error}") from None
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        raise Unavailable(f"{why}: {lines[-1]}")


def tell(work) -> None:
    """Prints the report of `work()`, or the reason why there is none."""
    try:
        report = work()
    except Unavailable as reason:
        report = {"unavailable": str(reason)}
    json.dump(report, sys.stdout)
    print()

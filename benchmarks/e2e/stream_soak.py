#!/usr/bin/env python3
"""Sends ten thousand frames through one stream to check that memory and speed stay constant.

  python benchmarks/e2e/stream_soak.py --model models/shapes-lcm --side 64 --frames 10000

Frames go in and out as raw RGB on pipes. Prints resident memory and speed for every tenth of the run.
"""

from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys
import threading
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
TENTHS = 10


def resident_mib(process: subprocess.Popen) -> float:
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def feed(process: subprocess.Popen, count: int, side: int) -> None:
    """Different frames, so that none can be skipped or cached."""
    base = numpy.random.default_rng(0).integers(0, 256, (64, side, side, 3), dtype=numpy.uint8)
    for i in range(count):
        process.stdin.write(numpy.roll(base[i % len(base)], i, axis=1).tobytes())
    process.stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models" / "shapes-lcm")
    parser.add_argument("--side", type=int, default=64, help="pixels")
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--accel", default="stream:t_index=22/40,rcfg=self")
    options = parser.parse_args()
    command = [options.build / "latentrt", "stream", "--model", options.model, "--prompt", "a large red circle", "--width",
               options.side, "--height", options.side, "--accel", options.accel, "--input", "-", "--output", "-"]
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    threading.Thread(target=feed, args=(process, options.frames, options.side), daemon=True).start()
    size, received, start = 3 * options.side**2, 0, time.perf_counter()
    first = None
    while len(process.stdout.read(size)) == size:
        received += 1
        if received % (options.frames // TENTHS) == 0:
            now, memory = time.perf_counter(), resident_mib(process) if process.poll() is None else float("nan")
            first = first or memory
            print(f"{received:7} frames  {memory:7.1f} MiB ({memory - first:+.1f})  "
                  f"{options.frames / TENTHS / (now - start):7.1f} frames/s", flush=True)
            start = now
    if process.wait() != 0 or received != options.frames:
        sys.exit(f"{received} of {options.frames} frames came back")


if __name__ == "__main__":
    main()

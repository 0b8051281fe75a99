#!/usr/bin/env python3
"""Times the engine on a GPU: networks of published shapes, and the shipped models, beside diffusers where it is installed.

  python benchmarks/e2e/gpu.py --build build --out benchmarks/results/gpu.json

Settings and peers take turns; figures are medians after a warm-up. A ratio above 1 means that LatentRT is faster.
"""

from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
from PIL import Image

from program import ROOT, run_json

NETWORKS = (("sd15", 512), ("sdxl", 1024))
DTYPES = ("fp16", "bf16", "int8", "fp8")
PICTURES = {
    "eager": [],
    "graph": ["cudagraph"],
    "deepcache": ["deepcache:interval=3"],
    "deepcache, graph": ["deepcache:interval=3", "cudagraph"],
}
STEPS = (50, 350)
STREAMS = ("none", "self", "onetime", "full")


def environment(options: argparse.Namespace) -> dict:
    fields = "name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,memory.total"
    asked = subprocess.run(["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"], capture_output=True,
                           text=True, check=True)
    found = dict(zip(fields.split(","), asked.stdout.splitlines()[0].split(", ")))
    return {"gpu": found, "commit": options.commit, **versions()}


def versions() -> dict:
    names = {}
    for name in ("torch", "diffusers", "triton"):
        try:
            names[name] = __import__(name).__version__
        except ImportError:
            continue
    return names


def network(options: argparse.Namespace, config: str, side: int, dtype: str, *more: str) -> dict:
    words = [options.build / "latentrt-bench", "--config", config, "--what", "unet,vae", "--width", side, "--height", side,
             "--batch", 2, "--runs", options.runs, "--device", "cuda", "--dtype", dtype, "--json", *more]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    return {part: 1000 * report[part]["median_s"] for part in ("unet", "vae")}


def peer(options: argparse.Namespace, config: str, side: int, dtype: str) -> dict:
    """diffusers on random weights of the same shapes, in this process: eager, channels_last, compiled."""
    sys.path.insert(0, str(ROOT / "benchmarks" / "compare"))
    import diffusers_peer

    return diffusers_peer.on_gpu(config, side, dtype, options.runs, options.compile)


def denoise_s(options: argparse.Namespace, accelerators: list[str], dtype: str, steps: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        words = [word for spec in accelerators for word in ("--accel", spec)]
        report = run_json(options.build, "txt2img", "--model", ROOT / "models" / "shapes", "--prompt", "a large red circle",
                          "--guidance", 3, "--steps", steps, "--device", "cuda", "--dtype", dtype,
                          "--out", pathlib.Path(folder) / "picture.png", *words)
    return report["timings"]["denoise_s"]


def step_ms(options: argparse.Namespace, accelerators: list[str], dtype: str) -> float:
    """Of the further steps of a long run: what the first ones set up is in both."""
    few, many = (denoise_s(options, accelerators, dtype, steps) for steps in STEPS)
    return 1000 * (many - few) / (STEPS[1] - STEPS[0])


def stream(options: argparse.Namespace, kind: str, dtype: str, *more: str) -> dict:
    with tempfile.TemporaryDirectory() as frames, tempfile.TemporaryDirectory() as out:
        for i in range(64):
            frame = numpy.full((128, 128, 3), 255, numpy.uint8)
            frame[40:80, i : i + 40] = (30, 60, 220)
            Image.fromarray(frame).save(pathlib.Path(frames) / f"{i:03}.png")
        stats = run_json(options.build, "stream", "--model", ROOT / "models" / "shapes-lcm", "--prompt", "a large red star",
                         "--guidance", 1.4, "--device", "cuda", "--dtype", dtype, "--input", frames, "--output", out,
                         "--accel", f"stream:t_index=18/28/38,rcfg={kind}", *more)
    return {"push_ms": stats["push_ms"]["p50"], "p99_ms": stats["push_ms"]["p99"]}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES, help="of the networks; fp8 needs Ada or Hopper")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--compile", action="store_true", help="the peer also through torch.compile, which takes minutes")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="JSON file")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    report = {"environment": environment(options), "networks": {}, "pictures_ms_a_step": {}, "streams": {}}
    print(json.dumps(report["environment"]))

    def keep() -> None:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")  # what is there when it is stopped

    with_peers = not options.no_peers and "diffusers" in report["environment"]
    for config, side in NETWORKS:
        for dtype in options.dtypes:
            lines = {"latentrt": network(options, config, side, dtype, "--accel", "cudagraph"),
                     "latentrt node by node": network(options, config, side, dtype)}
            if with_peers and dtype == "bf16":
                lines |= peer(options, config, side, dtype)
            report["networks"][f"{config} {side} {dtype}"] = lines
            keep()
            for name, found in lines.items():
                ratio = {part: found[part] / lines["latentrt"][part] for part in found}
                print(f"{config} {side} {dtype:<5}{name:<26}" + "".join(
                    f"  {part} {found[part]:9.2f} ms ({ratio[part]:.2f})" for part in found), flush=True)
    for dtype in ("fp32", "bf16"):
        for name, accelerators in PICTURES.items():
            ms = report["pictures_ms_a_step"][f"{name}, {dtype}"] = step_ms(options, accelerators, dtype)
            keep()
            print(f"shapes, {dtype}, {name:<18}{ms:9.2f} ms a step", flush=True)
        for kind in STREAMS:
            found = report["streams"][f"{kind}, {dtype}"] = stream(options, kind, dtype)
            print(f"shapes-lcm stream, {dtype}, {kind:<8}" + "".join(f"  {k} {v:.2f}" for k, v in found.items()), flush=True)
            keep()


if __name__ == "__main__":
    main()

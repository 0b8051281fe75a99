#!/usr/bin/env python3
"""Times streams with all kinds of guidance, stages, and a half static clip, compared with the package of the method's authors.

  python benchmarks/e2e/stream.py --model models/shapes-lcm --side 128 --stages 5
  python benchmarks/e2e/stream.py --random sd_turbo --side 256 --stages 5 --dtype bf16 --frames 12 --peer

All settings run in alternation, --rounds times; figures are medians over the rounds, and a round's network time is the median
of its calls. Sequential means one network call a stage for each
frame, with one row. The peer needs diffusers and, without its dependencies, streamdiffusion==0.1.1.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import sys
import tempfile
import time

import numpy
from PIL import Image

from program import ROOT, run_json

GRID = 50
KINDS = ("none", "self", "onetime", "full")
PEER_KINDS = {"none": "none", "self": "self", "onetime": "initialize", "full": "full"}


def clip(folder: pathlib.Path, count: int, side: int, still_from: int) -> None:
    """A square that moves over a gradient, and stops at a given frame."""
    y, x = numpy.mgrid[:side, :side] * 255 // side
    for i in range(count):
        frame = numpy.stack([x, y, 255 - x], -1).astype(numpy.uint8)
        left = min(i, still_from) * side // (2 * count)
        frame[side // 4 : side // 2, left : left + side // 4] = 255
        Image.fromarray(frame).save(folder / f"{i:05}.png")


def ours(options: argparse.Namespace, frames: pathlib.Path, accel: str, guidance: float) -> dict:
    with tempfile.TemporaryDirectory() as out:
        stats = run_json(options.build, "stream", "--model", options.model, "--prompt", "a large red circle", "--width",
                         options.side, "--height", options.side, "--guidance", guidance, "--dtype", options.dtype, "--accel",
                         accel, "--input", frames, "--output", out)
    return {"network_ms": stats["network_ms"]["p50"], "fps": stats["frames_per_second"],
            "calls": stats["network_calls"], "skipped": stats["skipped"], "p50_ms": stats["push_ms"]["p50"],
            "p99_ms": stats["push_ms"]["p99"]}


class Peer:
    def __init__(self, options: argparse.Namespace, places: list[int]):
        import torch
        from diffusers import StableDiffusionPipeline

        self.torch, self.options, self.places = torch, options, places
        self.dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[options.dtype]
        self.pipe = StableDiffusionPipeline.from_pretrained(options.model, torch_dtype=self.dtype)

    def run(self, frames: list[numpy.ndarray], kind: str) -> dict:
        from streamdiffusion import StreamDiffusion

        torch, side = self.torch, self.options.side
        stream = StreamDiffusion(self.pipe, self.places, self.dtype, side, side, cfg_type=PEER_KINDS[kind])
        stream.prepare("a large red circle", guidance_scale=1.4, generator=torch.Generator())
        network, start = [], time.perf_counter()
        with torch.no_grad():
            for frame in frames:
                picture = torch.from_numpy(frame).permute(2, 0, 1)[None].to(self.dtype) / 127.5 - 1
                latents = stream.encode_image(picture)
                begin = time.perf_counter()
                latents = stream.predict_x0_batch(latents)
                network.append(time.perf_counter() - begin)
                stream.decode_image(latents)
        seconds = time.perf_counter() - start
        return {"network_ms": 1000 * statistics.median(network), "fps": len(frames) / seconds}


def median(runs: list[dict]) -> dict:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--model", type=pathlib.Path)
    model.add_argument("--random", help="a shape of benchmarks/compare/models.py, with random weights")
    parser.add_argument("--side", type=int, required=True, help="pixels")
    parser.add_argument("--stages", type=int, default=4)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--dtype", default="fp32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, help="JSON file")
    options = parser.parse_args()
    if options.random:
        options.model = random_model(options.random, options.build / "compare")
    return options


def random_model(name: str, cache: pathlib.Path) -> pathlib.Path:
    sys.path.insert(0, str(ROOT / "benchmarks" / "compare"))
    import models

    return models.directory(name, cache)


def main() -> None:
    options = arguments()
    places = [GRID * (i + 1) // (options.stages + 1) for i in range(options.stages)]
    stages = "stream:t_index=" + "/".join(map(str, places))
    settings = {kind: (f"{stages},rcfg={kind}", 1.4) for kind in KINDS}
    settings["sequential"] = (f"stream:t_index={places[0]}", 1.0)  # times the number of stages, below
    settings["half static"] = (f"{stages},ssf=0.98", 1.0)
    peer = Peer(options, places) if options.peer else None
    runs: dict[str, list[dict]] = {}
    with tempfile.TemporaryDirectory() as moving, tempfile.TemporaryDirectory() as half:
        clip(pathlib.Path(moving), options.frames, options.side, options.frames)
        clip(pathlib.Path(half), options.frames, options.side, options.frames // 2)
        frames = [numpy.asarray(Image.open(file)) for file in sorted(pathlib.Path(moving).glob("*.png"))]
        for _ in range(options.rounds):
            for name, (accel, guidance) in settings.items():
                folder = half if name == "half static" else moving
                runs.setdefault(name, []).append(ours(options, pathlib.Path(folder), accel, guidance))
            for kind in KINDS if peer else ():
                runs.setdefault(f"peer {kind}", []).append(peer.run(frames, kind))
    table = {name: median(found) for name, found in runs.items()}
    table["sequential"]["network_ms"] *= options.stages
    full = table["full"]["network_ms"]
    report = {"model": options.model.name, "side": options.side, "stages": options.stages, "dtype": options.dtype,
              "frames": options.frames, "settings": table,
              "ratios": {"self to full": full / table["self"]["network_ms"],
                         "onetime to full": full / table["onetime"]["network_ms"],
                         "row ratio onetime": 2 * options.stages / (options.stages + 1),
                         "stream batch to sequential": table["sequential"]["network_ms"] / table["none"]["network_ms"]}}
    for name, found in table.items():
        print(f"{name:<14} network {found['network_ms']:9.1f} ms   {found['fps']:7.2f} frames/s", end="")
        print(f"   push {found['p50_ms']:7.1f} ms, p99 {found['p99_ms']:7.1f}   {found['skipped']:.0f} skipped"
              if "skipped" in found else "")
    for name, ratio in report["ratios"].items():
        print(f"{name:<28}{ratio:6.2f}")
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

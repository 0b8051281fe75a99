#!/usr/bin/env python3
"""Times the engine on a GPU: networks of published shapes, and the shipped models, and diffusers if it is installed.

  python benchmarks/e2e/gpu.py --build build --out benchmarks/results/gpu.json
  python benchmarks/e2e/gpu.py --list         the lines of figures that it would make here; needs no GPU and no build

Figures are medians after a warm-up. A ratio above 1 means that LatentRT is faster. Every line is written as soon as it
is measured; lines that exceed --seconds, and those that failed, are listed in the file.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator

from program import ROOT, run_json

NETWORKS = (("sd15", 512), ("sdxl", 1024))
DTYPES = ("fp16", "bf16", "int8", "fp8")
WAYS = {"latentrt": ("--accel", "cudagraph"), "latentrt node by node": ()}
PICTURES = {
    "eager": [],
    "graph": ["cudagraph"],
    "deepcache": ["deepcache:interval=3"],
    "deepcache, graph": ["deepcache:interval=3", "cudagraph"],
}
STEPS = (50, 350)
STREAMS = ("none", "self", "onetime", "full")
GPU_FIELDS = ("name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,clocks.max.mem,temperature.gpu,power.draw,"
              "power.limit,memory.total")


@dataclasses.dataclass
class Line:
    """A line of figures: its place in the report, and the function that measures it."""

    group: str
    subject: str
    names: tuple[str, ...]
    measure: Callable[[], dict]  # name -> figures

    def __str__(self) -> str:
        return f"{self.group}: {self.subject}: {', '.join(self.names)}"


def missing(*packages: str) -> list[str]:
    return [name for name in packages if importlib.util.find_spec(name) is None]


def gpu_state() -> dict:
    asked = subprocess.run(["nvidia-smi", f"--query-gpu={GPU_FIELDS}", "--format=csv,noheader"], capture_output=True,
                           text=True, check=True)
    return dict(zip(GPU_FIELDS.split(","), asked.stdout.splitlines()[0].split(", ")))


def environment(options: argparse.Namespace) -> dict:
    packages = {name: importlib.metadata.version(name) for name in ("torch", "diffusers", "triton") if not missing(name)}
    return {"gpu": gpu_state(), "commit": options.commit, "libraries": run_json(options.build, "devices")["libraries"],
            "packages": packages}


def network(options: argparse.Namespace, config: str, side: int, dtype: str, *more: str) -> dict:
    words = [options.build / "latentrt-bench", "--config", config, "--what", "unet,vae", "--width", side, "--height", side,
             "--batch", 2, "--runs", options.runs, "--device", "cuda", "--dtype", dtype, "--json", *more]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    return {part: 1000 * report[part]["median_s"] for part in ("unet", "vae")}


def peer(options: argparse.Namespace, config: str, side: int, dtype: str, ways: tuple[str, ...]) -> dict:
    """diffusers on random weights of the same shapes, in this process."""
    sys.path.insert(0, str(ROOT / "benchmarks" / "compare"))
    import diffusers_peer

    return diffusers_peer.on_gpu(config, side, dtype, options.runs, ways, options.compile)


def denoise_s(options: argparse.Namespace, accelerators: list[str], dtype: str, steps: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        words = [word for spec in accelerators for word in ("--accel", spec)]
        report = run_json(options.build, "txt2img", "--model", ROOT / "models" / "shapes", "--prompt", "a large red circle",
                          "--guidance", 3, "--steps", steps, "--device", "cuda", "--dtype", dtype,
                          "--out", pathlib.Path(folder) / "picture.png", *words)
    return report["timings"]["denoise_s"]


def step_ms(options: argparse.Namespace, accelerators: list[str], dtype: str) -> float:
    """Time of the additional steps of a long run: the set-up in the first steps is in both."""
    few, many = (denoise_s(options, accelerators, dtype, steps) for steps in STEPS)
    return 1000 * (many - few) / (STEPS[1] - STEPS[0])


def stream(options: argparse.Namespace, kind: str, dtype: str) -> dict:
    import numpy
    from PIL import Image

    with tempfile.TemporaryDirectory() as frames, tempfile.TemporaryDirectory() as out:
        for i in range(64):
            frame = numpy.full((128, 128, 3), 255, numpy.uint8)
            frame[40:80, i : i + 40] = (30, 60, 220)
            Image.fromarray(frame).save(pathlib.Path(frames) / f"{i:03}.png")
        stats = run_json(options.build, "stream", "--model", ROOT / "models" / "shapes-lcm", "--prompt", "a large red star",
                         "--guidance", 1.4, "--device", "cuda", "--dtype", dtype, "--input", frames, "--output", out,
                         "--accel", f"stream:t_index=18/28/38,rcfg={kind}")
    return {"push_ms": stats["push_ms"]["p50"], "p99_ms": stats["push_ms"]["p99"]}


def network_lines(options: argparse.Namespace) -> Iterator[Line]:
    for config, side in NETWORKS:
        for dtype in options.dtypes:
            for way, flags in WAYS.items():
                yield Line("networks", f"{config} {side} {dtype}", (way,),
                           lambda c=config, s=side, d=dtype, w=way, f=flags: {w: network(options, c, s, d, *f)})


def model_lines(options: argparse.Namespace) -> Iterator[Line]:
    for dtype in ("fp32", "bf16"):
        for name, specs in PICTURES.items():
            yield Line("pictures", f"shapes {dtype}", (name,),
                       lambda n=name, s=specs, d=dtype: {n: {"ms_a_step": step_ms(options, s, d)}})
        for kind in STREAMS if not missing("numpy", "PIL") else ():
            yield Line("streams", f"shapes-lcm {dtype}", (kind,), lambda k=kind, d=dtype: {k: stream(options, k, d)})


def peer_lines(options: argparse.Namespace, ways: tuple[str, ...]) -> Iterator[Line]:
    if options.no_peers or missing("torch", "diffusers"):
        return
    for config, side in NETWORKS:
        yield Line("networks", f"{config} {side} bf16", tuple(f"diffusers {way}" for way in ways),
                   lambda c=config, s=side: peer(options, c, s, "bf16", ways))


def lines(options: argparse.Namespace) -> list[Line]:
    """The longest and least important measurements come last."""
    compiled = peer_lines(options, ("compiled",)) if options.compile != "off" else ()
    return [*network_lines(options), *peer_lines(options, ("eager", "channels_last")), *model_lines(options), *compiled]


class Report:
    """Writes the results so far to a file."""

    def __init__(self, options: argparse.Namespace):
        self.path = options.out
        self.content = {"environment": environment(options), "left_out": [], "failed": {}}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.keep()

    def keep(self) -> None:
        self.content["environment"]["gpu_at_the_end"] = gpu_state()
        self.path.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")

    def add(self, line: Line) -> None:
        start = time.monotonic()
        try:
            found = line.measure()
        except (SystemExit, Exception) as error:  # a failed line must not lose the others
            self.content["failed"][str(line)] = str(error).strip() or traceback.format_exc()
            print(f"{line}: FAILED: {error}", file=sys.stderr, flush=True)
            return self.keep()
        subject = self.content.setdefault(line.group, {}).setdefault(line.subject, {})
        for name, figures in found.items():
            subject[name] = figures
            ours = subject.get("latentrt", {})  # only for networks
            words = (f"  {key} {value:9.2f}" + (f" ({value / ours[key]:.2f})" if key in ours else "")
                     for key, value in figures.items())
            print(f"{line.subject:<18}{name:<26}" + "".join(words), flush=True)
        self.content.setdefault("wall_s", {})[str(line)] = round(time.monotonic() - start, 1)
        return self.keep()

    def leave_out(self, line: Line) -> None:
        self.content["left_out"].append(str(line))
        self.keep()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES, help="of the networks; fp8 needs Ada or Hopper")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--compile", choices=("default", "max-autotune", "off"), default="default",
                        help="the peer also through torch.compile, in this mode, which takes minutes")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no line is begun later than that")
    parser.add_argument("--list", action="store_true", help="only say what would be measured")
    parser.add_argument("--out", type=pathlib.Path, help="JSON file")
    options = parser.parse_args()
    if not options.list and options.out is None:
        parser.error("--out is required")
    return options


def main() -> None:
    start = time.monotonic()
    options = arguments()
    todo = lines(options)
    if options.list:
        print("\n".join(map(str, todo)))
        return
    report = Report(options)
    print(json.dumps(report.content["environment"]))
    for line in todo:
        if time.monotonic() - start < options.seconds:
            report.add(line)
        else:
            report.leave_out(line)
    if report.content["left_out"]:
        print(f"{len(report.content['left_out'])} lines were left out after {options.seconds:.0f} s", flush=True)
    sys.exit(1 if report.content["failed"] else 0)


if __name__ == "__main__":
    main()

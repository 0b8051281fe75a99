#!/usr/bin/env python3
"""Times diffusers, eager or compiled, as latentrt-bench times LatentRT: same flags, same JSON on stdout.

On a GPU, on_gpu() does it in the caller's process, on random weights that never touch a disk.
"""

from __future__ import annotations

import argparse
import os
import pathlib

import peer

MODES = ("default", "max-autotune")


def compile_parts(pipe, mode: str) -> None:
    import torch

    pipe.unet, pipe.vae.decode = (torch.compile(part, mode=mode) for part in (pipe.unet, pipe.vae.decode))


def on_gpu(architecture: str, side: int, dtype: str, runs: int, ways: tuple[str, ...],
           mode: str) -> dict[str, dict[str, float]]:
    """Way of running (eager, channels_last, compiled in that mode) -> part -> milliseconds."""
    import torch

    import models
    import networks

    def finished(work):
        return lambda: (work(), torch.cuda.synchronize())

    with torch.device("cuda"):
        torch.set_default_dtype(networks.DTYPES[dtype])
        pipe = models.ARCHITECTURES[architecture]()
        torch.set_default_dtype(torch.float32)
    options = argparse.Namespace(dtype=dtype, width=side, height=side, batch=2)
    found = {}
    for way in ways:
        if way == "compiled":
            compile_parts(pipe, mode)
        parts = networks.Parts(pipe, options, channels_last=way != "eager")
        with torch.inference_mode():
            found[f"diffusers {way}"] = {
                part: 1000 * peer.time_part(finished(parts.work(part)), runs)["median_s"] for part in ("unet", "vae")
            }
    return found


def arguments() -> argparse.Namespace:
    flags = peer.parser(__doc__)
    flags.add_argument("--channels-last", action="store_true")
    flags.add_argument("--compile", choices=MODES, help="mode of torch.compile, with frozen weights")
    return flags.parse_args()


def open_parts(options: argparse.Namespace, compiler_cache: pathlib.Path | None):
    """The parts to time. Compiled kernels are kept in `compiler_cache`, but not the graphs around them,
    which are traced and lowered on each start if weights are frozen."""
    if compiler_cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(compiler_cache)
    import torch

    import networks

    pipe = networks.load(options)
    if options.compile:
        torch._inductor.config.freezing = True
        compile_parts(pipe, options.compile)
    return networks.Parts(pipe, options, options.channels_last)


def run_once(options: argparse.Namespace, compiler_cache: pathlib.Path) -> None:
    parts = open_parts(options, compiler_cache)
    for what in options.what:
        parts.work(what)()


def time_parts(options: argparse.Namespace, compiler_cache: pathlib.Path | None) -> dict:
    parts = open_parts(options, compiler_cache)
    report = {"ready_s": peer.seconds_since_start()}
    for what in options.what:
        report[what] = peer.time_part(parts.work(what), options.runs)
    return {**report, "peak_memory_bytes": peer.peak_memory_bytes()}


def measure(options: argparse.Namespace) -> dict:
    if options.prepare and not options.compile:
        return {}
    import torch

    with torch.no_grad():
        if not options.compile:
            return time_parts(options, None)
        cache = peer.folder_of(options, f"inductor-{options.compile}", "torch", "diffusers")
        if options.prepare:
            return {"prepare_s": peer.prepared(cache, lambda folder: run_once(options, folder))}
        return time_parts(options, cache)


if __name__ == "__main__":
    options = arguments()
    peer.tell(lambda: measure(options))

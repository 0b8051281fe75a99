#!/usr/bin/env python3
"""Times diffusers in eager mode as latentrt-bench times LatentRT: same flags, same JSON on stdout.

On a GPU, on_gpu() does it in the caller's process, on random weights that never touch a disk.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time

import torch
from diffusers import DiffusionPipeline

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
TOKENS, FACTOR, GUIDANCE = 77, 8, 7.5


def process_start() -> float:
    with open("/proc/self/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


class Parts:
    """One closure a part, on inputs made once."""

    def __init__(self, pipe: DiffusionPipeline, options: argparse.Namespace):
        self.options, self.pipe = options, pipe
        self.dtype, self.device = DTYPES[options.dtype], pipe.unet.device
        pipe.set_progress_bar_config(disable=True)
        if options.channels_last:
            for part in (pipe.unet, pipe.vae):
                part.to(memory_format=torch.channels_last)
        self.random = torch.Generator().manual_seed(1)

    def _draw(self, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=self.random).to(self.device, self.dtype)

    def _latents(self, rows: int) -> torch.Tensor:
        latents = self._draw(rows, 4, self.options.height // FACTOR, self.options.width // FACTOR)
        if self.options.channels_last:
            latents = latents.contiguous(memory_format=torch.channels_last)
        return latents

    def unet(self):
        rows, unet = self.options.batch, self.pipe.unet
        latents, hidden = self._latents(rows), self._draw(rows, TOKENS, unet.config.cross_attention_dim)
        added = None
        if unet.config.addition_embed_type == "text_time":
            width = unet.config.projection_class_embeddings_input_dim
            width -= 6 * unet.config.addition_time_embed_dim
            added = {"text_embeds": self._draw(rows, width), "time_ids": torch.full((rows, 6), 512.0, device=self.device)}
        return lambda: unet(latents, 500, hidden, added_cond_kwargs=added).sample

    def vae(self):
        pictures = self.options.batch - self.options.batch // 2  # two rows are one with guidance
        latents = self._latents(pictures)
        return lambda: self.pipe.vae.decode(latents).sample

    def e2e(self):
        o = self.options
        return lambda: self.pipe(
            "a prompt", width=o.width, height=o.height, num_inference_steps=o.steps, guidance_scale=GUIDANCE
        )


def timed(work) -> float:
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def time_part(work, runs: int) -> dict:
    warm_up = timed(work)
    times = [timed(work) for _ in range(runs)]
    return {
        "median_s": statistics.median(times),
        "min_s": min(times),
        "runs": times,
        "warm_up_s": warm_up,
    }


@torch.inference_mode()
def on_gpu(architecture: str, side: int, dtype: str, runs: int, compiled: bool) -> dict[str, dict[str, float]]:
    """Way of running -> part -> milliseconds."""
    import models

    with torch.device("cuda"):
        torch.set_default_dtype(DTYPES[dtype])
        pipe = models.ARCHITECTURES[architecture]()
        torch.set_default_dtype(torch.float32)
    options = argparse.Namespace(dtype=dtype, width=side, height=side, batch=2, channels_last=False)
    found = {}
    for way in ("eager", "channels_last", *(["compiled"] if compiled else [])):
        options.channels_last = way != "eager"
        if way == "compiled":
            pipe.unet, pipe.vae.decode = (torch.compile(part, mode="max-autotune") for part in (pipe.unet, pipe.vae.decode))
        parts = Parts(pipe, options)
        found[f"diffusers {way}"] = {
            part: 1000 * time_part(getattr(parts, part)(), runs)["median_s"] for part in ("unet", "vae")
        }
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--what", required=True, help="unet, vae, e2e; several are separated by commas")
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--height", type=int, required=True)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dtype", choices=DTYPES, default="fp32")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--channels-last", action="store_true")
    return parser.parse_args()


@torch.inference_mode()
def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    parts = Parts(DiffusionPipeline.from_pretrained(options.model, torch_dtype=DTYPES[options.dtype]), options)
    report = {"ready_s": time.clock_gettime(time.CLOCK_BOOTTIME) - process_start()}
    for what in options.what.split(","):
        report[what] = time_part(getattr(parts, what)(), options.runs)
    report["peak_memory_bytes"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(report))


if __name__ == "__main__":
    main()

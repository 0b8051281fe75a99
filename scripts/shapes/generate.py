"""Pictures from an exported model with diffusers, the reference for the engine."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from diffusers import StableDiffusionPipeline


def load(folder: pathlib.Path, device: str) -> StableDiffusionPipeline:
    pipeline = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32).to(device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def pictures(
    pipeline: StableDiffusionPipeline,
    prompts: Sequence[str],
    steps: int,
    guidance: float,
    seed: int,
    batch: int,
) -> list[np.ndarray]:
    """One picture per prompt, [side, side, 3] uint8; picture i has the noise of seed + i."""
    made: list[np.ndarray] = []
    for start in range(0, len(prompts), batch):
        part = list(prompts[start : start + batch])
        noise = [torch.Generator("cpu").manual_seed(seed + start + i) for i in range(len(part))]
        out = pipeline(
            part,
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=noise,
            output_type="np",
        )
        made += list((out.images * 255).round().astype(np.uint8))
        print(f"{len(made)}/{len(prompts)} pictures", flush=True)
    return made

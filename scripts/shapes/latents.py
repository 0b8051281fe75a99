"""Latents for the UNet: normalised channels of the autoencoder, and a pool of samples."""

from __future__ import annotations

import random

import numpy as np
import torch
from diffusers import AutoencoderKL

from .draw import draw
from .networks import LATENT_SIDE, TEXT_LENGTH
from .parallel import Slices
from .scene import Description, random_description, random_scene
from .tokenizer import WordEncoder
from .vae_stage import pictures


@torch.no_grad()
def even_out(model: AutoencoderKL, count: int = 256) -> AutoencoderKL:
    """Gives every latent channel mean 0 and the same standard deviation, by folding an affine map into the 1x1
    convolutions on both sides of the latents: the decoded pictures stay the same, and one
    scaling_factor then fits all channels, which is all that the pipeline format knows.
    """
    batch = pictures(random.Random(777), count, whole=True).to(model.device)
    latents = torch.cat([model.encode(part).latent_dist.mean for part in batch.split(32)])
    mean, std = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    spread = std.square().mean().sqrt()
    gain = spread / std
    into, back, channels = model.quant_conv, model.post_quant_conv, len(mean)
    into.weight[:channels] *= gain[:, None, None, None]
    into.bias[:channels] = (into.bias[:channels] - mean) * gain
    into.bias[channels:] += 2 * gain.log()  # log variances
    back.bias += back.weight[:, :, 0, 0] @ mean
    back.weight /= gain[None, :, None, None]
    model.register_to_config(scaling_factor=round(1 / spread.item(), 5))
    return model


class Pool:
    """A ring buffer of encoded pictures with their captions' ids; old pictures are replaced by new ones."""

    def __init__(self, model: AutoencoderKL, capacity: int, rng: random.Random):
        self._model, self._rng, self._words = model, rng, WordEncoder()
        device = model.device
        self._latents = torch.zeros(capacity, 4, LATENT_SIDE, LATENT_SIDE, device=device)
        self._ids = torch.zeros(capacity, TEXT_LENGTH, dtype=torch.long, device=device)
        self._slices = Slices(device)
        self._descriptions: list[Description | None] = [None] * capacity
        self._next = self.filled = 0

    @torch.no_grad()
    def _encode(self, batch: torch.Tensor) -> torch.Tensor:
        with torch.autocast(batch.device.type, torch.bfloat16):
            return self._model.encode(batch).latent_dist.mean.float()

    def add(self, count: int) -> None:
        descriptions = [random_description(self._rng, held_out=False) for _ in range(count)]
        drawn = np.stack([draw(random_scene(self._rng, d)) for d in descriptions])
        batch = torch.from_numpy(drawn).permute(0, 3, 1, 2) / 127.5 - 1
        batch = batch.to(self._model.device).contiguous(memory_format=torch.channels_last)
        mean = torch.cat(self._slices.map(self._encode, batch))
        capacity = len(self._ids)
        places = (torch.arange(count) + self._next) % capacity
        self._latents[places] = mean * self._model.config.scaling_factor
        self._ids[places] = torch.tensor(
            [self._words(str(d)) for d in descriptions], device=batch.device
        )
        for place, description in zip(places.tolist(), descriptions):
            self._descriptions[place] = description
        self._next = (self._next + count) % capacity
        self.filled = min(capacity, self.filled + count)

    def draw(self, count: int) -> tuple[torch.Tensor, torch.Tensor, list[Description]]:
        """Latents [count, 4, h, w], ids [count, tokens] and their descriptions, with repeats."""
        rows = torch.randint(self.filled, (count,), device=self._ids.device)
        descriptions = [self._descriptions[row] for row in rows.tolist()]
        return self._latents[rows], self._ids[rows], descriptions

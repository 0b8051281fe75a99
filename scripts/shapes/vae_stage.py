"""Trains the autoencoder: mostly crops around the objects, then more and more whole pictures."""

from __future__ import annotations

import functools
import pathlib
import random

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

from . import run
from .draw import draw
from .scene import SIDE, random_description, random_scene

CROP = 64
KL_WEIGHT = 1e-4
OBJECT_WEIGHT = 4.0
MEASURE_EVERY = 500
RECIPE = run.Recipe(peak_rate=1.5e-3, warmup=100, decay=0.998, weight_decay=1e-4)


def _window(rng: random.Random, center: tuple[float, float]) -> tuple[int, int]:
    """A crop that contains most of an object: only background would teach nothing."""
    half = CROP // 2
    return tuple(int(np.clip(c + rng.uniform(-16, 16) - half, 0, SIDE - CROP)) for c in center)


def pictures(rng: random.Random, count: int, whole: bool) -> torch.Tensor:
    """[count, 3, side, side] in -1 to 1."""
    drawn = []
    for _ in range(count):
        scene = random_scene(rng, random_description(rng, held_out=False))
        drawn.append(
            draw(scene) if whole else draw(scene, _window(rng, rng.choice(scene.centers)), CROP)
        )
    batch = torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2)
    return (batch / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def _edges(picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return picture.diff(dim=-1), picture.diff(dim=-2)


def _emphasis(picture: torch.Tensor) -> torch.Tensor:
    """Weight of every pixel: objects cover small areas, and their colours are learned last."""
    background = picture.flatten(2).median(dim=-1).values[..., None, None]
    foreground = ((picture - background).abs().amax(1, keepdim=True) > 0.02).float()
    weight = 1 + OBJECT_WEIGHT * foreground
    return weight / weight.mean()


def reconstruction_loss(decoded: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """Absolute and square error, objects weighted up, and the error of the edges."""
    error = (decoded - picture) * _emphasis(picture)
    absolute, square = error.abs().mean(), (error * (decoded - picture)).mean()
    edge = sum(F.l1_loss(a, b) for a, b in zip(_edges(decoded), _edges(picture)))
    return absolute + 2 * square + edge


def loss_of(model: AutoencoderKL, picture: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    with torch.autocast(picture.device.type, torch.bfloat16):
        posterior = model.encode(picture).latent_dist
        decoded = model.decode(posterior.mean + posterior.std * noise).sample.float()
    kl = 0.5 * (posterior.mean**2 + posterior.var - 1 - posterior.logvar).float().mean()
    return reconstruction_loss(decoded, picture) + KL_WEIGHT * kl


@torch.no_grad()
def measure(model: AutoencoderKL, count: int = 64) -> dict[str, float]:
    """PSNR on whole pictures drawn for this test, and the standard deviation of the latent channels."""
    picture = pictures(random.Random(12345), count, whole=True).to(model.device)
    latents = torch.cat([model.encode(part).latent_dist.mean for part in picture.split(16)])
    decoded = torch.cat([model.decode(part).sample for part in latents.split(16)]).clamp(-1, 1)
    psnr = -10 * torch.log10((decoded - picture).square().mean() / 4)
    channels = latents.std(dim=(0, 2, 3))
    return {
        "psnr": psnr.item(),
        "std": latents.std().item(),
        "least": channels.min().item(),
        "most": channels.max().item(),
    }


def train(model: AutoencoderKL, checkpoint: pathlib.Path, minutes: float, seed: int) -> None:
    """Continues from `checkpoint` if it exists, and stores the result there."""
    model.to(memory_format=torch.channels_last).train()
    groups = [{"params": list(model.parameters())}]
    loop = run.Loop("vae", model, groups, RECIPE, checkpoint, minutes, seed)
    scale = 1 if model.device.type == "cpu" else 8
    while loop.running:
        whole = loop.random.random() < 0.1 + 0.6 * loop.clock.progress**2
        batch = pictures(loop.random, scale * (4 if whole else 16), whole).to(model.device)
        side = batch.shape[-1] // 8
        noise = torch.randn(len(batch), 4, side, side, device=model.device)
        loop.advance(functools.partial(loss_of, model), batch, noise)
        if loop.step % MEASURE_EVERY == 0:
            run.log("vae", loop.step, loop.clock, **measure(loop.averaged()))
    loop.save()
    run.log("vae", loop.step, loop.clock, **measure(loop.averaged()))

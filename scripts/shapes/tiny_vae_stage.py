"""Distils the autoencoder into a small one without normalisation or attention, for one frame after the other."""

from __future__ import annotations

import pathlib

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, AutoencoderTiny

from . import run
from .vae_stage import pictures, reconstruction_loss

CHANNELS = 24
NOISE = 0.05  # latents from a denoiser differ slightly from those of a picture
MEASURE_EVERY = 500
RECIPE = run.Recipe(peak_rate=2e-3, warmup=100, decay=0.998, weight_decay=1e-4)


def autoencoder() -> AutoencoderTiny:
    return AutoencoderTiny(
        encoder_block_out_channels=(CHANNELS,) * 4,
        decoder_block_out_channels=(CHANNELS,) * 4,
        num_encoder_blocks=(1, 2, 2, 3),
        num_decoder_blocks=(3, 3, 2, 1),
    )


def _loss_of(model: AutoencoderTiny, picture, latents, noise) -> torch.Tensor:
    with torch.autocast(picture.device.type, torch.bfloat16):
        encoded = model.encode(picture).latents.float()
        decoded = model.decode(latents + NOISE * noise).sample.float()
    matching = F.mse_loss(encoded, latents) + F.l1_loss(encoded, latents)
    return reconstruction_loss(decoded, picture) + matching


@torch.no_grad()
def measure(model: AutoencoderTiny, teacher: AutoencoderKL) -> dict[str, float]:
    """PSNR of encoding and decoding whole pictures, and the distance to the teacher's latents."""
    import random

    picture = pictures(random.Random(12345), 32, whole=True).to(model.device)
    latents = teacher.encode(picture).latent_dist.mean * teacher.config.scaling_factor
    encoded = model.encode(picture).latents
    decoded = model.decode(encoded).sample.clamp(-1, 1)
    psnr = -10 * torch.log10((decoded - picture).square().mean() / 4)
    return {"psnr": psnr.item(), "latents": (encoded - latents).square().mean().sqrt().item()}


def train(
    model: AutoencoderTiny,
    teacher: AutoencoderKL,
    checkpoint: pathlib.Path,
    minutes: float,
    seed: int,
) -> AutoencoderTiny:
    """Continues from `checkpoint`, if any; returns the averaged model."""
    model.to(memory_format=torch.channels_last).train()
    teacher.eval().to(memory_format=torch.channels_last)
    groups = [{"params": list(model.parameters())}]
    loop = run.Loop("tiny", model, groups, RECIPE, checkpoint, minutes, seed)
    scale = 1 if model.device.type == "cpu" else 8
    while loop.running:
        whole = loop.random.random() < 0.1 + 0.6 * loop.clock.progress**2
        batch = pictures(loop.random, scale * (4 if whole else 16), whole).to(model.device)
        with torch.no_grad(), torch.autocast(batch.device.type, torch.bfloat16):
            latents = teacher.encode(batch).latent_dist.mean.float()
        latents *= teacher.config.scaling_factor
        noise = torch.randn_like(latents)
        loop.advance(lambda *part: _loss_of(model, *part), batch, latents, noise)
        if loop.step % MEASURE_EVERY == 0:
            run.log("tiny", loop.step, loop.clock, **measure(loop.averaged(), teacher))
    loop.save()
    run.log("tiny", loop.step, loop.clock, **measure(loop.averaged(), teacher))
    return loop.averaged()

"""Trains the autoencoder with a codebook: first without the codebook, then with one that starts from
the means of the latents' clusters.
"""

from __future__ import annotations

import functools
import pathlib
import random

import torch
from diffusers import VQModel

from . import run
from .ldm_pictures import draw_all
from .one_object import one_object
from .vae_stage import pictures, reconstruction_loss

NOISE = 0.1  # on latents without codebook, about as large as the codebook's error
SIZE_WEIGHT = 1e-3
BATCH = 8  # of each kind of pictures
SHARE_WITHOUT = 0.45  # of the time
MEASURE_EVERY = 500
CLUSTER_ROUNDS = 15
RECIPE = run.Recipe(peak_rate=1.5e-3, warmup=100, decay=0.998, weight_decay=1e-4)


def batch(rng: random.Random, count: int, held_out: bool = False) -> torch.Tensor:
    """As many crops of large pictures as whole pictures with one object."""
    small = draw_all([one_object(rng, held_out) for _ in range(count)])
    crops = pictures(rng, count, whole=False).contiguous()
    return torch.cat([small, crops])


def _encoded(model: VQModel, picture: torch.Tensor) -> torch.Tensor:
    with torch.autocast(picture.device.type, torch.bfloat16):
        return model.encode(picture).latents.float()


def _decoded(model: VQModel, latents: torch.Tensor) -> torch.Tensor:
    with torch.autocast(latents.device.type, torch.bfloat16):
        return model.decode(latents, force_not_quantize=True).sample.float()


def _loss_without(model: VQModel, picture: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    latents = _encoded(model, picture)
    decoded = _decoded(model, latents + NOISE * noise)
    return reconstruction_loss(decoded, picture) + SIZE_WEIGHT * latents.square().mean()


def _loss_with(model: VQModel, picture: torch.Tensor) -> torch.Tensor:
    quantised, commitment, _ = model.quantize(_encoded(model, picture))
    return reconstruction_loss(_decoded(model, quantised), picture) + commitment


@torch.no_grad()
def _latents(model: VQModel, seed: int, count: int) -> torch.Tensor:
    rng = random.Random(seed)
    return torch.cat([model.encode(batch(rng, 16)).latents for _ in range(count // 32)])


@torch.no_grad()
def _map_latents(model: VQModel, mean: torch.Tensor, gain: torch.Tensor) -> None:
    """Folds (latents - mean) * gain into the 1x1 convolutions around the latents and the codebook;
    the decoded pictures stay the same, if all channels have the same gain or no codebook is used.
    """
    into, back, codes = model.quant_conv, model.post_quant_conv, model.quantize.embedding
    into.weight *= gain[:, None, None, None]
    into.bias.copy_((into.bias - mean) * gain)
    codes.weight.copy_((codes.weight - mean) * gain)
    back.bias += back.weight[:, :, 0, 0] @ mean
    back.weight /= gain[None, :, None, None]


def make_even(model: VQModel, each_channel: bool) -> VQModel:
    """Mean 0, and standard deviation 1 of each channel or of all together: no scaling_factor is needed."""
    latents = _latents(model, seed=777, count=512)
    mean, std = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    spread = std if each_channel else std.square().mean().sqrt().expand(std.shape)
    _map_latents(model, mean, 1 / spread)
    return model


@torch.no_grad()
def cluster(model: VQModel) -> None:
    """Lloyd's algorithm on the latents of pictures; unused codes are re-initialised at random latents."""
    rows = _latents(model, seed=778, count=1024).permute(0, 2, 3, 1).flatten(0, 2)
    codes = model.quantize.embedding.weight
    # Most rows are flat backgrounds; using distinct rows gives edges enough codes.
    rows = rows[torch.randperm(len(rows))]
    distinct = torch.unique((rows * 50).round(), dim=0) / 50
    rows = torch.cat([rows[:60_000], distinct[torch.randperm(len(distinct))][:60_000]])
    codes.copy_(rows[torch.randperm(len(rows))[: len(codes)]])
    for _ in range(CLUSTER_ROUNDS):
        nearest = torch.cat([torch.cdist(part, codes).argmin(1) for part in rows.split(4096)])
        counts = torch.bincount(nearest, minlength=len(codes))
        sums = torch.zeros_like(codes).index_add_(0, nearest, rows)
        fresh = rows[torch.randint(len(rows), (len(codes),))]
        used = counts[:, None] > 0
        codes.copy_(torch.where(used, sums / counts.clamp(min=1)[:, None], fresh))


@torch.no_grad()
def measure(model: VQModel, quantised: bool) -> dict[str, float]:
    """PSNR on held-out pictures with one object and on crops, codes in use, and standard deviation."""
    picture = batch(random.Random(12345), 64, held_out=True)
    latents = torch.cat([model.encode(part).latents for part in picture.split(32)])
    decoded = torch.cat(
        [model.decode(part, force_not_quantize=not quantised).sample for part in latents.split(32)]
    )
    error = (decoded.clamp(-1, 1) - picture).square().mean(dim=(1, 2, 3))
    psnr = -10 * torch.log10(error / 4)
    used = len(torch.unique(model.quantize(latents)[2][2]))
    std = latents.std(dim=(0, 2, 3))
    return {
        "psnr": psnr[:64].mean().item(),
        "crops": psnr[64:].mean().item(),
        "codes": used,
        "std": latents.std().item(),
        "least": std.min().item(),
        "most": std.max().item(),
    }


def _stage(
    model: VQModel, checkpoint: pathlib.Path, minutes: float, seed: int, quantised: bool
) -> VQModel:
    name = "vq" if quantised else "plain"
    loop = run.Loop(name, model, [{"params": list(model.parameters())}], RECIPE, checkpoint, minutes, seed)
    while loop.running:
        picture = batch(loop.random, BATCH)
        if quantised:
            loop.advance(functools.partial(_loss_with, model), picture)
        else:
            noise = torch.randn(len(picture), 3, 16, 16)
            loop.advance(functools.partial(_loss_without, model), picture, noise)
        if loop.step % MEASURE_EVERY == 0:
            run.log(name, loop.step, loop.clock, **measure(loop.averaged(), quantised))
    loop.save()
    smooth = loop.averaged()
    run.log(name, loop.step, loop.clock, **measure(smooth, quantised))
    return smooth


def train(model: VQModel, work: pathlib.Path, minutes: float, seed: int) -> VQModel:
    """Continues from the checkpoints in `work`, and returns the averaged model."""
    share = SHARE_WITHOUT * minutes
    model = _stage(model.train(), work / "plain.pt", share, seed, quantised=False)
    if not (work / "vq.pt").exists():
        cluster(make_even(model, each_channel=True))
    model = _stage(model.train(), work / "vq.pt", minutes - share, seed, quantised=True)
    return make_even(model, each_channel=False)

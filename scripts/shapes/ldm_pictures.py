"""Batches of pictures, and the inputs of latent-diffusion's models in addition to the noisy latents."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from .draw import draw
from .ldm_networks import FACTOR
from .one_object import SIDE
from .scene import Scene


def as_batch(drawn: list[np.ndarray]) -> torch.Tensor:
    """[count, 3, side, side] in -1 to 1."""
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).contiguous() / 127.5 - 1


def draw_all(scenes: list[Scene]) -> torch.Tensor:
    return as_batch([draw(scene, size=SIDE) for scene in scenes])


def with_hole(picture: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Black where the mask, [count, 1, side, side], is 1."""
    return torch.where(mask < 0.5, picture, -1.0)


def latent_mask(mask: torch.Tensor) -> torch.Tensor:
    """Each latent's first pixel, -1 where the picture is kept and 1 where it is generated."""
    return mask[..., ::FACTOR, ::FACTOR] * 2 - 1


REDUCTIONS = ("area", "bicubic")


def reduced(picture: torch.Tensor, how: str) -> torch.Tensor:
    """The small picture, reduced by either of two common methods, with eight bits per value."""
    side = picture.shape[-1] // FACTOR
    options = {"antialias": True} if how == "bicubic" else {}
    small = F.interpolate(picture, (side, side), mode=how, **options)
    return ((small.clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1

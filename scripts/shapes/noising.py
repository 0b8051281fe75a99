"""The common part of all denoiser trainings: timesteps, noise, velocity, parameter groups."""

from __future__ import annotations

import torch
from diffusers import DDIMScheduler

# Half of the times are spread over all, half over those at which outlines of objects form.
BUSY_TIMES = (0.35, 0.85)
OUTER = ("conv_in.weight", "conv_out.weight")


def spread_times(count: int, device: torch.device) -> torch.Tensor:
    """Times in [0, 1], evenly over each half of the batch, in random order."""
    strata = (torch.arange(count, device=device) + torch.rand(count, device=device)) / count
    low, high = BUSY_TIMES
    busy = low + (high - low) * (2 * strata - 1)
    times = torch.where(strata < 0.5, 2 * strata, busy)
    return times[torch.randperm(count, device=device)]


class Noising:
    """Latents at times spread over a batch, and the velocity that a denoiser is to predict."""

    def __init__(self, schedule: DDIMScheduler, device: torch.device):
        self._steps = schedule.config.num_train_timesteps
        self._kept = schedule.alphas_cumprod.to(device)

    def __call__(self, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        spread = spread_times(len(latents), latents.device)
        times = (spread * self._steps).long().clamp(max=self._steps - 1)
        kept = self._kept[times][:, None, None, None]
        noise = torch.randn_like(latents)
        noisy = kept.sqrt() * latents + (1 - kept).sqrt() * noise
        return noisy, times, kept.sqrt() * noise - (1 - kept).sqrt() * latents


def denoiser_groups(unet: torch.nn.Module) -> list[dict]:
    """Hidden matrices; the other group has the layers next to the latents, and all vectors."""
    named = list(unet.named_parameters())
    hidden = [p for name, p in named if p.ndim > 1 and name not in OUTER]
    rest = [p for name, p in named if p.ndim == 1 or name in OUTER]
    return [{"params": hidden, "orthogonal": True, "scale": 2.5}, {"params": rest}]

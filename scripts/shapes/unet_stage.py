"""Trains the UNet, and the text encoder slowly with it, to predict velocity on encoded pictures."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Callable

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel

from . import networks, run
from .latents import Pool
from .noising import Noising, denoiser_groups
from .tokenizer import WordEncoder

NO_CAPTION_SHARE = 0.1
EXPORT_EVERY_S = 600.0
Export = Callable[[CLIPTextModel, UNet2DConditionModel], None]


@dataclasses.dataclass(frozen=True)
class Pace:
    """Settings that differ between two cores and a GPU."""

    batch: int
    fresh: int  # pictures drawn and encoded in every step
    pool: int
    first: int  # pictures encoded before the first step
    peak_rate: float


PACES = {
    "cpu": Pace(batch=48, fresh=8, pool=100_000, first=6_000, peak_rate=1.5e-3),
    "cuda": Pace(batch=512, fresh=64, pool=200_000, first=50_000, peak_rate=2e-3),
}


class Joint(torch.nn.Module):
    """Both networks as one module, so that one optimizer and one average hold them."""

    def __init__(self, text: CLIPTextModel, unet: UNet2DConditionModel):
        super().__init__()
        self.text, self.unet = text, unet

    def groups(self) -> list[dict]:
        """The UNet's parameters, and the text encoder's with a lower rate."""
        return [*denoiser_groups(self.unet), {"params": list(self.text.parameters()), "scale": 0.2}]


class Task:
    """Noisy latents at times spread over a batch, and the square error of their velocity."""

    def __init__(self, model: Joint, device: torch.device):
        self._model, self._noising = model, Noising(networks.scheduler(), device)
        self._empty = torch.tensor(WordEncoder()(""), device=device)

    def batch(self, latents: torch.Tensor, ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """All random values, drawn in one place: noisy latents, times, ids, velocity."""
        count, device = len(ids), ids.device
        without = torch.rand(count, 1, device=device) < NO_CAPTION_SHARE
        noisy, times, velocity = self._noising(latents)
        return noisy, times, torch.where(without, self._empty, ids), velocity

    def loss(self, noisy, times, ids, velocity) -> torch.Tensor:
        # Plain attention: the fused one is several times slower backward on so few tokens.
        with torch.autocast(noisy.device.type, torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
            hidden = self._model.text(ids).last_hidden_state
            predicted = self._model.unet(noisy, times, hidden).sample
        return F.mse_loss(predicted.float(), velocity)


def train(
    text: CLIPTextModel,
    unet: UNet2DConditionModel,
    vae: AutoencoderKL,
    checkpoint: pathlib.Path,
    minutes: float,
    seed: int,
    export: Export,
) -> None:
    """Continues from `checkpoint`, if any; exports the average periodically and at the end."""
    pace = PACES[unet.device.type]
    model = Joint(text, unet).train()
    task = Task(model, unet.device)
    recipe = run.Recipe(peak_rate=pace.peak_rate, warmup=200, decay=0.999)
    loop = run.Loop("unet", model, model.groups(), recipe, checkpoint, minutes, seed)
    pool = Pool(vae.eval().to(memory_format=torch.channels_last), pace.pool, loop.random)
    while loop.running and pool.filled < pace.first:
        pool.add(64)
    exporting = run.Timer(EXPORT_EVERY_S)
    while loop.running:
        pool.add(pace.fresh)
        loop.advance(task.loss, *task.batch(*pool.draw(pace.batch)[:2]))
        if exporting.due():
            smooth = loop.averaged()
            export(smooth.text, smooth.unet)
    loop.save()
    smooth = loop.averaged()
    export(smooth.text, smooth.unet)

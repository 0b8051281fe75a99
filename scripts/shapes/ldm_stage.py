"""Trains the denoisers of latent-diffusion on encoded pictures: by class, around a hole, and from a
small picture.
"""

from __future__ import annotations

import dataclasses
import pathlib
import random
from collections.abc import Callable

import torch
import torch.nn.functional as F
from diffusers import VQModel
from torch.nn.attention import SDPBackend, sdpa_kernel

from . import ldm_networks, networks, run
from .ldm_pictures import REDUCTIONS, draw_all, latent_mask, reduced, with_hole
from .noising import Noising, denoiser_groups
from .one_object import CLASSES, label_of, one_object, random_mask
from .vae_stage import pictures

NO_CLASS_SHARE = 0.15
BATCH, FRESH = 32, 8  # examples per step, and how many of them are new
POOL, FIRST = 30_000, 1_024
RECIPE = run.Recipe(peak_rate=1.5e-3, warmup=200, decay=0.999)
EXPORT_EVERY_S = 300.0
Examples = tuple[torch.Tensor, torch.Tensor]  # latents, and the denoiser's condition


class ClassDenoiser(torch.nn.Module):
    """Attends to the embedding of its class."""

    def __init__(self):
        super().__init__()
        self.embedder, self.unet = ldm_networks.ClassEmbedder(), ldm_networks.class_unet()

    def forward(self, noisy: torch.Tensor, times: torch.Tensor, labels: torch.Tensor):
        return self.unet(noisy, times, self.embedder(labels)).sample

    @staticmethod
    def told(labels: torch.Tensor) -> torch.Tensor:
        without = torch.rand(len(labels)) < NO_CLASS_SHARE
        return torch.where(without, len(CLASSES), labels)

    def groups(self) -> list[dict]:
        return [*denoiser_groups(self.unet), {"params": list(self.embedder.parameters())}]


class JoinedDenoiser(torch.nn.Module):
    """Reads the condition next to the noisy latents."""

    def __init__(self, unet: torch.nn.Module):
        super().__init__()
        self.unet = unet

    def forward(self, noisy: torch.Tensor, times: torch.Tensor, more: torch.Tensor):
        return self.unet(torch.cat([noisy, more], 1), times).sample

    @staticmethod
    def told(more: torch.Tensor) -> torch.Tensor:
        return more

    def groups(self) -> list[dict]:
        return denoiser_groups(self.unet)


@torch.no_grad()
def encode(vq: VQModel, picture: torch.Tensor) -> torch.Tensor:
    return vq.encode(picture).latents


def class_examples(vq: VQModel, rng: random.Random, count: int) -> Examples:
    scenes = [one_object(rng, held_out=False) for _ in range(count)]
    return encode(vq, draw_all(scenes)), torch.tensor([label_of(scene) for scene in scenes])


def inpaint_condition(vq: VQModel, picture: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return torch.cat([encode(vq, with_hole(picture, mask)), latent_mask(mask)], 1)


def inpaint_examples(vq: VQModel, rng: random.Random, count: int) -> Examples:
    scenes = [one_object(rng, held_out=False) for _ in range(count)]
    masks = torch.stack([torch.from_numpy(random_mask(rng, scene))[None] for scene in scenes])
    picture = draw_all(scenes)
    return encode(vq, picture), inpaint_condition(vq, picture, masks)


def upscale_examples(vq: VQModel, rng: random.Random, count: int) -> Examples:
    """Crops of large pictures: the model has no attention, and a picture's size does not matter."""
    crops = pictures(rng, count, whole=False).contiguous()
    return encode(vq, crops), reduced(crops, rng.choice(REDUCTIONS))


@dataclasses.dataclass(frozen=True)
class Kind:
    """One of the models."""

    denoiser: Callable[[], torch.nn.Module]
    examples: Callable[[VQModel, random.Random, int], Examples]


KINDS = {
    "class": Kind(ClassDenoiser, class_examples),
    "inpaint": Kind(lambda: JoinedDenoiser(ldm_networks.inpaint_unet()), inpaint_examples),
    "upscale": Kind(lambda: JoinedDenoiser(ldm_networks.upscale_unet()), upscale_examples),
}


class Pool:
    """A ring buffer of examples; old ones are replaced by new ones."""

    def __init__(self, capacity: int):
        self._capacity, self._next, self.filled = capacity, 0, 0
        self._parts: list[torch.Tensor] = []

    def add(self, examples: Examples) -> None:
        if not self._parts:
            self._parts = [part.new_zeros(self._capacity, *part.shape[1:]) for part in examples]
        count = len(examples[0])
        places = (torch.arange(count) + self._next) % self._capacity
        for ring, part in zip(self._parts, examples):
            ring[places] = part
        self._next = (self._next + count) % self._capacity
        self.filled = min(self._capacity, self.filled + count)

    def draw(self, count: int) -> Examples:
        rows = torch.randint(self.filled, (count,))
        return tuple(ring[rows] for ring in self._parts)


def start_from(denoiser: torch.nn.Module, values: dict[str, torch.Tensor]) -> None:
    """Copies every tensor of another denoiser that has the same name and shape."""
    own = denoiser.state_dict()
    same = {n: v for n, v in values.items() if n in own and own[n].shape == v.shape}
    denoiser.load_state_dict(same, strict=False)
    print(f"{len(same)} of {len(own)} tensors are those of another denoiser", flush=True)


def train(
    kind: str,
    denoiser: torch.nn.Module,
    vq: VQModel,
    checkpoint: pathlib.Path,
    minutes: float,
    seed: int,
    export: Callable[[torch.nn.Module], None],
) -> None:
    """Continues from `checkpoint`, if any; exports the average periodically and at the end."""
    loop = run.Loop(kind, denoiser.train(), denoiser.groups(), RECIPE, checkpoint, minutes, seed)
    noising = Noising(networks.scheduler(), torch.device("cpu"))

    def loss_of(noisy, times, told, velocity) -> torch.Tensor:
        # Plain attention: the fused one is several times slower backward on so few tokens.
        with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
            predicted = denoiser(noisy, times, told)
        return F.mse_loss(predicted.float(), velocity)

    pool, exporting = Pool(POOL), run.Timer(EXPORT_EVERY_S)
    while loop.running:
        missing = max(FRESH, FIRST - pool.filled)
        pool.add(KINDS[kind].examples(vq, loop.random, min(64, missing)))
        if pool.filled < FIRST:
            continue
        latents, told = pool.draw(BATCH)
        noisy, times, velocity = noising(latents)
        loop.advance(loss_of, noisy, times, denoiser.told(told), velocity)
        if exporting.due():
            export(loop.averaged())
    loop.save()
    export(loop.averaged())

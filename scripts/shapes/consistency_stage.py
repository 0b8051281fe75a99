"""Distils the UNet for few steps: it learns the end of the guided teacher's trajectory from a noisy latent.

A consistency model (Song et al. 2023) trained on whole trajectories (paths) of the teacher with DDIM steps and guidance;
every point of a path is an input, and its end is the target. Guidance is thereby built in. Paths to pictures that do not show
what their captions say are left out: the teacher's mistakes are not learnt.
"""

from __future__ import annotations

import pathlib
from typing import Callable

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel

from . import networks, run
from .judge import Judges
from .latents import Pool
from .noising import denoiser_groups
from .parallel import Slices
from .scene import Description
from .tokenizer import WordEncoder

GUIDANCE = 2.0  # of 12 teacher steps, 2 gets 90 % of captions right, 3 gets 86 % and 5 gets 75 %
GRID = 50  # points of the consistency model's grid, from the noisiest
STRIDE = 4  # grid points in one step of the teacher
OWN_SHARE = 0.75  # paths that start from states of the student's few-step sampling; the others start from a noisy picture
FEW_STEPS = (4, 4, 4, 2, 3, 6, 8)  # step counts of that sampling, one of which is drawn
START_SHARE = 0.6  # of a batch: the beginnings of paths, which are the inputs of few-step sampling
BATCH = {"cpu": 48, "cuda": 512}
PAIRS = {"cpu": 20_000, "cuda": 400_000}
FIRST_PAIRS = {"cpu": 4_000, "cuda": 100_000}
STARTS = {"cpu": 6_000, "cuda": 120_000}
JUDGES = {"cpu": 0, "cuda": 12}  # processes
WALK_EVERY = 8  # steps; a beginning is then used four times, a later point less than once
PEAK_RATE = 6e-4
EXPORT_EVERY_S = 600.0
SOFTNESS = 0.03  # of the loss: errors well above it (root mean square of a velocity) have equal weight


class Grid:
    """Signal and noise at the grid's points; the point after the last is the clean latent."""

    def __init__(self, device: torch.device):
        schedule = networks.scheduler()
        stride = schedule.config.num_train_timesteps // GRID
        self.times = torch.arange(GRID, 0, -1, device=device) * stride - 1
        kept = schedule.alphas_cumprod.to(device)[self.times]
        clean = torch.ones(1, device=device)
        self._signal = torch.cat([kept.sqrt(), clean])
        self._noise = torch.cat([(1 - kept).sqrt(), 0 * clean])

    def signal(self, points: torch.Tensor) -> torch.Tensor:
        return self._signal[points].view(-1, 1, 1, 1)

    def noise(self, points: torch.Tensor) -> torch.Tensor:
        return self._noise[points].view(-1, 1, 1, 1)


def predict(unet: UNet2DConditionModel, noisy, times, hidden) -> torch.Tensor:
    # Plain attention: the fused one is several times slower backward on so few tokens.
    with torch.autocast(noisy.device.type, torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
        return unet(noisy, times, hidden).sample.float()


class Pairs:
    """A ring buffer of network inputs and their targets; old ones are overwritten."""

    def __init__(self, capacity: int, tokens: int, device: torch.device):
        side = networks.LATENT_SIDE
        self._noisy = torch.zeros(capacity, 4, side, side, device=device)
        self._points = torch.zeros(capacity, dtype=torch.long, device=device)
        self._ids = torch.zeros(capacity, tokens, dtype=torch.long, device=device)
        self._clean = torch.zeros_like(self._noisy)
        self._next = self.filled = 0

    def keep(self, noisy, point: int, ids, clean) -> None:
        capacity = len(self._points)
        places = (torch.arange(len(ids)) + self._next) % capacity
        self._noisy[places], self._clean[places], self._ids[places] = noisy, clean, ids
        self._points[places] = point
        self._next = (self._next + len(ids)) % capacity
        self.filled = min(capacity, self.filled + len(ids))

    def draw(self, count: int) -> tuple[torch.Tensor, ...]:
        rows = torch.randint(self.filled, (count,), device=self._ids.device)
        return self._noisy[rows], self._points[rows], self._ids[rows], self._clean[rows]


class Teacher:
    """Computes paths and stores their points, the beginnings separately."""

    def __init__(
        self,
        unet: UNet2DConditionModel,
        student: UNet2DConditionModel,
        text: CLIPTextModel,
        vae: AutoencoderKL,
        grid: Grid,
        pool: Pool,
    ):
        device = unet.device
        self._unet, self._student, self._text, self._vae = unet, student, text, vae
        self._grid, self._pool = grid, pool
        self._slices, self._batch = Slices(device), BATCH[device.type]
        self._judges = Judges(JUDGES[device.type])
        self._empty = torch.tensor(WordEncoder()(""), device=device)
        self.starts = Pairs(STARTS[device.type], len(self._empty), device)
        self.paths = Pairs(PAIRS[device.type], len(self._empty), device)

    @torch.no_grad()
    def _velocity(self, noisy, times, hidden, without) -> torch.Tensor:
        both = predict(self._unet, noisy.repeat(2, 1, 1, 1), times.repeat(2), torch.cat([without, hidden]))
        unguided, guided = both.chunk(2)
        return unguided + GUIDANCE * (guided - unguided)

    @torch.no_grad()
    def _estimate(self, noisy, times, hidden) -> torch.Tensor:
        return predict(self._student, noisy, times, hidden)

    def _own_picture(self, hidden: torch.Tensor, points: list[int]) -> torch.Tensor:
        """States of the student's sampling at these points: in use it continues from its own estimates, with fresh noise,
        and not from pictures."""
        count = len(hidden)
        clean = torch.zeros(count, 4, networks.LATENT_SIDE, networks.LATENT_SIDE, device=hidden.device)
        for point in points:
            at = torch.full((count,), point, device=hidden.device)
            a, b = self._grid.signal(at), self._grid.noise(at)
            noisy = a * clean + b * torch.randn_like(clean)
            times = self._grid.times[point].expand(count)
            velocity = torch.cat(self._slices.map(self._estimate, noisy, times, hidden))
            clean = a * noisy - b * velocity
        return clean

    def _beginning(self, latents: torch.Tensor, hidden: torch.Tensor) -> tuple[torch.Tensor, int]:
        """A picture, and the point of the grid at which noise is added to it."""
        if torch.rand(()) >= OWN_SHARE:
            return latents, int(torch.randint(GRID, ()))
        steps = FEW_STEPS[int(torch.randint(len(FEW_STEPS), ()))]
        points = [GRID * i // steps for i in range(steps)]
        last = int(torch.randint(steps, ()))
        return self._own_picture(hidden, points[:last]), points[last]

    @torch.no_grad()
    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        with torch.autocast(latents.device.type, torch.bfloat16):
            return self._vae.decode(latents / self._vae.config.scaling_factor).sample.float()

    def _right(self, latents: torch.Tensor, descriptions: list[Description]) -> torch.Tensor:
        """Rows of the latents whose pictures show everything in their captions."""
        decoded = torch.cat(self._slices.map(self._decode, latents)).permute(0, 2, 3, 1)
        pictures = ((decoded + 1) * 127.5).clamp(0, 255).round().to(torch.uint8).cpu().numpy()
        right = [i for i, verdict in enumerate(self._judges(pictures, descriptions)) if verdict.everything]
        return torch.tensor(right, dtype=torch.long, device=latents.device)

    @torch.no_grad()
    def walk(self) -> None:
        """One batch of paths."""
        latents, ids, descriptions = self._pool.draw(self._batch)
        hidden = self._text(ids).last_hidden_state
        without = self._text(self._empty.expand_as(ids)).last_hidden_state
        latents, start = self._beginning(latents, hidden)
        # The first step is sometimes shorter, so that every point of the grid is used.
        path = [start, *range(start + 1 + int(torch.randint(STRIDE, ())), GRID, STRIDE)]
        at = torch.full((len(ids),), start, device=ids.device)
        noisy = self._grid.signal(at) * latents + self._grid.noise(at) * torch.randn_like(latents)
        met = []
        for here, there in zip(path, [*path[1:], GRID]):
            met.append((noisy, here))
            a, b = (f(torch.full_like(at, here)) for f in (self._grid.signal, self._grid.noise))
            c, d = (f(torch.full_like(at, there)) for f in (self._grid.signal, self._grid.noise))
            times = self._grid.times[here].expand(len(ids))
            velocity = torch.cat(self._slices.map(self._velocity, noisy, times, hidden, without))
            noisy = c * (a * noisy - b * velocity) + d * (b * noisy + a * velocity)
        right = self._right(noisy, descriptions)
        for i, (value, point) in enumerate(met):
            ring = self.paths if i else self.starts
            ring.keep(value[right], point, ids[right], noisy[right])

    def draw(self) -> tuple[torch.Tensor, ...]:
        """A batch of beginnings and later points, mixed."""
        first = round(self._batch * START_SHARE)
        parts = zip(self.starts.draw(first), self.paths.draw(self._batch - first))
        mixed = torch.randperm(self._batch, device=self._empty.device)
        return tuple(torch.cat(part)[mixed] for part in parts)


def train(
    text: CLIPTextModel,
    teacher_unet: UNet2DConditionModel,
    unet: UNet2DConditionModel,
    vae: AutoencoderKL,
    checkpoint: pathlib.Path,
    minutes: float,
    seed: int,
    peak_rate: float,
    export: Callable[[UNet2DConditionModel], None],
) -> None:
    """`unet` begins as a copy of the teacher, or as an earlier student. Continues from `checkpoint`, if any."""
    device = unet.device
    grid = Grid(device)
    recipe = run.Recipe(peak_rate=peak_rate, warmup=50, decay=0.998)
    loop = run.Loop("lcm", unet.train(), denoiser_groups(unet), recipe, checkpoint, minutes, seed)
    pool = Pool(vae.eval().to(memory_format=torch.channels_last), 6_000, loop.random)
    pool.add(2_000)
    teacher = Teacher(teacher_unet.eval(), unet, text.eval(), vae, grid, pool)

    def loss_of(noisy, points, ids, clean) -> torch.Tensor:
        with torch.no_grad():
            hidden = text(ids).last_hidden_state
        velocity = predict(unet, noisy, grid.times[points], hidden)
        # As velocities, all noise levels have equal weight. The root limits the weight of targets that the input does not
        # determine (pseudo-Huber: Song and Dhariwal 2023).
        wanted = (grid.signal(points) * noisy - clean) / grid.noise(points)
        squares = (velocity - wanted).square().mean(dim=(1, 2, 3))
        return ((squares + SOFTNESS**2).sqrt() - SOFTNESS).mean()

    exporting = run.Timer(EXPORT_EVERY_S)
    while loop.running:
        ready = teacher.paths.filled >= FIRST_PAIRS[device.type]
        if not ready or loop.step % WALK_EVERY == 0:
            pool.add(32)
            teacher.walk()
        if ready:
            loop.advance(loss_of, *teacher.draw())
        if exporting.due():
            export(loop.averaged())
    loop.save()
    export(loop.averaged())

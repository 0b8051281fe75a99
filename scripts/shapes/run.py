"""Common part of all training stages: clock, checkpoints that survive a kill, averages, log."""

from __future__ import annotations

import copy
import dataclasses
import math
import os
import pathlib
import random
import time

import torch

from .muon import Muon
from .parallel import Gradients, LossOf, Slices

SAVE_EVERY_S = 180.0
LOG_EVERY = 100


class Clock:
    """Counts training time over interrupted runs, so that a schedule ends where the budget ends."""

    def __init__(self, minutes: float, used: float = 0.0):
        self.budget = 60.0 * minutes
        self._start = time.monotonic() - used

    @property
    def used(self) -> float:
        return time.monotonic() - self._start

    @property
    def progress(self) -> float:
        return min(1.0, self.used / self.budget)


class Timer:
    """True once every `seconds` seconds."""

    def __init__(self, seconds: float):
        self._seconds, self._last = seconds, time.monotonic()

    def due(self) -> bool:
        if time.monotonic() - self._last < self._seconds:
            return False
        self._last = time.monotonic()
        return True


class Average:
    """Exponential moving average of parameters; the warm-up lets it follow a short run."""

    def __init__(self, module: torch.nn.Module, decay: float):
        self.decay = decay
        self.steps = 0
        self.values = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: torch.nn.Module) -> None:
        self.steps += 1
        keep = min(self.decay, self.steps / (self.steps + 10))
        for name, value in module.state_dict().items():
            if value.is_floating_point():
                self.values[name].lerp_(value, 1 - keep)
            else:
                self.values[name].copy_(value)

    def state(self) -> dict:
        return {"steps": self.steps, "values": self.values}

    def load(self, state: dict) -> None:
        self.steps, self.values = state["steps"], state["values"]


def save_atomically(state: dict, path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load_if_there(path: pathlib.Path, device: torch.device) -> dict | None:
    return torch.load(path, map_location=device, weights_only=True) if path.exists() else None


def generator(seed: int, step: int) -> random.Random:
    """A fresh stream for every (re)start, the same for the same seed and step."""
    return random.Random(seed * 1_000_003 + step)


def log(stage: str, step: int, clock: Clock, **values: float) -> None:
    figures = "  ".join(f"{name} {value:.5g}" for name, value in values.items())
    spent = f"{clock.used / 60:6.1f}/{clock.budget / 60:.0f} min"
    print(f"{stage:5} step {step:6}  {spent}  {figures}", flush=True)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The optimizer's settings of a stage."""

    peak_rate: float
    warmup: int  # steps
    decay: float  # of the average
    weight_decay: float = 0.01
    last_rate: float = 0.01  # share of the peak at the end of the budget

    def rate(self, progress: float, step: int) -> float:
        """Linear warm-up over steps, then a cosine over the time budget."""
        cosine = 0.5 * (1 + math.cos(math.pi * progress))
        falling = self.last_rate + (1 - self.last_rate) * cosine
        return self.peak_rate * min(1.0, (step + 1) / self.warmup) * falling


class Loop:
    """Steps with an average, a log and a checkpoint, until the time budget is used up.

    `groups` are the optimizer's; a group's "scale" is its multiple of the common rate.
    """

    def __init__(
        self,
        stage: str,
        model: torch.nn.Module,
        groups: list[dict],
        recipe: Recipe,
        checkpoint: pathlib.Path,
        minutes: float,
        seed: int,
    ):
        self.model, self.step, used = model, 0, 0.0
        self._stage, self._recipe, self._checkpoint = stage, recipe, checkpoint
        device = next(model.parameters()).device
        slices = Slices(device)
        self._optimizer = Muon(groups, recipe.peak_rate, recipe.weight_decay, slices)
        self._average = Average(model, recipe.decay)
        self._gradients = Gradients(model.parameters(), slices)
        if state := load_if_there(checkpoint, device):
            used = self._restore(state)
        torch.manual_seed(seed + self.step)
        self.random = generator(seed, self.step)
        self.clock = Clock(minutes, used)
        self._saving, self._losses = Timer(SAVE_EVERY_S), []

    def _restore(self, state: dict) -> float:
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._average.load(state["average"])
        self.step = state["step"]
        return state["used"]

    def save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "average": self._average.state(),
            "step": self.step,
            "used": self.clock.used,
        }
        save_atomically(state, self._checkpoint)

    @property
    def running(self) -> bool:
        return self.clock.progress < 1

    def advance(self, loss_of: LossOf, *batch: torch.Tensor) -> None:
        """One step on a batch whose tensors are sliced over the threads."""
        rate = self._recipe.rate(self.clock.progress, self.step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        self._losses.append(self._gradients(loss_of, *batch))
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._average.update(self.model)
        self.step += 1
        if self.step % LOG_EVERY == 0:
            log(self._stage, self.step, self.clock, loss=sum(self._losses) / len(self._losses))
            self._losses.clear()
        if self._saving.due():
            self.save()

    def averaged(self) -> torch.nn.Module:
        """A copy of the model with the averaged parameters."""
        smooth = copy.deepcopy(self.model)
        smooth.load_state_dict(self._average.values)
        return smooth.eval()

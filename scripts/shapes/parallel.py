"""Work on the slices of a batch, one thread per slice, with single-threaded operators.

The operators' own threads synchronise at spinning barriers: as soon as another program uses the cores, a
step takes five times as long. Slices synchronise once per step.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable
from typing import TypeVar

import torch

LossOf = Callable[..., torch.Tensor]
Result = TypeVar("Result")


class Slices:
    """As many threads as torch may use on the CPU; one for a GPU, which does its own slicing."""

    def __init__(self, device: torch.device):
        self._threads = torch.get_num_threads() if device.type == "cpu" else 1
        self._pool = concurrent.futures.ThreadPoolExecutor(
            self._threads, initializer=torch.set_num_threads, initargs=(1,)
        )

    def map(self, function: Callable[..., Result], *batch: torch.Tensor) -> list[Result]:
        """`function` gets a slice of every tensor; its results in the order of the slices."""
        return list(self._pool.map(function, *(part.chunk(self._threads) for part in batch)))

    def each(self, function: Callable[..., Result], items: Iterable) -> list[Result]:
        """`function` of every item, spread over the threads."""
        return list(self._pool.map(function, items))


class Gradients:
    """Fills .grad of `parameters` with the gradient of the mean loss over the slices."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter], slices: Slices):
        self._parameters, self._slices = list(parameters), slices

    def __call__(self, loss_of: LossOf, *batch: torch.Tensor) -> float:
        """`loss_of` gets a slice of every tensor of the batch; returns the mean of its results."""

        def work(*part: torch.Tensor):
            loss = loss_of(*part)
            gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
            return loss.detach(), gradients

        results = self._slices.map(work, *batch)
        for parameter, *gradients in zip(self._parameters, *(g for _, g in results)):
            known = [g for g in gradients if g is not None]
            parameter.grad = sum(known) / len(results) if known else None
        return sum(loss.item() for loss, _ in results) / len(results)

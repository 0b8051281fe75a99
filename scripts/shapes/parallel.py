"""Gradients of one batch on several threads, each with a slice and with single-threaded operators.

The operators' own threads meet at spinning barriers: as soon as another program uses the cores, a
step takes five times as long. Slices meet once a step.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable

import torch

LossOf = Callable[..., torch.Tensor]


class Gradients:
    """Fills .grad of `parameters` with the gradient of the mean loss over the slices."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter]):
        self._parameters = list(parameters)
        on_cpu = self._parameters[0].device.type == "cpu"
        self._threads = torch.get_num_threads() if on_cpu else 1
        self._pool = concurrent.futures.ThreadPoolExecutor(
            self._threads, initializer=torch.set_num_threads, initargs=(1,)
        )

    def _of_slice(self, loss_of: LossOf, part: tuple[torch.Tensor, ...]):
        loss = loss_of(*part)
        gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        return loss.detach(), gradients

    def __call__(self, loss_of: LossOf, *batch: torch.Tensor) -> float:
        """`loss_of` gets a slice of every tensor of the batch; returns the mean of its results."""
        slices = list(zip(*(tensor.chunk(self._threads) for tensor in batch), strict=True))
        results = list(self._pool.map(lambda part: self._of_slice(loss_of, part), slices))
        for parameter, *gradients in zip(self._parameters, *(g for _, g in results)):
            known = [g for g in gradients if g is not None]
            parameter.grad = sum(known) / len(slices) if known else None
        return sum(loss.item() for loss, _ in results) / len(slices)

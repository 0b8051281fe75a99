"""An optimizer for few steps: orthogonalised momentum (Muon) for matrices, Adam for all else.

Formulas: K. Jordan et al., "Muon: an optimizer for hidden layers", 2024; the scale that lets Adam's
learning rate serve both is from J. Liu et al., "Muon is scalable for LLM training", 2025.
"""

from __future__ import annotations

import math

import torch

from .parallel import Slices

ROUNDS = 5
# Coefficients of the odd quintic that drives all singular values towards one.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalised(matrix: torch.Tensor) -> torch.Tensor:
    """Newton-Schulz rounds; singular values end near one, which bfloat16 is enough for."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = (wide / (wide.norm() + 1e-7)).bfloat16()
    a, b, c = QUINTIC
    for _ in range(ROUNDS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x if wide is matrix else x.T).float()


class Muon(torch.optim.Optimizer):
    """Groups with "orthogonal" set hold tensors that are matrices [out, everything else]."""

    def __init__(self, groups: list[dict], lr: float, weight_decay: float, slices: Slices):
        defaults = {"lr": lr, "weight_decay": weight_decay, "orthogonal": False}
        super().__init__(groups, defaults)
        self._slices = slices

    def step(self) -> None:
        work = [(group, p) for group in self.param_groups for p in group["params"]]
        self._slices.each(self._change, [(g, p) for g, p in work if p.grad is not None])

    @torch.no_grad()
    def _change(self, item: tuple[dict, torch.nn.Parameter]) -> None:
        group, parameter = item
        update = self._matrix_update if group["orthogonal"] else self._adam_update
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.sub_(update(parameter, self.state[parameter]), alpha=group["lr"])

    @staticmethod
    def _matrix_update(parameter: torch.Tensor, state: dict, keep: float = 0.95) -> torch.Tensor:
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        state["momentum"].lerp_(parameter.grad, 1 - keep)
        ahead = parameter.grad.lerp(state["momentum"], keep).flatten(1)
        scale = 0.2 * math.sqrt(max(ahead.shape))
        return (scale * orthogonalised(ahead)).view_as(parameter)

    @staticmethod
    def _adam_update(parameter: torch.Tensor, state: dict) -> torch.Tensor:
        first, second = 0.9, 0.99
        if not state:
            state |= {"count": 0, "mean": torch.zeros_like(parameter)}
            state["square"] = torch.zeros_like(parameter)
        state["count"] += 1
        state["mean"].lerp_(parameter.grad, 1 - first)
        state["square"].lerp_(parameter.grad.square(), 1 - second)
        root = (state["square"] / (1 - second ** state["count"])).sqrt_().add_(1e-8)
        return state["mean"] / (1 - first ** state["count"]) / root

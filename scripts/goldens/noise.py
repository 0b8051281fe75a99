"""Golden noise: the first and the second draw of torch.randn on the CPU for a seed."""

from pathlib import Path

import torch

from goldens.reference import generator, write_tensors

SEEDS = (0, 42, 2**32 + 42, 2**63, 2**63 + 7)
SHAPES = ((6,), (15,), (16,), (17,), (20,), (3, 4, 9, 7))
LARGE = (4, 64, 64)
ENDS = 24


def ends(tensor):
    return torch.cat([tensor.flatten()[:ENDS], tensor.flatten()[-ENDS:]])


def draws(seed, shape):
    source = generator(seed)
    return [torch.randn(shape, generator=source) for _ in range(2)]


def make(out_dir: Path) -> None:
    tensors = {}
    for seed in SEEDS:
        for shape in SHAPES:
            name = "x".join(map(str, shape))
            for index, drawn in enumerate(draws(seed, shape)):
                tensors[f"seed_{seed}.shape_{name}.draw_{index}"] = drawn
        for index, drawn in enumerate(draws(seed, LARGE)):
            tensors[f"seed_{seed}.ends_{'x'.join(map(str, LARGE))}.draw_{index}"] = ends(drawn)
    write_tensors(out_dir / "randn.safetensors", tensors)

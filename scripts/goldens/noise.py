"""Golden noise: the first and the second draw of torch.randn on the CPU for a seed; and, in brownian.json, increments of
Brownian motions: numpy's seeds, torchsde's tree, and the noise of diffusers' SDE scheduler in whole runs.
"""

import json
import warnings
from pathlib import Path
from unittest import mock

import diffusers
import numpy
import torch
import torchsde
from diffusers.schedulers import scheduling_dpmsolver_sde

from goldens.reference import VERSIONS, generator, write_tensors

SEEDS = (0, 42, 2**32 + 42, 2**63, 2**63 + 7)
SHAPES = ((6,), (15,), (16,), (17,), (20,), (3, 4, 9, 7))
LARGE = (4, 64, 64)
ENDS = 24


def ends(tensor):
    return torch.cat([tensor.flatten()[:ENDS], tensor.flatten()[-ENDS:]])


def draws(seed, shape):
    source = generator(seed)
    return [torch.randn(shape, generator=source) for _ in range(2)]


def numbers(tensor, count=20):
    return [float(f"{float(value):.8g}") for value in tensor.flatten()[:count]]


def seed_word(entropy, key):
    spawn = {"spawn_key": tuple(key)} if key else {}
    return int(numpy.random.SeedSequence(entropy=entropy, pool_size=24, **spawn).generate_state(1)[0])


def increment(seed, low, high, shape, begin, end):
    tree = torchsde.BrownianInterval(t0=low, t1=high, size=shape, dtype=torch.float32, device="cpu", entropy=seed,
                                     tol=1e-6, pool_size=24, halfway_tree=True)
    return {"seed": seed, "low": low, "high": high, "shape": shape, "begin": begin, "end": end,
            "values": numbers(tree(begin, end))}


def sde_run(seed, steps, config):
    """The unit noises that DPMSolverSDEScheduler draws."""
    class Recorder(scheduling_dpmsolver_sde.BrownianTreeNoiseSampler):
        noises = []

        def __call__(self, sigma, sigma_next):
            self.noises.append(numbers(noise := super().__call__(sigma, sigma_next), 6))
            return noise

    shape = (1, 4, 8, 8)
    scheduler = diffusers.DPMSolverSDEScheduler.from_config({**config, "noise_sampler_seed": seed})
    scheduler.set_timesteps(steps)
    sample = torch.zeros(shape)
    with mock.patch.object(scheduling_dpmsolver_sde, "BrownianTreeNoiseSampler", Recorder):
        for timestep in scheduler.timesteps:
            scheduler.scale_model_input(sample, timestep)
            sample = scheduler.step(torch.zeros(shape), timestep, sample).prev_sample
    return {"seed": seed, "steps": steps, "config": config, "shape": shape, "noises": Recorder.noises}


def brownian():
    keys = [(0, []), (42, []), (2**32 + 42, []), (2**63 + 7, []), (42, [5, 3]), (7, [2**33 + 1, 34]), (2**40, [0, 0])]
    stable = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    spans = [(6.678, 14.614641), (3.5221, 6.678), (0.029167, 14.614641), (0.03, 0.031), (1.25, 1.250001), (0.5, 9.1)]
    increments = [increment(seed, 0.029167, 14.614641, (1, 4, 8, 8), *span) for seed in (42, 2**33 + 5) for span in spans]
    increments += [increment(3, 0.25, 700.125, (2, 3), 1.5, 600), increment(3, 0, 1, (5,), 0.3, 0.9)]
    runs = [sde_run(42, 8, stable), sde_run(42, 8, {**stable, "use_karras_sigmas": True}), sde_run(7, 20, stable),
            sde_run(11, 20, {"timestep_spacing": "trailing"}), sde_run(5, 3, {**stable, "timestep_spacing": "leading"})]
    return {"made_by": {**VERSIONS, "torchsde": torchsde.__version__},
            "seeds": [{"entropy": entropy, "key": key, "word": seed_word(entropy, key)} for entropy, key in keys],
            "increments": increments, "runs": runs}


def write_brownian(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchsde warns about ends that rounding moves
        golden = brownian()
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"seed', '\n{"seed') + "\n")


def make(out_dir: Path) -> None:
    write_brownian(out_dir / "brownian.json")
    tensors = {}
    for seed in SEEDS:
        for shape in SHAPES:
            name = "x".join(map(str, shape))
            for index, drawn in enumerate(draws(seed, shape)):
                tensors[f"seed_{seed}.shape_{name}.draw_{index}"] = drawn
        for index, drawn in enumerate(draws(seed, LARGE)):
            tensors[f"seed_{seed}.ends_{'x'.join(map(str, LARGE))}.draw_{index}"] = ends(drawn)
    write_tensors(out_dir / "randn.safetensors", tensors)

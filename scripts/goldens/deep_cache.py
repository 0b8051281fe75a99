"""Golden values of DeepCache: outputs of its authors' helper with a small UNet, and the refresh schedules of their rule.

The network runs in doubles, so that only the rounding errors of the compared implementation matter.
The helper hard-codes three modules per level, so the UNet is the one with two layers a level (networks/unet_sd1). It counts
by position in the list of timesteps, which for PNDM, whose list holds one timestep twice, is not the position of the call;
so PNDM has no golden.
"""

import json
import types
from pathlib import Path

import diffusers
import numpy
import torch
from DeepCache import DeepCacheSDHelper

from goldens.reference import VERSIONS, generator, reproducible, write_tensors

CALLS, SIDE, TOKENS, KEPT = 10, 8, 7, 32
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
SCHEDULERS = {"ddim": diffusers.DDIMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=False),
              "euler": diffusers.EulerDiscreteScheduler(**BETAS)}
INTERVALS, BRANCHES = (2, 3, 5), 12
QUADS = [(50, 2, 15, 1.5), (50, 3, 15, 1.4), (50, 5, 15, 1.4), (50, 5, 10, 1.5), (50, 5, 15, 1.3), (50, 10, 15, 1.4),
         (250, 20, 120, 1.2), (250, 10, 110, 1.2), (20, 3, 5, 1.4), (30, 4, 12, 1.6), (100, 7, 33, 1.25),
         (1000, 9, 400, 1.7)]


def sample(unet, scheduler, noise, context, interval, branch):
    """The samples after each call, [CALLS, ...]; interval 1 is the plain run."""
    pipe = types.SimpleNamespace(unet=unet, scheduler=scheduler)
    helper = DeepCacheSDHelper(pipe=pipe)
    helper.set_params(cache_interval=interval, cache_branch_id=branch - 1)
    scheduler.set_timesteps(CALLS)
    if interval > 1:
        helper.enable()
    x, samples = noise * scheduler.init_noise_sigma, []
    for timestep in scheduler.timesteps:
        output = unet(scheduler.scale_model_input(x, timestep).double(), timestep, encoder_hidden_states=context).sample
        x = scheduler.step(output, timestep, x).prev_sample
        samples.append(x)
    if interval > 1:
        helper.disable()
    return torch.stack(samples)


def thin(samples):
    """KEPT evenly spaced values of each call."""
    flat = samples.flatten(1)
    return flat[:, :: flat.shape[1] // KEPT].float().contiguous()


def make_samples(out_dir):
    unet = diffusers.UNet2DConditionModel.from_pretrained(out_dir.parent / "networks" / "unet_sd1",
                                                          dtype=torch.float32).double()
    source = generator(77)
    noise = torch.randn(1, 4, SIDE, SIDE, generator=source)
    context = torch.randn(1, TOKENS, unet.config.cross_attention_dim, generator=source)
    for name, scheduler in SCHEDULERS.items():
        wide = (noise.double(), context.double())
        tensors = {"noise": noise, "context": context, "plain": thin(sample(unet, scheduler, *wide, 1, 1))}
        for interval in INTERVALS:
            for branch in range(1, BRANCHES + 1):
                samples = sample(unet, scheduler, *wide, interval, branch)
                tensors[f"interval_{interval}.branch_{branch}"] = thin(samples)
        write_tensors(out_dir / f"{name}.safetensors", tensors)


def quadratic(calls, interval, center, power):
    """The rule of the authors' code, reimplemented: real parts of complex powers, truncated to integers."""
    count = -(-calls // interval)
    while power > 1:
        roots = numpy.linspace((-center) ** (1 / power), (calls - center) ** (1 / power), count + 1)
        whole = numpy.unique(numpy.real(roots**power).astype(numpy.int32))
        chosen = [0] + [int(value) + center for value in whole[1:-1]]
        if len(chosen) == count:
            return chosen
        power -= 0.02
    return None


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    with reproducible():
        make_samples(out_dir)
    lines = ",\n".join(json.dumps({"calls": q[0], "interval": q[1], "center": q[2], "power": q[3],
                                   "refreshes": quadratic(*q)}) for q in QUADS)
    (out_dir / "quadratic.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases": [\n{lines}\n]}}\n')

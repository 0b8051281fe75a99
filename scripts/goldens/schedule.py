"""Golden values of the noise schedules: results of diffusers' schedulers with a small artificial network.

make(out_dir) writes trajectories.json: for every case the timesteps, the sigmas where the scheduler has them, and
the sample after (some of) the steps. All draws of a case are successive rows of the file's `noise`, the initial noise
first. solvers.json has the same for the cases of solver_cases.py. And signatures.json: for every scheduler class the keys
of its configuration with their defaults.
"""

import contextlib
import inspect
import json
import math
import sys
from pathlib import Path
from unittest import mock

import diffusers
import numpy
import torch

from goldens import solver_cases

CLASSES = {
    "ddim": diffusers.DDIMScheduler,
    "ddpm": diffusers.DDPMScheduler,
    "pndm": diffusers.PNDMScheduler,
    "euler": diffusers.EulerDiscreteScheduler,
    "euler_a": diffusers.EulerAncestralDiscreteScheduler,
    "dpmpp_2m": diffusers.DPMSolverMultistepScheduler,
    "dpmpp_2m_karras": diffusers.DPMSolverMultistepScheduler,
    "lcm": diffusers.LCMScheduler,
}
ALL_CLASSES = {**solver_cases.CLASSES, **CLASSES}
# Settings of each name in addition to its class's defaults, unless a configuration overrides them.
IMPLIED = {"pndm": {"skip_prk_steps": True}, "dpmpp_2m_karras": {"use_karras_sigmas": True}}
SHAPE = (1, 2, 2, 2)
SEED = 11
NOISE_ROWS = 60
IMAGE = torch.linspace(-1.1, 0.9, 8).reshape(SHAPE)

STABLE_DIFFUSION = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1,
                    "clip_sample": False, "set_alpha_to_one": False}
ZERO_SNR = {**STABLE_DIFFUSION, "prediction_type": "v_prediction", "timestep_spacing": "trailing",
            "rescale_betas_zero_snr": True}
SIGMA_SOLVERS = ("euler", "dpmpp_2m")


def network(sample, timestep):
    """Replaces a U-Net: bounded, smooth, different at every timestep, and rounded once."""
    wide = sample.double()
    return (0.3 * torch.sin(wide * 1.7 + float(timestep) / 200) + 0.1 * wide).to(sample.dtype)


def make_scheduler(solver, config):
    return CLASSES[solver].from_config({**IMPLIED.get(solver, {}), **config})


def first_sample(scheduler, noise, steps, strength):
    """The kept timesteps and the sample before the first of them, as the pipelines for text and for images make them."""
    start = 0 if strength is None else max(steps - min(int(steps * strength), steps), 0)
    timesteps = scheduler.timesteps[start * scheduler.order:]
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(start * scheduler.order)
    if strength is None:
        return timesteps, noise * scheduler.init_noise_sigma
    return timesteps, scheduler.add_noise(IMAGE, noise, timesteps[:1])


class DoubleTorch:
    """The torch module, with float64 under the name float32."""

    float32 = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)


@contextlib.contextmanager
def in_double(scheduler):
    """The scheduler's formulas on its fp32 table of sigmas, without rounding its steps to fp32.

    The Euler schedulers subtract sigmas and samples from one another; where these are in the thousands, rounding them
    to fp32 leaves errors of 1e-3 in what remains.
    """
    def draw(shape, generator, **_):
        return torch.randn(shape, generator=generator).double()

    scheduler.sigmas = scheduler.sigmas.double()
    module = sys.modules[type(scheduler).__module__]
    with mock.patch.object(module, "torch", DoubleTorch()), mock.patch.object(module, "randn_tensor", draw, create=True):
        yield


def is_huge(scheduler, solver):
    return solver.startswith("euler") and scheduler.sigmas.max() > 1000


def run(solver, config, steps, strength=None, eta=0.0):
    """One trajectory: (scheduler, timesteps, samples); samples[0] is the one before the first step."""
    scheduler = make_scheduler(solver, config)
    scheduler.set_timesteps(steps)
    with in_double(scheduler) if is_huge(scheduler, solver) else contextlib.nullcontext():
        return scheduler, *walk(scheduler, steps, strength, eta)


def walk(scheduler, steps, strength, eta):
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.randn(SHAPE, generator=generator)
    if hasattr(scheduler, "sigmas"):
        noise = noise.to(scheduler.sigmas.dtype)
    timesteps, sample = first_sample(scheduler, noise, steps, strength)
    accepted = inspect.signature(scheduler.step).parameters
    extra = {key: value for key, value in {"generator": generator, "eta": eta}.items() if key in accepted}
    samples = [sample]
    for timestep in timesteps:
        output = network(scheduler.scale_model_input(samples[-1], timestep), timestep)
        samples.append(scheduler.step(output, timestep, samples[-1], **extra).prev_sample)
    return timesteps, samples


class RowsOfNoise:
    """Replaces a Brownian motion: successive rows of the noise, and a list of the requested sigmas."""

    def __init__(self, generator):
        self.generator = generator
        self.spans = []

    def __call__(self, sigma, sigma_next):
        self.spans.append(numbers((sigma, sigma_next), 8))
        return torch.randn(SHAPE, generator=self.generator)


def numbers(values, digits):
    return [float(f"{float(value):.{digits}g}") for value in values]


def case(solver, config, steps, strength=None, eta=0.0, every=1):
    scheduler, timesteps, samples = run(solver, config, steps, strength, eta)
    kept = [i for i in range(len(timesteps)) if (i + 1) % every == 0 or i + 1 == len(timesteps)]
    made = {"solver": solver, "config": config, "steps": steps, "kept": kept,
            "timesteps": numbers((timesteps[i] for i in kept), 9),
            "first": numbers(samples[0].flatten(), 9),
            "samples": [numbers(samples[i + 1].flatten(), 8) for i in kept]}
    assert all(math.isfinite(value) for row in made["samples"] for value in row), made
    if strength is not None:
        made["strength"] = strength
    if eta:
        made["eta"] = eta
    if hasattr(scheduler, "sigmas"):
        skipped = len(scheduler.timesteps) - len(timesteps)
        made["sigmas"] = numbers((scheduler.sigmas[skipped + i] for i in kept), 9)
    return made


def prediction_types(solver):
    return ["epsilon", "v_prediction"] + ([] if solver in ("pndm", "euler_a") else ["sample"])


def common_cases(solver):
    yield case(solver, {}, 20)
    for steps in (1, 2, 3, 4, 7, 20, 50):
        yield case(solver, STABLE_DIFFUSION, steps, every=1 if steps <= 20 else 7)
    for steps, strength in ((4, 0.75), (7, 1.0), (10, 0.6), (20, 0.3), (3, 0.34)):
        yield case(solver, STABLE_DIFFUSION, steps, strength)
    for prediction in prediction_types(solver)[1:]:
        yield case(solver, {**STABLE_DIFFUSION, "prediction_type": prediction}, 7)
    yield case(solver, {**STABLE_DIFFUSION, "num_train_timesteps": 500}, 7)
    yield case(solver, {**STABLE_DIFFUSION, "trained_betas": numbers(torch.linspace(1e-3, 0.05, 60), 6),
                        "num_train_timesteps": 60, "original_inference_steps": 20}, 6)
    yield case(solver, {**STABLE_DIFFUSION, "beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction",
                        "lambda_min_clipped": -5.1}, 8)


def spacing_cases(solver):
    for spacing in ("leading", "linspace", "trailing"):
        for prediction in prediction_types(solver)[:2]:
            yield case(solver, {**STABLE_DIFFUSION, "timestep_spacing": spacing, "prediction_type": prediction}, 16)
        yield case(solver, {**STABLE_DIFFUSION, "timestep_spacing": spacing}, 9, strength=0.7)
        yield case(solver, {**STABLE_DIFFUSION, "timestep_spacing": spacing}, 1)


def zero_snr_cases(solver):
    for steps in (1, 4, 20):
        yield case(solver, ZERO_SNR, steps)
    yield case(solver, ZERO_SNR, 8, strength=0.5)


def clip_cases(solver):
    for clip in (0.4, 2.5):
        yield case(solver, {**STABLE_DIFFUSION, "clip_sample": True, "clip_sample_range": clip}, 6)


def thresholding_cases(solver):
    for change in solver_cases.DYNAMIC:
        yield case(solver, {**STABLE_DIFFUSION, **change}, 8)


def respaced_cases(solver):
    for key in ("use_karras_sigmas", "use_exponential_sigmas"):
        for steps in (1, 2, 7, 20):
            yield case(solver, {**STABLE_DIFFUSION, key: True}, steps)
        yield case(solver, {**STABLE_DIFFUSION, key: True, "timestep_spacing": "leading"}, 10, strength=0.45)
        yield case(solver, {**STABLE_DIFFUSION, key: True, "final_sigmas_type": "sigma_min", "sigma_min": 0.1,
                            "sigma_max": 9.5}, 6)
    yield case(solver, {**STABLE_DIFFUSION, "final_sigmas_type": "sigma_min"}, 7)


def multistep_cases(solver):
    changes = ({"solver_type": "heun"}, {"solver_type": "bh2"}, {"solver_order": 1}, {"euler_at_final": True},
               {"lower_order_final": False}, {"lower_order_final": False, "final_sigmas_type": "sigma_min"},
               {"solver_type": "heun", "final_sigmas_type": "sigma_min"})
    for change in changes:
        for steps in (7, 16):
            yield case(solver, {**STABLE_DIFFUSION, **change}, steps)


def runge_kutta_cases():
    """PNDM with its class's default, without skip_prk_steps."""
    def prk(steps, every=1, **change):
        return case("pndm", {**STABLE_DIFFUSION, "skip_prk_steps": False, **change}, steps, every=every)

    for steps in (4, 5, 7, 10, 20):
        yield prk(steps)
    yield prk(50, every=7)
    yield prk(1000, every=111, timestep_spacing="trailing")
    yield prk(9, prediction_type="v_prediction")
    yield prk(6, set_alpha_to_one=True)
    yield prk(7, num_train_timesteps=500)
    for spacing in ("linspace", "trailing"):
        yield prk(16, timestep_spacing=spacing)
    yield case("pndm", {"skip_prk_steps": False}, 11)


def algorithm_cases():
    """The other orders and algorithms of DPMSolverMultistepScheduler."""
    def dpm(steps, strength=None, **change):
        return case("dpmpp_2m", {**STABLE_DIFFUSION, **change}, steps, strength)

    for change in ({}, {"lower_order_final": False}, {"final_sigmas_type": "sigma_min"}):
        for steps in (2, 3, 7, 16):
            yield dpm(steps, solver_order=3, **change)
    yield dpm(9, solver_order=3, prediction_type="v_prediction", use_karras_sigmas=True)
    yield dpm(10, 0.6, solver_order=3)
    ends_noisy = {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}
    for order in (1, 2, 3):
        yield dpm(7, solver_order=order, **ends_noisy)
        yield dpm(16, solver_order=order, **ends_noisy)
    yield dpm(16, solver_type="heun", **ends_noisy)
    yield dpm(8, prediction_type="sample", **ends_noisy)
    for algorithm, end in (("sde-dpmsolver++", "zero"), ("sde-dpmsolver", "sigma_min")):
        both = {"algorithm_type": algorithm, "final_sigmas_type": end}
        for steps in (1, 7, 20):
            yield dpm(steps, **both)
        yield dpm(7, solver_order=1, **both)
        yield dpm(16, solver_type="heun", **both)
        yield dpm(8, prediction_type="v_prediction", use_karras_sigmas=True, **both)
        yield dpm(10, 0.6, **both)
    yield case("dpmpp_2m", {**ZERO_SNR, "algorithm_type": "sde-dpmsolver++"}, 8)
    for steps in (1, 7, 20):
        yield dpm(steps, use_lu_lambdas=True)
    yield dpm(7, solver_order=3, use_lu_lambdas=True, beta_schedule="squaredcos_cap_v2",
              prediction_type="v_prediction")


def many_steps_cases():
    """As many steps as there are training timesteps, or one less, for the solvers that draw no noise."""
    for solver, spacing, steps in (("ddim", "trailing", 1000), ("ddim", "leading", 999), ("pndm", "trailing", 1000),
                                   ("pndm", "linspace", 999), ("euler", "linspace", 1000), ("euler", "leading", 1000),
                                   ("dpmpp_2m", "trailing", 1000), ("dpmpp_2m_karras", "linspace", 1000)):
        yield case(solver, {**STABLE_DIFFUSION, "timestep_spacing": spacing}, steps, every=111)


def own_cases():
    for eta in (0.5, 1.0):
        yield case("ddim", STABLE_DIFFUSION, 6, eta=eta)
    yield case("ddim", {**STABLE_DIFFUSION, "set_alpha_to_one": True}, 6)
    yield case("ddim", {**STABLE_DIFFUSION, "timestep_spacing": "trailing"}, 5, eta=0.3)
    yield case("pndm", {**STABLE_DIFFUSION, "set_alpha_to_one": True}, 6)
    yield case("ddpm", {**STABLE_DIFFUSION, "variance_type": "fixed_large"}, 6)
    yield case("ddpm", {**STABLE_DIFFUSION, "variance_type": "fixed_small_log"}, 6)
    yield case("ddpm", {"beta_schedule": "sigmoid", "clip_sample": False}, 6)
    yield case("lcm", {**STABLE_DIFFUSION, "original_inference_steps": 40, "timestep_scaling": 0.02}, 8)


def all_cases():
    for solver in CLASSES:
        yield from common_cases(solver)
        if solver not in ("lcm", "dpmpp_2m_karras"):
            yield from spacing_cases(solver)
        if solver != "pndm":
            yield from zero_snr_cases(solver)
        if solver in ("ddim", "ddpm", "lcm"):
            yield from clip_cases(solver)
        if solver in ("ddim", "ddpm"):
            yield from thresholding_cases(solver)
        if solver in SIGMA_SOLVERS:
            yield from respaced_cases(solver)
    yield from multistep_cases("dpmpp_2m")
    yield from own_cases()
    yield from runge_kutta_cases()
    yield from algorithm_cases()
    yield from many_steps_cases()


def many_solver_case(asked):
    """A case of solver_cases.py with the sample before the first step, after some of the steps, and after the last."""
    solver, strength = asked["solver"], asked.get("strength")
    config = {**solver_cases.IMPLIED.get(solver, {}), **asked["config"]}
    scheduler = solver_cases.make_scheduler(solver, config)
    scheduler.set_timesteps(asked["steps"])
    double = solver_cases.in_double(solver, config)
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.randn(SHAPE, generator=generator)
    if double:
        noise = noise.double()
    timesteps, sample = first_sample(scheduler, noise, asked["steps"], strength)
    motion = RowsOfNoise(generator)
    if solver == "dpmpp_sde":
        scheduler.noise_sampler = motion
    accepted = inspect.signature(scheduler.step).parameters
    extra = {"generator": generator, "eta": asked.get("eta", 0.0)}
    extra = {key: value for key, value in extra.items() if key in accepted}
    samples = [sample]
    with in_double(scheduler) if double else contextlib.nullcontext():
        for timestep in timesteps:
            output = network(scheduler.scale_model_input(samples[-1], timestep), timestep)
            samples.append(scheduler.step(output, timestep, samples[-1], **extra).prev_sample)
    every = max(len(timesteps) // 2, 1)
    kept = [i for i in range(len(timesteps)) if (i + 1) % every == 0 or i + 1 == len(timesteps)]
    made = {**asked, "kept": kept, "timesteps": numbers((timesteps[i] for i in kept), 9), "first": numbers(sample.flatten(), 9),
            "samples": [numbers(samples[i + 1].flatten(), 8) for i in kept]}
    assert all(math.isfinite(value) for row in made["samples"] for value in row), made
    if motion.spans:
        made["spans"] = motion.spans
    return made


def signature(scheduler_class):
    """Key -> default of a constructor; infinities as text, which JSON does not have."""
    parameters = list(inspect.signature(scheduler_class.__init__).parameters.values())[1:]
    defaults = {parameter.name: parameter.default for parameter in parameters if parameter.kind != parameter.VAR_KEYWORD}
    return {key: str(value) if isinstance(value, float) and math.isinf(value) else value
            for key, value in defaults.items()}


def write_signatures(path):
    known = ALL_CLASSES.values()
    classes = {scheduler_class.__name__: signature(scheduler_class) for scheduler_class in known}
    path.write_text(json.dumps({"made_by": {"diffusers": diffusers.__version__}, "classes": classes}, indent=1) + "\n")


def write_cases(path, head, cases):
    rows = ",\n".join(json.dumps(made, separators=(",", ":")) for made in cases)
    path.write_text(f'{head},\n"cases":[\n{rows}\n]}}\n')


def make(out_dir: Path) -> None:
    diffusers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    golden = {
        "made_by": {"diffusers": diffusers.__version__, "torch": torch.__version__, "numpy": numpy.__version__},
        "image": numbers(IMAGE.flatten(), 9),
        "noise": [numbers(torch.randn(SHAPE, generator=generator).flatten(), 9) for _ in range(NOISE_ROWS)],
    }
    head = json.dumps(golden, separators=(",", ":"))[:-1]
    out_dir.mkdir(parents=True, exist_ok=True)
    write_cases(out_dir / "trajectories.json", head, all_cases())
    write_cases(out_dir / "solvers.json", head, map(many_solver_case, solver_cases.all_cases()))
    write_signatures(out_dir / "signatures.json")

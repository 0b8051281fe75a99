"""The cases of solvers.json (see schedule.py): the solvers with many options.

A case names the solver, the configuration of its class, steps, and for some a strength or an eta. The reference is run
with the network and the noise of schedule.py. Of the noise of a Brownian motion, each value is a row of that noise, too.
"""

import diffusers
import numpy

SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1,
      "clip_sample": False, "set_alpha_to_one": False}
OTHER = {"beta_start": 0.0015, "beta_end": 0.0195, "beta_schedule": "linear"}
VELOCITY = {"prediction_type": "v_prediction"}
RESPACED = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
# In the first, every bound is 1.
DYNAMIC = ({"thresholding": True}, {"thresholding": True, "dynamic_thresholding_ratio": 0.7, "sample_max_value": 6.0})
SPACINGS = ("linspace", "leading", "trailing")

CLASSES = {
    "unipc": diffusers.UniPCMultistepScheduler,
    "dpmpp_single": diffusers.DPMSolverSinglestepScheduler,
    "sa_solver": diffusers.SASolverScheduler,
    "deis": diffusers.DEISMultistepScheduler,
    "heun": diffusers.HeunDiscreteScheduler,
    "kdpm2": diffusers.KDPM2DiscreteScheduler,
    "kdpm2_a": diffusers.KDPM2AncestralDiscreteScheduler,
    "dpmpp_sde": diffusers.DPMSolverSDEScheduler,
    "lms": diffusers.LMSDiscreteScheduler,
    "tcd": diffusers.TCDScheduler,
    "ddim_inverse": diffusers.DDIMInverseScheduler,
    "edm_euler": diffusers.EDMEulerScheduler,
    "edm_dpmpp_2m": diffusers.EDMDPMSolverMultistepScheduler,
    "dpmpp_2m": diffusers.DPMSolverMultistepScheduler,
    "dpmpp_2m_sde": diffusers.DPMSolverMultistepScheduler,
    "dpmpp_3m": diffusers.DPMSolverMultistepScheduler,
    "dpmpp_3m_sde": diffusers.DPMSolverMultistepScheduler,
    "dpmsolver": diffusers.DPMSolverMultistepScheduler,
    "euler": diffusers.EulerDiscreteScheduler,
}
# Settings of each name in addition to its class's defaults.
IMPLIED = {
    "dpmpp_2m_sde": {"algorithm_type": "sde-dpmsolver++"},
    "dpmpp_3m": {"solver_order": 3},
    "dpmpp_3m_sde": {"algorithm_type": "sde-dpmsolver++", "solver_order": 3},
    "dpmsolver": {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"},
}
NEW = [solver for solver in CLASSES if solver not in ("dpmpp_2m", "euler")]


def make_scheduler(solver, config):
    """The reference for a case. Its function tau has the form that options can express: one value between two timesteps."""
    more = {}
    if "tau" in config:
        low, high = config.get("tau_start", 200), config.get("tau_end", 800)
        more["tau_func"] = lambda timestep: config["tau"] if low <= timestep <= high else 0
    return CLASSES[solver].from_config(config, **more)


def in_double(solver, config):
    """Whether the reference's coefficients, small differences of fp32 values, are wrong by more than 1e-5."""
    third_order = solver in ("deis", "dpmpp_3m_sde") and config.get("solver_order") == 3
    third_adams = max(config.get("predictor_order", 2), config.get("corrector_order", 2)) > 2
    near_levels = solver == "sa_solver" and any(key in config for key in RESPACED)
    return third_order or third_adams or near_levels or (solver == "heun" and config.get("beta_schedule") == "exp")


def case(solver, config, steps, **more):
    return {"solver": solver, "config": config, "steps": steps, **more}


def few_steps(solver):
    # With few steps the last bit of a sigma matters to kdpm2_a (tests/sampling/toy_solver_test.cpp has these), and that
    # of a sample to heun, which divides its differences by the lowest sigma.
    for steps in {"kdpm2_a": (1, 7), "heun": (1, 3, 7)}.get(solver, (1, 2, 3, 7)):
        yield case(solver, SD, steps)
    # There are 60 rows of noise; and errors of fp32 samples add up in differences of third order.
    yield case(solver, SD, 25 if solver in ("dpmpp_sde", "dpmpp_3m_sde") else 50)


def common(solver):
    yield case(solver, SD, 20)
    yield case(solver, {}, 20)
    yield case(solver, {**OTHER, **VELOCITY}, 12)
    yield from few_steps(solver)
    if solver != "ddim_inverse":
        for steps, strength in ((10, 0.6), (20, 0.3), (5, 1.0)):
            yield case(solver, SD, steps, strength=strength)
    if solver not in ("kdpm2", "kdpm2_a", "dpmpp_sde", "edm_euler", "edm_dpmpp_2m", "ddim_inverse"):
        yield case(solver, {**SD, "prediction_type": "sample"}, 9)
    betas = [float(f"{beta:.6g}") for beta in numpy.linspace(1e-3, 0.05, 60)]
    if not solver.startswith("edm"):
        yield case(solver, {"trained_betas": betas, "num_train_timesteps": 60, "original_inference_steps": 20}, 6)


def spaced(solver):
    if solver.startswith("edm") or solver in ("tcd", "dpmpp_single"):
        return
    for spacing in SPACINGS:
        if not (solver == "ddim_inverse" and spacing == "linspace"):
            yield case(solver, {**SD, "timestep_spacing": spacing, "steps_offset": 2}, 11)


def respaced(solver):
    if solver.startswith("edm") or solver in ("tcd", "ddim_inverse"):
        return
    for key in RESPACED:
        yield case(solver, {**SD, key: True}, 8)
        yield case(solver, {**SD, key: True, "sigma_min": 0.1, "sigma_max": 9.5}, 6)
    yield case(solver, {**SD, "use_karras_sigmas": True, **VELOCITY}, 10, strength=0.55)


def unipc():
    for order in (1, 3, 4):
        for steps in (3, 9, 16):
            yield case("unipc", {**SD, "solver_order": order}, steps)
    noisy = {**SD, "final_sigmas_type": "sigma_min"}
    for change in ({"predict_x0": False}, {"solver_type": "bh1"}, {"lower_order_final": False}, {"solver_type": "heun"},
                   {"predict_x0": False, "solver_order": 3, **VELOCITY}, {"use_karras_sigmas": True}):
        yield case("unipc", {**noisy, **change}, 9)
    yield case("unipc", {**SD, "disable_corrector": [0, 3]}, 8)
    yield case("unipc", {**SD, **VELOCITY, "timestep_spacing": "trailing", "rescale_betas_zero_snr": True}, 8)


def single():
    for order in (1, 2, 3):
        for steps in (1, 2, 3, 6, 7, 8):
            yield case("dpmpp_single", {**SD, "solver_order": order, "lower_order_final": True}, steps)
        noisy = {**SD, "solver_order": order, "final_sigmas_type": "sigma_min"}
        for change in ({}, {"lower_order_final": True}, {"solver_type": "heun"}, {"algorithm_type": "dpmsolver"},
                       {"algorithm_type": "dpmsolver", "solver_type": "heun"}):
            yield case("dpmpp_single", {**noisy, **change}, 6)
    yield case("dpmpp_single", {**SD, "solver_order": 3}, 12, strength=0.6)
    for change in ({}, {"solver_type": "heun"}, {"solver_order": 1}):
        yield case("dpmpp_single", {**SD, "algorithm_type": "sde-dpmsolver++", **change}, 7)
    yield case("dpmpp_single", {**SD, "lambda_min_clipped": -2}, 6)


def multistep():
    for solver in ("dpmpp_3m", "dpmpp_3m_sde", "dpmpp_2m_sde", "dpmsolver"):
        yield case(solver, {**SD, "solver_type": "heun"}, 16)
        yield case(solver, {**SD, "lower_order_final": False, "euler_at_final": True}, 9)
    yield case("dpmpp_2m", {**SD, "use_beta_sigmas": True}, 8)
    yield case("dpmsolver", {**SD, "solver_order": 3}, 16)


def stochastic_adams():
    for predictor in (1, 2, 3, 4):
        for corrector in (1, 2, 3, 4):
            yield case("sa_solver", {**SD, "predictor_order": predictor, "corrector_order": corrector}, 9)
    for change in ({"predictor_order": 3, "corrector_order": 4}, {"lower_order_final": False}, VELOCITY, {"tau": 0.0}, {"tau": 0.7},
                   {"tau": 1.0, "tau_start": 0, "tau_end": 1000}):
        for algorithm in ("data_prediction", "noise_prediction"):
            yield case("sa_solver", {**SD, **change, "algorithm_type": algorithm}, 20)
    yield case("sa_solver", {**SD, "lambda_min_clipped": -2}, 6)


def deis():
    for order in (1, 3):
        yield case("deis", {**SD, "solver_order": order}, 16)
    for change in ({"lower_order_final": False}, {"solver_order": 3}):
        yield case("deis", {**SD, **change}, 7)


def thresholded():
    for solver in ("dpmpp_2m", "dpmpp_3m", "dpmpp_2m_sde", "dpmsolver", "dpmpp_single", "unipc", "deis", "sa_solver", "edm_dpmpp_2m"):
        for change in DYNAMIC:
            yield case(solver, {**SD, **change}, 8)
    yield case("dpmpp_single", {**SD, **DYNAMIC[1], "solver_order": 3, **VELOCITY}, 8)


def sigma_solvers():
    yield case("heun", {**SD, "beta_schedule": "exp"}, 9)
    yield case("heun", {**SD, "clip_sample": True, "clip_sample_range": 0.7}, 7)
    for change in ({"interpolation_type": "log_linear"}, {"use_beta_sigmas": True},
                   {"timestep_type": "continuous", **VELOCITY}, {"timestep_type": "continuous"},
                   {"timestep_type": "continuous", "interpolation_type": "log_linear", **VELOCITY},
                   {"interpolation_type": "log_linear", "use_karras_sigmas": True, "timestep_spacing": "leading"}):
        yield case("euler", {**SD, **change}, 8)


def other_classes():
    for eta in (0.3, 1.0):
        for steps in (1, 4, 8):
            yield case("tcd", SD, steps, eta=eta)
    yield case("tcd", {**SD, "original_inference_steps": 30}, 7, eta=0.5)
    yield case("tcd", {**SD, **VELOCITY, "rescale_betas_zero_snr": True}, 4)
    for change in ({"set_alpha_to_one": True}, {"clip_sample": True}, {**VELOCITY, "rescale_betas_zero_snr": True},
                   {"prediction_type": "sample"}):
        yield case("ddim_inverse", {**SD, **change}, 10)
    for solver in ("edm_euler", "edm_dpmpp_2m"):
        for change in ({"sigma_schedule": "exponential"}, {"final_sigmas_type": "sigma_min"}, VELOCITY,
                       {"sigma_data": 1.0, "sigma_max": 120.0, "rho": 5.0}):
            yield case(solver, change, 9)
    for change in ({"solver_order": 3}, {"algorithm_type": "sde-dpmsolver++"}, {"solver_type": "heun"},
                   {"solver_order": 1}, {"euler_at_final": True}):
        yield case("edm_dpmpp_2m", change, 16)


def all_cases():
    for solver in NEW:
        yield from common(solver)
        yield from spaced(solver)
        yield from respaced(solver)
    for cases in (unipc, single, multistep, stochastic_adams, deis, thresholded, sigma_solvers, other_classes):
        yield from cases()

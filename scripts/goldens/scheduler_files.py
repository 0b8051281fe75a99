"""Golden pipelines for scheduler files of published models: results of diffusers with models/shapes.

make(out_dir) writes cases.json: for every case the scheduler_config.json (`file`) and the command line's `arguments`
without their dashes; and latents.safetensors: the final latents of each case.
"""

import json
from pathlib import Path

import diffusers
import torch

from goldens.reference import VERSIONS, generator, reproducible, write_tensors

MODELS = Path(__file__).resolve().parents[2] / "models"
PROMPT = "a small red circle above a large blue square on a white background"
SEED = 5

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
         "steps_offset": 1, "prediction_type": "v_prediction"}
DEIS = {"_class_name": "DEISMultistepScheduler", **BETAS, "algorithm_type": "deis", "solver_type": "logrho",
        "solver_order": 2, "lower_order_final": True, "timestep_spacing": "leading", "use_karras_sigmas": False,
        "skip_prk_steps": True, "set_alpha_to_one": False, "clip_sample": False, "thresholding": False}
UNIPC = {"_class_name": "UniPCMultistepScheduler", **BETAS, "solver_type": "bh2", "solver_order": 3, "predict_x0": True,
         "disable_corrector": [], "lower_order_final": True, "timestep_spacing": "linspace"}
SDE = {"_class_name": "DPMSolverMultistepScheduler", **BETAS, "algorithm_type": "sde-dpmsolver++", "solver_order": 2,
       "solver_type": "midpoint", "use_karras_sigmas": True}
PNDM = {"_class_name": "PNDMScheduler", **BETAS, "set_alpha_to_one": False}


def own(name, steps=8, **changes):
    """A file that is run with its own class."""
    scheduler_class = getattr(diffusers, name)
    return {"_class_name": name, **BETAS, **changes}, {"steps": steps}, scheduler_class, {}


# Name -> (scheduler file, arguments, the class that they select, the changes to the file).
CASES = {
    "deis_euler": (DEIS, {"scheduler": "euler", "steps": 10}, diffusers.EulerDiscreteScheduler, {}),
    "deis_dpmpp_2m": (DEIS, {"scheduler": "dpmpp_2m", "steps": 10}, diffusers.DPMSolverMultistepScheduler,
                      {"algorithm_type": "dpmsolver++"}),
    "unipc_dpmpp_2m": (UNIPC, {"scheduler": "dpmpp_2m", "steps": 10}, diffusers.DPMSolverMultistepScheduler, {}),
    "sde": (SDE, {"steps": 10}, diffusers.DPMSolverMultistepScheduler, {}),
    "sde_dpmpp_2m": (SDE, {"scheduler": "dpmpp_2m", "steps": 10}, diffusers.DPMSolverMultistepScheduler,
                     {"algorithm_type": "dpmsolver++"}),
    "pndm_without_skip_prk_steps": (PNDM, {"steps": 10}, diffusers.PNDMScheduler, {}),
    "pndm_skip_prk_steps_false": ({**PNDM, "skip_prk_steps": False}, {"scheduler": "pndm", "steps": 6},
                                  diffusers.PNDMScheduler, {}),
    "unipc": own("UniPCMultistepScheduler", solver_order=3),
    "deis": own("DEISMultistepScheduler", timestep_spacing="trailing"),
    "single": own("DPMSolverSinglestepScheduler", use_karras_sigmas=True),
    "heun": own("HeunDiscreteScheduler"),
    "kdpm2": own("KDPM2DiscreteScheduler", timestep_spacing="leading"),
    "kdpm2_a": own("KDPM2AncestralDiscreteScheduler"),
    "lms": own("LMSDiscreteScheduler", use_beta_sigmas=True),
    "sde_tree": own("DPMSolverSDEScheduler", noise_sampler_seed=SEED),
    "sde_tree_of_seed": own("DPMSolverSDEScheduler", noise_sampler_seed=SEED, use_karras_sigmas=True),
    "tcd_eta": own("TCDScheduler", eta=0.3),
}
# The value of the run for keys that a file lacks.
LEFT_OUT = {"sde_tree_of_seed": ("noise_sampler_seed",)}


def final_latents(pipe, file, arguments, scheduler_class, changes):
    pipe.scheduler = scheduler_class.from_config({**file, **changes})
    return pipe(PROMPT, num_inference_steps=arguments["steps"], guidance_scale=3.0, generator=generator(SEED),
                eta=file.get("eta", 0.0), output_type="latent").images


def make(out_dir: Path) -> None:
    rows, tensors = [], {}
    with reproducible():
        pipe = diffusers.StableDiffusionPipeline.from_pretrained(MODELS / "shapes", torch_dtype=torch.float32)
        for name, (file, arguments, scheduler_class, changes) in CASES.items():
            tensors[name] = final_latents(pipe, file, arguments, scheduler_class, changes)
            file = {key: value for key, value in file.items() if key not in LEFT_OUT.get(name, ())}
            shared = {"prompt": PROMPT, "guidance": 3.0, "seed": SEED}
            rows.append(json.dumps({"name": name, "arguments": {**shared, **arguments}, "file": file}))
    out_dir.mkdir(parents=True, exist_ok=True)
    listed = ",\n".join(rows)
    (out_dir / "cases.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases":[\n{listed}\n]}}\n')
    write_tensors(out_dir / "latents.safetensors", tensors)

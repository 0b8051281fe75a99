"""Golden pipelines: results of diffusers for small random model directories, from prompt to picture.

cases.json lists the cases, one a line. The `arguments` of a case are command line flags without their dashes.
"""

import contextlib
import json
from pathlib import Path

import diffusers
import numpy
import torch
from PIL import Image
from safetensors.torch import load_file

from goldens import schedule
from goldens.pipeline_models import SCHEDULES, make_model
from goldens.reference import VERSIONS, generator, reproducible, write_tensors

WIDTH, HEIGHT = 48, 32
PROMPT = "a small red circle above a large blue square"
NEGATIVE = "blurry, low quality"
LATENTS, IMAGE, LARGE_IMAGE = "latents.safetensors", "image.png", "image_large.png"
EMBEDDINGS = {"sd1": "embeds_sd1.safetensors", "sdxl": "embeds_sdxl.safetensors"}

BASE = {"prompt": PROMPT, "width": WIDTH, "height": HEIGHT, "steps": 20, "scheduler": "ddim", "guidance": 7.5,
        "seed": 7}
CASES = {
    "sd1_ddim": ("sd1", {}),
    "sd1_pndm": ("sd1", {"scheduler": "pndm"}),
    "sd1_pndm_3_steps": ("sd1", {"scheduler": "pndm", "steps": 3}),
    "sd1_euler": ("sd1", {"scheduler": "euler"}),
    "sd1_euler_a": ("sd1", {"scheduler": "euler_a"}),
    "sd1_dpmpp_2m": ("sd1", {"scheduler": "dpmpp_2m"}),
    "sd1_dpmpp_2m_karras": ("sd1", {"scheduler": "dpmpp_2m_karras"}),
    "sd1_lcm": ("sd1", {"scheduler": "lcm", "steps": 4, "guidance": 1.5}),
    "sd1_ddpm": ("sd1", {"scheduler": "ddpm"}),
    "sd1_ddim_eta": ("sd1", {"scheduler": "ddim:eta=0.5"}),
    "sd1_seeds": ("sd1", {"seed": None, "seeds": [7, 2**63 + 5]}),
    "sd1_seeds_euler_a": ("sd1", {"seed": None, "seeds": [7, 8], "scheduler": "euler_a"}),
    "sd1_img2img_seeds": ("sd1", {"image": IMAGE, "strength": 0.6, "seed": None, "seeds": [9, 7]}),
    "sd1_clip_skip": ("sd1", {"clip-skip": 1, "negative": NEGATIVE}),
    "sd2_clip_skip": ("sd2", {"clip-skip": 2}),
    "sdxl_clip_skip": ("sdxl", {"clip-skip": 1, "scheduler": "euler", "guidance": 5.0, "negative": NEGATIVE}),
    "sd1_tiles": ("sd1", {"width": 104, "height": 72, "steps": 5, "vae-tile-size": 32}),
    "sd1_tiles_wide": ("sd1", {"width": 80, "height": 48, "steps": 5, "vae-tile-size": 64}),
    "sd1_img2img_tiles": ("sd1", {"image": IMAGE, "strength": 0.6, "vae-tile-size": 32}),
    "sd1_batch_slicing": ("sd1", {"batch": 2, "steps": 5, "vae-slicing": True}),
    "sd1_euler_timesteps": ("sd1", {"scheduler": "euler", "steps": None, "timesteps": [990, 700, 500, 301, 100, 7]}),
    "sd1_euler_sigmas": ("sd1", {"scheduler": "euler", "steps": None, "sigmas": [13.5, 7, 4.2, 2, 0.9, 0.3, 0]}),
    "sd1_dpmpp_2m_timesteps": ("sd1", {"scheduler": "dpmpp_2m", "steps": None,
                                       "timesteps": [999, 845, 730, 587, 443, 310, 193, 116, 53, 13]}),
    "sd1_ddpm_timesteps": ("sd1", {"scheduler": "ddpm", "steps": None, "timesteps": [981, 700, 450, 200, 50]}),
    "sd1_lcm_timesteps": ("sd1", {"scheduler": "lcm", "steps": None, "timesteps": [999, 759, 499, 259],
                                  "guidance": 1.5}),
    "sd1_img2img_timesteps": ("sd1", {"image": IMAGE, "strength": 0.6, "scheduler": "euler", "steps": None,
                                      "timesteps": [990, 700, 500, 301, 100]}),
    "sd1_no_guidance": ("sd1", {"guidance": 1.0}),
    "sd1_rescale": ("sd1", {"guidance-rescale": 0.7}),
    "sd1_negative": ("sd1", {"negative": NEGATIVE}),
    "sd1_batch": ("sd1", {"batch": 2, "negative": NEGATIVE}),
    "sd1_batch_euler_a": ("sd1", {"batch": 2, "scheduler": "euler_a"}),
    "sd1_latents": ("sd1", {"latents": LATENTS, "batch": 2}),
    "sd1_latents_euler_a": ("sd1", {"latents": LATENTS, "batch": 2, "scheduler": "euler_a"}),
    "sd1_embeds": ("sd1", {"prompt": None, "embeds": EMBEDDINGS["sd1"]}),
    "sd1_odd": ("sd1", {"width": 40, "height": 72, "seed": 2**63 + 5}),
    "sd1_long_prompt": ("sd1", {"prompt": "The CAT's  café, isn't it? " * 4, "seed": 0}),
    "sd1_img2img": ("sd1", {"image": IMAGE, "strength": 0.6}),
    "sd1_img2img_euler_a": ("sd1", {"image": IMAGE, "strength": 0.6, "scheduler": "euler_a"}),
    "sd1_img2img_heun": ("sd1", {"image": IMAGE, "strength": 0.6, "scheduler": "heun"}),
    "sd1_img2img_kdpm2": ("sd1", {"image": IMAGE, "strength": 0.6, "scheduler": "kdpm2"}),
    "sd1_img2img_kdpm2_a": ("sd1", {"image": IMAGE, "strength": 0.6, "scheduler": "kdpm2_a"}),
    "sd1_img2img_pndm": ("sd1", {"image": IMAGE, "strength": 0.6, "scheduler": "pndm"}),
    "sd1_img2img_batch": ("sd1", {"image": IMAGE, "strength": 0.35, "batch": 2}),
    "sd1_img2img_resized": ("sd1", {"image": LARGE_IMAGE, "strength": 0.6, "scheduler": "dpmpp_2m"}),
    "sd2_ddim": ("sd2", {}),
    "sd2_rescale": ("sd2", {"guidance-rescale": 0.7, "negative": NEGATIVE}),
    "sd2_dpmpp_2m": ("sd2", {"scheduler": "dpmpp_2m"}),
    "sd2_ddpm": ("sd2", {"scheduler": "ddpm"}),
    "sd2_lcm": ("sd2", {"scheduler": "lcm", "steps": 4, "guidance": 1.5}),
    "sd2_euler_option": ("sd2", {"scheduler": "euler:rescale_betas_zero_snr=false"}),
    "sd2_img2img": ("sd2", {"image": IMAGE, "strength": 0.6}),
    "sdxl_euler": ("sdxl", {"scheduler": "euler", "guidance": 5.0}),
    "sdxl_empty_negative": ("sdxl", {"scheduler": "euler", "negative": ""}),
    "sdxl_negative": ("sdxl", {"scheduler": "dpmpp_2m_karras", "negative": NEGATIVE, "batch": 2}),
    "sdxl_embeds": ("sdxl", {"prompt": None, "embeds": EMBEDDINGS["sdxl"]}),
    "sdxl_img2img": ("sdxl", {"image": IMAGE, "strength": 0.6, "scheduler": "euler"}),
    "sdxl_no_zeros_euler_a": ("sdxl_no_zeros", {"scheduler": "euler_a"}),
    "sdxl_no_zeros_rescale": ("sdxl_no_zeros", {"guidance-rescale": 0.7}),
}


def parse_spec(text):
    """("ddim", {"eta": 0.5}) of "ddim:eta=0.5"."""
    name, _, options = text.partition(":")
    pairs = (option.split("=") for option in options.split(",") if option)
    return name, {key: json.loads(value) for key, value in pairs}


def scheduler_of(pipe, spec):
    """The scheduler that a user gets with Class.from_config(pipe.scheduler.config, **options), and the step's eta."""
    name, options = parse_spec(spec)
    eta = options.pop("eta", 0.0)
    options |= schedule.IMPLIED.get(name, {})
    return schedule.ALL_CLASSES[name].from_config(pipe.scheduler.config, **options), eta


def read_image(path):
    return Image.open(path).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def call_arguments(arguments, out_dir):
    """The arguments of the pipeline's call that correspond to the flags."""
    names = {"steps": "num_inference_steps", "guidance": "guidance_scale", "guidance-rescale": "guidance_rescale",
             "batch": "num_images_per_prompt", "negative": "negative_prompt", "clip-skip": "clip_skip"}
    made = {names.get(flag, flag): value for flag, value in arguments.items()
            if flag not in ("scheduler", "seed", "seeds", "vae-tile-size", "vae-slicing")}
    if "seeds" in arguments:
        made |= {"num_images_per_prompt": len(arguments["seeds"]),
                 "generator": [generator(seed) for seed in arguments["seeds"]]}
    else:
        made["generator"] = generator(arguments["seed"])
    if "embeds" in made:
        made |= load_file(out_dir / made.pop("embeds"))
    if "latents" in made:
        made["latents"] = load_file(out_dir / made["latents"])["latents"]
    if "image" in made:
        made["image"] = read_image(out_dir / made["image"])
        del made["width"], made["height"]
    return made


def as_bytes(picture):
    """[B,3,H,W] in -1..1 -> [B,H,W,3] bytes, as the pipelines do it."""
    unit = (picture * 0.5 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).numpy()
    return torch.from_numpy((unit * 255).round().astype(numpy.uint8))


def decode(vae, latents):
    return as_bytes(vae.decode(latents / vae.config.scaling_factor).sample)


@contextlib.contextmanager
def vae_in_parts(vae, arguments):
    """Tiles and slices as set by the flags."""
    size = arguments.get("vae-tile-size")
    if size:
        vae.enable_tiling()
        vae.tile_sample_min_size, vae.tile_latent_min_size = size, size // 8
    if arguments.get("vae-slicing"):
        vae.enable_slicing()
    try:
        yield
    finally:
        vae.disable_tiling()
        vae.disable_slicing()


def run_case(pipe, arguments, out_dir):
    """The scheduler's class and settings, and the tensors of one case."""
    scheduler, eta = scheduler_of(pipe, arguments["scheduler"])
    task = diffusers.AutoPipelineForImage2Image if "image" in arguments else diffusers.AutoPipelineForText2Image
    runner = task.from_pipe(pipe, scheduler=scheduler)
    runner.set_progress_bar_config(disable=True)
    call = call_arguments(arguments, out_dir)
    with vae_in_parts(pipe.vae, arguments):
        latents = runner(**call, eta=eta, output_type="latent").images
        tensors = {"latents": latents, "image": decode(pipe.vae, latents)}
    if "image" in call:
        tensors["init_image"] = torch.from_numpy(numpy.array(call["image"]))
    # JSON has no infinity; null says the same here: no limit.
    settings = {key: None if value == -numpy.inf else value
                for key, value in scheduler.config.items() if not key.startswith("_")}
    return {"scheduler_class": type(scheduler).__name__, "scheduler_config": settings}, tensors


def write_images(out_dir):
    """A smooth picture with an edge; the large one is for resizing to the size of the cases."""
    for name, (width, height) in {IMAGE: (WIDTH, HEIGHT), LARGE_IMAGE: (77, 50)}.items():
        y, x = numpy.mgrid[0:height, 0:width] / height
        disc = (x - 0.8) ** 2 + (y - 0.4) ** 2 < 0.06
        planes = [numpy.sin(7 * x + 3 * y) * 110 + 128, numpy.cos(5 * y - x) * 90 + 120,
                  numpy.where(disc, 240, 255 * y)]
        Image.fromarray(numpy.stack(planes, -1).astype(numpy.uint8)).save(out_dir / name)


def write_embeddings(pipe, path):
    names = ["prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"]
    encoded = pipe.encode_prompt(prompt=PROMPT, negative_prompt=NEGATIVE, device="cpu", num_images_per_prompt=1,
                                 do_classifier_free_guidance=True)
    write_tensors(path, dict(zip(names, encoded)))


def write_models(out_dir):
    """Writes the model directories; returns name -> pipeline, loaded from them."""
    loaded = {}
    for seed, name in enumerate(SCHEDULES, start=1):
        make_model(out_dir / name, name, seed)
        loaded[name] = diffusers.DiffusionPipeline.from_pretrained(out_dir / name, dtype=torch.float32)
        encoder = loaded[name].text_encoder
        if not hasattr(encoder, "text_model"):
            # clip_skip looks for the final norm under this name, which newer text encoders lack.
            object.__setattr__(encoder, "text_model", encoder)
    return loaded


def make_cases(out_dir):
    pipes = write_models(out_dir)
    write_images(out_dir)
    write_tensors(out_dir / LATENTS, {"latents": torch.randn(2, 4, HEIGHT // 8, WIDTH // 8, generator=generator(99))})
    for name, file in EMBEDDINGS.items():
        write_embeddings(pipes[name], out_dir / file)
    for name, (model, changes) in CASES.items():
        arguments = {flag: value for flag, value in {**BASE, **changes}.items() if value is not None}
        facts, tensors = run_case(pipes[model], arguments, out_dir)
        write_tensors(out_dir / f"{name}.safetensors", tensors)
        yield {"name": name, "model": model, "arguments": arguments, **facts}


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    with reproducible():
        lines = ",\n".join(json.dumps(case) for case in make_cases(out_dir))
    (out_dir / "cases.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases": [\n{lines}\n]}}\n')

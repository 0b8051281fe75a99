"""Golden inpainting: results of diffusers for masked pictures, with the small pipelines of the topic `pipelines` and with
UNets of nine input channels instead of theirs; and its preprocessing of masks and pictures.

cases.json lists the cases, one a line. The `arguments` of a case are command line flags without their dashes.
"""

import json
from pathlib import Path

import diffusers
import numpy
import torch
from diffusers import UNet2DConditionModel
from diffusers.image_processor import VaeImageProcessor
from PIL import Image, ImageFilter

from goldens.pipeline_models import OUTPUT_GAIN, UNETS
from goldens.pipelines import PROMPT, scheduler_of
from goldens.reference import VERSIONS, generator, randomize, reproducible, write_model, write_tensors

PIPELINES = Path(__file__).resolve().parent.parent.parent / "tests" / "golden" / "pipelines"
IMAGE, LARGE_IMAGE = "image.png", "image_large.png"
MASK, SOFT_MASK, LARGE_MASK = "mask.png", "mask_soft.png", "mask_large.png"
LATENTS = "latents.safetensors"
CHANNELS = 9

BASE = {"prompt": PROMPT, "image": IMAGE, "mask": MASK, "steps": 10, "scheduler": "ddim", "guidance": 7.5, "seed": 7}
CASES = {
    "sd1_ddim": ("sd1", {}),
    "sd1_ddim_strength": ("sd1", {"strength": 0.6}),
    "sd1_no_guidance": ("sd1", {"guidance": 1.0, "strength": 0.5}),
    "sd1_euler": ("sd1", {"scheduler": "euler"}),
    "sd1_euler_a": ("sd1", {"scheduler": "euler_a", "strength": 0.75}),
    "sd1_pndm": ("sd1", {"scheduler": "pndm"}),
    "sd1_pndm_strength": ("sd1", {"scheduler": "pndm", "strength": 0.7}),
    "sd1_dpmpp_2m": ("sd1", {"scheduler": "dpmpp_2m", "strength": 0.6}),
    "sd1_unipc": ("sd1", {"scheduler": "unipc"}),
    "sd1_unipc_strength": ("sd1", {"scheduler": "unipc:solver_order=3", "strength": 0.7}),
    "sd1_heun": ("sd1", {"scheduler": "heun", "strength": 0.6}),
    "sd1_kdpm2": ("sd1", {"scheduler": "kdpm2"}),
    "sd1_kdpm2_strength": ("sd1", {"scheduler": "kdpm2", "strength": 0.6}),
    "sd1_kdpm2_a": ("sd1", {"scheduler": "kdpm2_a", "strength": 0.6}),
    "sd1_single": ("sd1", {"scheduler": "dpmpp_single:solver_order=3"}),
    "sd1_deis": ("sd1", {"scheduler": "deis", "strength": 0.8}),
    "sd1_ddpm": ("sd1", {"scheduler": "ddpm"}),
    "sd1_lcm": ("sd1", {"scheduler": "lcm", "steps": 4, "guidance": 1.5}),
    "sd1_batch": ("sd1", {"batch": 2, "scheduler": "euler_a", "strength": 0.8}),
    "sd1_latents": ("sd1", {"latents": LATENTS, "batch": 2, "strength": 0.6, "scheduler": "euler"}),
    "sd1_soft": ("sd1", {"mask": SOFT_MASK, "soft-mask": True, "strength": 0.7}),
    "sd1_grey_is_cut": ("sd1", {"mask": SOFT_MASK}),
    "sd1_blur": ("sd1", {"mask-blur": 2, "soft-mask": True}),
    "sd1_resized": ("sd1", {"image": LARGE_IMAGE, "mask": LARGE_MASK, "width": 64, "height": 40}),
    "sd1_crop": ("sd1", {"image": LARGE_IMAGE, "mask": LARGE_MASK, "width": 48, "height": 48, "crop-padding": 3}),
    "sd1_nine": ("sd1_nine", {}),
    "sd1_nine_strength": ("sd1_nine", {"strength": 0.6, "scheduler": "dpmpp_2m"}),
    "sd1_nine_euler_a": ("sd1_nine", {"batch": 2, "strength": 0.8, "scheduler": "euler_a"}),
    "sd1_nine_latents": ("sd1_nine", {"latents": LATENTS, "batch": 2, "strength": 0.5}),
    "sd1_nine_soft": ("sd1_nine", {"mask": SOFT_MASK, "soft-mask": True}),
    "sd1_nine_crop": ("sd1_nine", {"image": LARGE_IMAGE, "mask": LARGE_MASK, "width": 64, "height": 32,
                                   "crop-padding": 9}),
    "sdxl_euler": ("sdxl", {"scheduler": "euler", "guidance": 5.0, "strength": 0.7}),
    "sdxl_nine": ("sdxl_nine", {"scheduler": "euler", "guidance": 5.0}),
    "sdxl_nine_strength": ("sdxl_nine", {"scheduler": "euler_a", "guidance": 5.0, "strength": 0.5, "batch": 2}),
}


def write_mask(path, width, height, soft):
    """A white disc; soft ones fade out. The disc's edge is not at a multiple of the grid."""
    y, x = numpy.mgrid[0:height, 0:width] / height
    distance = numpy.sqrt((x - 0.72) ** 2 + (y - 0.43) ** 2)
    values = numpy.clip(1.4 - 3 * distance, 0, 1) if soft else distance < 0.27
    Image.fromarray((values * 255).astype(numpy.uint8)).save(path)


def make_unet(name, seed):
    config = {"sample_size": 6, "layers_per_block": 1, "norm_num_groups": 4, **UNETS[name], "in_channels": CHANNELS}
    return randomize(UNet2DConditionModel(**config, out_channels=4), seed, OUTPUT_GAIN)


def load_pipes(out_dir):
    pipes = {}
    for seed, name in enumerate(("sd1", "sdxl"), start=11):
        pipes[name] = diffusers.DiffusionPipeline.from_pretrained(PIPELINES / name, dtype=torch.float32)
        unet = make_unet(name, seed)
        write_model(out_dir / f"{name}_nine" / "unet", unet)
        kind = diffusers.StableDiffusionXLInpaintPipeline if name == "sdxl" else diffusers.StableDiffusionInpaintPipeline
        parts = {key: value for key, value in pipes[name].components.items() if key != "unet"}
        pipes[f"{name}_nine"] = kind(**parts, unet=unet, **({} if name == "sdxl" else {"requires_safety_checker": False}))
    return pipes


def call_arguments(arguments, out_dir):
    """The arguments of the pipeline's call that correspond to the flags."""
    image, mask = Image.open(image_path(arguments["image"])), Image.open(out_dir / arguments["mask"])
    if "mask-blur" in arguments:
        mask = VaeImageProcessor.blur(mask, arguments["mask-blur"])
    call = {"prompt": arguments["prompt"], "image": image, "mask_image": mask,
            "width": arguments.get("width", image.width // 8 * 8), "height": arguments.get("height", image.height // 8 * 8),
            "strength": arguments.get("strength", 1.0), "num_inference_steps": arguments["steps"],
            "guidance_scale": arguments["guidance"], "num_images_per_prompt": arguments.get("batch", 1),
            "padding_mask_crop": arguments.get("crop-padding"), "generator": generator(arguments["seed"])}
    if "latents" in arguments:
        call["latents"] = latents_of_cases()
    return call


def image_path(name):
    return PIPELINES / name


def latents_of_cases():
    return torch.randn(2, 4, 4, 6, generator=generator(99))


def noise_of_the_call(scheduler):
    """KDPM2 with known latents at the level of the network's next call. Its own add_noise has that of the step's end for
    both calls of a step, so that in the second one the known latents have less noise than the timestep says."""
    if not isinstance(scheduler, diffusers.KDPM2DiscreteScheduler):
        return scheduler
    of_step = scheduler.add_noise

    def add_noise(known, noise, timesteps):
        second = scheduler.step_index is not None and not scheduler.state_in_first_order
        return known + noise * scheduler.sigmas_interpol[scheduler.step_index] if second else of_step(known, noise, timesteps)

    scheduler.add_noise = add_noise
    return scheduler


def run_case(pipe, arguments, out_dir):
    scheduler, eta = scheduler_of(pipe, arguments["scheduler"])
    runner = diffusers.AutoPipelineForInpainting.from_pipe(pipe, scheduler=noise_of_the_call(scheduler))
    runner.set_progress_bar_config(disable=True)
    runner.mask_processor = VaeImageProcessor(vae_scale_factor=runner.vae_scale_factor, do_normalize=False,
                                              do_binarize="soft-mask" not in arguments, do_convert_grayscale=True)
    call = call_arguments(arguments, out_dir)
    if "crop-padding" not in arguments:
        return {"latents": runner(**call, eta=eta, output_type="latent").images}
    # With a crop the pipeline returns pictures only.
    last = {}

    def keep(_, step, timestep, values):
        last["latents"] = values["latents"]
        return values

    pictures = runner(**call, eta=eta, output_type="pil", callback_on_step_end=keep).images
    return {"latents": last["latents"],
            "image": torch.from_numpy(numpy.stack([numpy.array(picture) for picture in pictures]))}


def picture_facts():
    """Blurred masks, and the parts of pictures that masks select."""
    random = numpy.random.default_rng(5)
    values = (random.random((7, 11)) > 0.6).astype(numpy.uint8) * 255
    mask = Image.fromarray(values)
    blurs = [{"radius": radius, "values": numpy.array(mask.filter(ImageFilter.GaussianBlur(radius))).tolist()}
             for radius in (0.5, 1, 2.5, 6, 40)]
    regions = []
    processor = VaeImageProcessor(vae_scale_factor=8)
    for box, padding, size in [((10, 20, 14, 22), 0, (64, 64)), ((10, 20, 14, 22), 8, (64, 32)), ((0, 0, 5, 40), 3, (64, 64)),
                               ((90, 60, 100, 70), 2, (32, 64)), ((0, 0, 100, 70), 5, (64, 64)), ((40, 3, 95, 9), 1, (48, 64))]:
        picture = Image.new("L", (100, 70))
        picture.paste(255, box)
        region = processor.get_crop_region(picture, *size, pad=padding)
        regions.append({"box": box, "padding": padding, "size": size, "region": region})
    noise = Image.fromarray((random.random((13, 18, 3)) * 255).astype(numpy.uint8))
    fits = [{"size": size, "values": numpy.array(processor.resize(noise, *size[::-1], resize_mode="fill")).tolist()}
            for size in ((16, 16), (24, 8), (40, 24))]
    return {"mask": values.tolist(), "blurs": blurs, "regions": regions, "picture": numpy.array(noise).tolist(), "fits": fits}


def make_cases(out_dir):
    for name, (width, height), soft in [(MASK, (48, 32), False), (SOFT_MASK, (48, 32), True), (LARGE_MASK, (77, 50), False)]:
        write_mask(out_dir / name, width, height, soft)
    write_tensors(out_dir / LATENTS, {"latents": latents_of_cases()})
    pipes = load_pipes(out_dir)
    for name, (model, changes) in CASES.items():
        arguments = {**BASE, **changes}
        write_tensors(out_dir / f"{name}.safetensors", run_case(pipes[model], arguments, out_dir))
        yield {"name": name, "model": model, "arguments": arguments}


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    with reproducible():
        lines = ",\n".join(json.dumps(case) for case in make_cases(out_dir))
        facts = json.dumps(picture_facts())
    (out_dir / "cases.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases": [\n{lines}\n]}}\n')
    (out_dir / "pictures.json").write_text(facts + "\n")

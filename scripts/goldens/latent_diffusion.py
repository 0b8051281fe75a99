"""Golden pipelines of latent-diffusion: small random models without or with a text encoder of their own.

cases.json lists the cases: the model's folder, the request, and the file of its results.
"""

import json
from pathlib import Path

import numpy
import torch
from diffusers import (AutoencoderKL, DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler, LDMPipeline,
                       LDMSuperResolutionPipeline, LDMTextToImagePipeline, UNet2DConditionModel, UNet2DModel, VQModel)
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertConfig, LDMBertModel
from PIL import Image
from transformers import BertTokenizer

from goldens.pipeline_models import OUTPUT_GAIN, write_json
from goldens.reference import VERSIONS, generator, randomize, reproducible, write_model, write_tensors

SCHEDULE = {"beta_start": 0.0015, "beta_end": 0.0195, "beta_schedule": "scaled_linear", "clip_sample": False,
            "set_alpha_to_one": False, "steps_offset": 1}
SCHEDULERS = {"ddim": DDIMScheduler, "dpmpp_2m": DPMSolverMultistepScheduler, "euler": EulerDiscreteScheduler}
CONTEXT = 16
CLASSES = ["tench, Tinca tinca", "goldfish, Carassius auratus", "great white shark", "tiger shark", "hammerhead",
           "electric ray", "stingray"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "blue", "circle", "square", "above", "##s", "##d",
         "co", ",", "small", "the", "c", "##a", "##t"]
UNET = {"block_out_channels": (8, 12), "norm_num_groups": 4, "layers_per_block": 1, "sample_size": 8}
PLAIN = {**UNET, "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
         "up_block_types": ("AttnUpBlock2D", "UpBlock2D"), "attention_head_dim": 4}
WITH_CONTEXT = {**UNET, "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
                "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"), "cross_attention_dim": CONTEXT}
CODER = {"block_out_channels": (4, 8), "norm_num_groups": 2, "down_block_types": ("DownEncoderBlock2D",) * 2,
         "up_block_types": ("UpDecoderBlock2D",) * 2}
IMAGE = "low.png"


class ClassEmbedder(torch.nn.Module):
    """The last row is the null class."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(len(CLASSES) + 1, CONTEXT)


def make_vq(seed, **overrides):
    return randomize(VQModel(**{**CODER, "num_vq_embeddings": 40, **overrides}), seed)


def write_pipeline(directory, class_name, parts, more=None, schedule=SCHEDULE):
    """`parts`: name -> (library, model). The scheduler is DDIM."""
    index = {"_class_name": class_name, "scheduler": ["diffusers", "DDIMScheduler"],
             **{name: [library, type(model).__name__] for name, (library, model) in parts.items()}, **(more or {})}
    write_json(directory / "model_index.json", index)
    write_json(directory / "scheduler" / "scheduler_config.json", {"_class_name": "DDIMScheduler", **schedule})
    for name, (_, model) in parts.items():
        if hasattr(model, "config"):
            write_model(directory / name, model)


def make_uncond(directory):
    unet = randomize(UNet2DModel(**PLAIN), 1, OUTPUT_GAIN)
    vqvae = make_vq(2, scaling_factor=0.5)
    write_pipeline(directory, "LDMPipeline", {"unet": ("diffusers", unet), "vqvae": ("diffusers", vqvae)})
    return LDMPipeline(vqvae=vqvae, unet=unet, scheduler=None)


def make_class(directory):
    unet = randomize(UNet2DConditionModel(in_channels=3, out_channels=3, attention_head_dim=1, **WITH_CONTEXT), 3,
                     OUTPUT_GAIN)
    vqvae = make_vq(4, scaling_factor=1.0)
    embedder = randomize(ClassEmbedder(), 5)
    names = {"id2label": {str(i): name for i, name in enumerate(CLASSES)}}
    write_pipeline(directory, "LDMClassPipeline",
                   {"unet": ("diffusers", unet), "vqvae": ("diffusers", vqvae),
                    "class_embedder": ("latentrt", embedder)}, names)
    write_tensors(directory / "class_embedder" / "diffusion_pytorch_model.safetensors",
                  {"embedding.weight": embedder.embedding.weight})
    return unet, vqvae, embedder


def make_text(directory):
    vocabulary = directory / "tokenizer" / "vocab.txt"
    vocabulary.parent.mkdir(parents=True, exist_ok=True)
    vocabulary.write_text("\n".join(WORDS) + "\n")
    tokenizer = BertTokenizer(vocab=str(vocabulary))
    config = LDMBertConfig(vocab_size=len(WORDS), encoder_layers=2, encoder_ffn_dim=32, encoder_attention_heads=3,
                           head_dim=4, d_model=CONTEXT)
    bert = randomize(LDMBertModel(config), 6)
    unet = randomize(UNet2DConditionModel(attention_head_dim=4, **WITH_CONTEXT), 7, OUTPUT_GAIN)
    blocks = {"block_out_channels": (4, 4, 4, 8), "down_block_types": ("DownEncoderBlock2D",) * 4,
              "up_block_types": ("UpDecoderBlock2D",) * 4}
    vqvae = randomize(AutoencoderKL(**{**CODER, **blocks, "latent_channels": 4, "scaling_factor": 0.18215}), 8)
    write_pipeline(directory, "LDMTextToImagePipeline",
                   {"bert": ("latent_diffusion", bert), "unet": ("diffusers", unet), "vqvae": ("diffusers", vqvae)},
                   {"tokenizer": ["transformers", "BertTokenizer"]})
    return LDMTextToImagePipeline(vqvae=vqvae, bert=bert, tokenizer=tokenizer, unet=unet, scheduler=None)


def make_super_resolution(directory):
    unet = randomize(UNet2DModel(**{**PLAIN, "in_channels": 6}), 9, OUTPUT_GAIN)
    vqvae = make_vq(10)
    write_pipeline(directory, "LDMSuperResolutionPipeline", {"unet": ("diffusers", unet), "vqvae": ("diffusers", vqvae)})
    return LDMSuperResolutionPipeline(vqvae=vqvae, unet=unet, scheduler=None)


class Decoded:
    """Stores the latents that an autoencoder decodes."""

    def __init__(self, coder, scale):
        self.coder, self.scale, self.latents = coder, scale, None

    def __enter__(self):
        self.decode = self.coder.decode

        def remember(latents):
            self.latents = latents * self.scale
            return self.decode(latents)

        self.coder.decode = remember
        return self

    def __exit__(self, *_):
        del self.coder.decode


def as_bytes(picture):
    return torch.from_numpy((picture.permute(0, 2, 3, 1).numpy() * 255).round().astype(numpy.uint8))


def scheduler_named(name):
    return SCHEDULERS[name].from_config({"_class_name": "DDIMScheduler", **SCHEDULE})


def scheduler_of_latents(name):
    """A scheduler that scales only the latents, not the small picture next to them, as in the network's training."""
    scheduler = scheduler_named(name)
    scale = scheduler.scale_model_input
    scheduler.scale_model_input = lambda joined, t: torch.cat([scale(joined[:, :3], t), joined[:, 3:]], 1)
    return scheduler


def run_pipeline(pipeline, case, scaled, **call):
    """Latents before any division, and the picture."""
    pipeline.register_modules(scheduler=scheduler_of_latents(case["scheduler"]))
    pipeline.set_progress_bar_config(disable=True)
    with Decoded(pipeline.vqvae, pipeline.vqvae.config.scaling_factor if scaled else 1) as decoded:
        picture = pipeline(num_inference_steps=case["steps"], generator=generator(case["seed"]), output_type="np",
                           **call)[0]
    return {"latents": decoded.latents, "image": (torch.from_numpy(picture) * 255).round().to(torch.uint8)}


def run_class(parts, case):
    """The sampling script of latent-diffusion: guidance is off at exactly 1."""
    unet, vqvae, embedder = parts
    scheduler = scheduler_named(case["scheduler"])
    scheduler.set_timesteps(case["steps"])
    rows, side, scale = case["batch"], unet.config.sample_size, case["guidance"]
    latents = torch.randn(rows, 3, side, side, generator=generator(case["seed"])) * scheduler.init_noise_sigma

    def context(label):
        return embedder.embedding(torch.full((rows, 1), label))

    for t in scheduler.timesteps:
        sample = scheduler.scale_model_input(latents, t)
        noise = unet(sample, t, context(case["class"])).sample
        if scale != 1.0:
            without = unet(sample, t, context(len(CLASSES))).sample
            noise = without + scale * (noise - without)
        latents = scheduler.step(noise, t, latents).prev_sample
    picture = (vqvae.decode(latents / vqvae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)
    return {"latents": latents, "image": as_bytes(picture)}


def write_image(path):
    y, x = numpy.mgrid[0:32, 0:64] / 32
    planes = [numpy.sin(7 * x + 3 * y) * 110 + 128, numpy.cos(5 * y - x) * 90 + 120, 120 * x + 10 * y]
    Image.fromarray(numpy.stack(planes, -1).astype(numpy.uint8)).save(path)


BASE = {"scheduler": "ddim", "steps": 5, "seed": 7}
CASES = {
    "uncond": {"model": "uncond"},
    "uncond_dpmpp_2m": {"model": "uncond", "scheduler": "dpmpp_2m", "batch": 2},
    "class": {"model": "class", "class": 2, "guidance": 3.0},
    "class_batch": {"model": "class", "class": 6, "guidance": 1.5, "batch": 2, "scheduler": "dpmpp_2m"},
    "class_below_one": {"model": "class", "class": 0, "guidance": 0.5},
    "class_unguided": {"model": "class", "class": 5, "guidance": 1.0},
    "text": {"model": "text", "prompt": "A small red circles above the blue cod, square", "guidance": 5.0},
    "text_unguided": {"model": "text", "prompt": "cat"},
    "super_resolution": {"model": "super_resolution", "image": IMAGE},
    "super_resolution_euler": {"model": "super_resolution", "image": IMAGE, "scheduler": "euler"},
}


def run_case(models, case, out_dir):
    batch = case.get("batch", 1)
    match case["model"]:
        case "uncond":
            return run_pipeline(models["uncond"], case, True, batch_size=batch)
        case "class":
            return run_class(models["class"], {"batch": batch, **case})
        case "text":
            return run_pipeline(models["text"], case, True, prompt=[case["prompt"]] * batch,
                                guidance_scale=case.get("guidance", 1.0))
        case _:
            image = Image.open(out_dir / case["image"])
            low = torch.from_numpy(numpy.array(image)).permute(2, 0, 1)[None].float() / 255 * 2 - 1
            return {"low": low, **run_pipeline(models["super_resolution"], case, False, image=image)}


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    makers = {"uncond": make_uncond, "class": make_class, "text": make_text,
              "super_resolution": make_super_resolution}
    with reproducible():
        models = {name: maker(out_dir / name) for name, maker in makers.items()}
        write_image(out_dir / IMAGE)
        cases = [{"name": name, **BASE, **changes} for name, changes in CASES.items()]
        for case in cases:
            write_tensors(out_dir / f"{case['name']}.safetensors", run_case(models, case, out_dir))
    lines = ",\n".join(json.dumps(case) for case in cases)
    (out_dir / "cases.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases": [\n{lines}\n]}}\n')

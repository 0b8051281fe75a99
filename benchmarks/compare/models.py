"""Model directories with seeded random weights, in the shapes of published models, for all engines to load."""

from __future__ import annotations

import pathlib

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

import ldm_models

SEED = 1
TOKENIZER = pathlib.Path(__file__).resolve().parents[2] / "models" / "shapes" / "tokenizer"
SD_VAE = dict(
    block_out_channels=(128, 256, 512, 512),
    layers_per_block=2,
    down_block_types=("DownEncoderBlock2D",) * 4,
    up_block_types=("UpDecoderBlock2D",) * 4,
    latent_channels=4,
)


def text_encoder(width: int, layers: int, heads: int, activation: str, projection: int = 0):
    config = CLIPTextConfig(
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        hidden_act=activation,
        projection_dim=projection or width,
    )
    return CLIPTextModelWithProjection(config) if projection else CLIPTextModel(config)


def scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def stable_diffusion(text: CLIPTextModel, unet: UNet2DConditionModel, vae) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        text_encoder=text,
        tokenizer=CLIPTokenizer.from_pretrained(TOKENIZER, model_max_length=77),
        unet=unet,
        vae=vae,
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sd15() -> StableDiffusionPipeline:
    return stable_diffusion(
        text_encoder(768, 12, 12, "quick_gelu"),
        UNet2DConditionModel(
            sample_size=64,
            block_out_channels=(320, 640, 1280, 1280),
            attention_head_dim=8,
            cross_attention_dim=768,
        ),
        AutoencoderKL(**SD_VAE, sample_size=512, scaling_factor=0.18215),
    )


def sd_turbo() -> StableDiffusionPipeline:
    """SD-Turbo with the tiny autoencoder, as streams use it."""
    return stable_diffusion(
        text_encoder(1024, 23, 16, "gelu"),
        UNet2DConditionModel(
            sample_size=64,
            block_out_channels=(320, 640, 1280, 1280),
            attention_head_dim=(5, 10, 20, 20),
            cross_attention_dim=1024,
            use_linear_projection=True,
        ),
        AutoencoderTiny(),
    )


def sdxl() -> StableDiffusionXLPipeline:
    tokenizer = CLIPTokenizer.from_pretrained(TOKENIZER, model_max_length=77)
    return StableDiffusionXLPipeline(
        text_encoder=text_encoder(768, 12, 12, "quick_gelu"),
        text_encoder_2=text_encoder(1280, 32, 20, "gelu", projection=1280),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=UNet2DConditionModel(
            sample_size=128,
            block_out_channels=(320, 640, 1280),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(5, 10, 20),
            cross_attention_dim=2048,
            transformer_layers_per_block=(1, 2, 10),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
        ),
        vae=AutoencoderKL(**SD_VAE, sample_size=1024, scaling_factor=0.13025, force_upcast=False),
        scheduler=scheduler(),
    )


ARCHITECTURES = {"sd15": sd15, "sdxl": sdxl, "sd_turbo": sd_turbo, **ldm_models.ARCHITECTURES}


def directory(name: str, cache: pathlib.Path) -> pathlib.Path:
    """The directory of an architecture's model, created in bf16 if it does not exist."""
    path = cache / name
    if not (path / "model_index.json").exists():
        print(f"making {path}", flush=True)
        torch.manual_seed(SEED)
        default = torch.get_default_dtype()
        torch.set_default_dtype(torch.bfloat16)
        try:
            ARCHITECTURES[name]().save_pretrained(path)
        finally:
            torch.set_default_dtype(default)
    return path

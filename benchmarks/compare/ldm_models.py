"""Models of latent-diffusion with seeded random weights, in the shapes of the published ones."""

from __future__ import annotations

import json
import pathlib

import torch
from diffusers import DDIMScheduler, LDMPipeline, LDMSuperResolutionPipeline, UNet2DConditionModel, UNet2DModel, VQModel

CLASSES, CONTEXT = 1000, 512


def scheduler(beta_end: float) -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.0015,
        beta_end=beta_end,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def vq_f4() -> VQModel:
    return VQModel(
        block_out_channels=(128, 256, 512),
        layers_per_block=2,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        latent_channels=3,
        num_vq_embeddings=8192,
        scaling_factor=1.0,
        sample_size=256,
    )


def ldm_uncond() -> LDMPipeline:
    """CelebA-HQ, LDM-VQ-4: 274 M parameters."""
    unet = UNet2DModel(
        sample_size=64,
        block_out_channels=(224, 448, 672, 896),
        down_block_types=("DownBlock2D",) + ("AttnDownBlock2D",) * 3,
        up_block_types=("AttnUpBlock2D",) * 3 + ("UpBlock2D",),
        attention_head_dim=32,
    )
    return LDMPipeline(vqvae=vq_f4(), unet=unet, scheduler=scheduler(0.0195))


def ldm_super_resolution() -> LDMSuperResolutionPipeline:
    """Factor 4: 114 M parameters."""
    unet = UNet2DModel(
        sample_size=64,
        in_channels=6,
        block_out_channels=(160, 320, 320, 640),
        down_block_types=("DownBlock2D",) * 3 + ("AttnDownBlock2D",),
        up_block_types=("AttnUpBlock2D",) + ("UpBlock2D",) * 3,
        attention_head_dim=32,
    )
    return LDMSuperResolutionPipeline(vqvae=vq_f4(), unet=unet, scheduler=scheduler(0.0155))


class ClassModel:
    """ImageNet, LDM-4-G: 401 M parameters, one head of attention. diffusers has no pipeline for it."""

    def __init__(self):
        self.unet = UNet2DConditionModel(
            sample_size=64,
            in_channels=3,
            out_channels=3,
            block_out_channels=(192, 384, 576, 960),
            down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 3,
            up_block_types=("CrossAttnUpBlock2D",) * 3 + ("UpBlock2D",),
            attention_head_dim=1,
            cross_attention_dim=CONTEXT,
        )
        self.vqvae = vq_f4()
        self.embedding = torch.nn.Embedding(CLASSES + 1, CONTEXT)

    def save_pretrained(self, path: pathlib.Path) -> None:
        from safetensors.torch import save_file

        self.unet.save_pretrained(path / "unet")
        self.vqvae.save_pretrained(path / "vqvae")
        scheduler(0.0195).save_pretrained(path / "scheduler")
        (path / "class_embedder").mkdir()
        save_file({"embedding.weight": self.embedding.weight.data},
                  path / "class_embedder" / "diffusion_pytorch_model.safetensors")
        index = {"_class_name": "LDMClassPipeline", "class_embedder": ["latentrt", "ClassEmbedder"],
                 "scheduler": ["diffusers", "DDIMScheduler"], "unet": ["diffusers", "UNet2DConditionModel"],
                 "vqvae": ["diffusers", "VQModel"]}
        (path / "model_index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


ARCHITECTURES = {"ldm_class": ClassModel, "ldm_super_resolution": ldm_super_resolution, "ldm_uncond": ldm_uncond}

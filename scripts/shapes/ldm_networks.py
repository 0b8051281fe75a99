"""The architectures of the small models in the form of latent-diffusion (Rombach et al. 2022)."""

from __future__ import annotations

import torch
from diffusers import UNet2DConditionModel, UNet2DModel, VQModel

from .one_object import CLASSES, SIDE
from .scene import SIDE as LARGE_SIDE

FACTOR = 4
LATENT_CHANNELS = 3
COLOR_CHANNELS = 3
CLASS_WIDTH = 64
WIDTHS = (32, 48)
COMMON = dict(
    out_channels=LATENT_CHANNELS,
    block_out_channels=WIDTHS,
    layers_per_block=2,
    norm_num_groups=8,
)


def autoencoder() -> VQModel:
    return VQModel(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 24, 32),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        num_vq_embeddings=2048,
        norm_num_groups=8,
        sample_size=SIDE,
        mid_block_add_attention=False,
        scaling_factor=1.0,
    )


class ClassEmbedder(torch.nn.Module):
    """A vector for every class; the last row is the null class."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(len(CLASSES) + 1, CLASS_WIDTH)

    def forward(self, labels: torch.Tensor) -> torch.Tensor:
        return self.embedding(labels)[:, None]


def class_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=SIDE // FACTOR,
        in_channels=LATENT_CHANNELS,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=CLASS_WIDTH,
        attention_head_dim=4,
        **COMMON,
    )


def inpaint_unet() -> UNet2DModel:
    """Reads the masked picture's latents and the mask next to the noisy latents."""
    return UNet2DModel(
        sample_size=SIDE // FACTOR,
        in_channels=2 * LATENT_CHANNELS + 1,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=12,
        **COMMON,
    )


def upscale_unet() -> UNet2DModel:
    """Reads the small picture next to the noisy latents; no attention, so that any size is possible."""
    return UNet2DModel(
        sample_size=LARGE_SIDE // FACTOR,
        in_channels=LATENT_CHANNELS + COLOR_CHANNELS,
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        add_attention=False,
        **COMMON,
    )

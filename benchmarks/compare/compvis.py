"""Converts an SD1.x model directory to one file with the names of CompVis, for stable-diffusion.cpp and latentrt --model."""

from __future__ import annotations

import pathlib
import re

import torch
from safetensors.torch import load_file, save_file

# The rules are tried in order; indices are computed from the pattern's groups.
UNET = [
    (r"(resnets\.\d+)\.norm1", r"\1.in_layers.0"),
    (r"(resnets\.\d+)\.conv1", r"\1.in_layers.2"),
    (r"(resnets\.\d+)\.time_emb_proj", r"\1.emb_layers.1"),
    (r"(resnets\.\d+)\.norm2", r"\1.out_layers.0"),
    (r"(resnets\.\d+)\.conv2", r"\1.out_layers.3"),
    (r"(resnets\.\d+)\.conv_shortcut", r"\1.skip_connection"),
    (r"^down_blocks\.(\d+)\.resnets\.(\d+)", lambda m: f"input_blocks.{3 * int(m[1]) + int(m[2]) + 1}.0"),
    (r"^down_blocks\.(\d+)\.attentions\.(\d+)", lambda m: f"input_blocks.{3 * int(m[1]) + int(m[2]) + 1}.1"),
    (r"^down_blocks\.(\d+)\.downsamplers\.0\.conv", lambda m: f"input_blocks.{3 * int(m[1]) + 3}.0.op"),
    (r"^up_blocks\.(\d+)\.resnets\.(\d+)", lambda m: f"output_blocks.{3 * int(m[1]) + int(m[2])}.0"),
    (r"^up_blocks\.(\d+)\.attentions\.(\d+)", lambda m: f"output_blocks.{3 * int(m[1]) + int(m[2])}.1"),
    (r"^up_blocks\.0\.upsamplers\.0", "output_blocks.2.1"),  # the first block has no attention before it
    (r"^up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"output_blocks.{3 * int(m[1]) + 2}.2"),
    (r"^mid_block\.attentions\.0", "middle_block.1"),
    (r"^mid_block\.resnets\.(\d)", lambda m: f"middle_block.{2 * int(m[1])}"),
    (r"^conv_in", "input_blocks.0.0"),
    (r"^conv_norm_out", "out.0"),
    (r"^conv_out", "out.2"),
    (r"^time_embedding\.linear_(\d)", lambda m: f"time_embed.{2 * int(m[1]) - 2}"),
]
VAE = [
    (r"down_blocks\.(\d)\.resnets", r"down.\1.block"),
    (r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample"),
    (r"up_blocks\.(\d)\.resnets", lambda m: f"up.{3 - int(m[1])}.block"),
    (r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample"),
    (r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}"),
    (r"mid_block\.attentions\.0", "mid.attn_1"),
    (r"attn_1\.group_norm", "attn_1.norm"),
    (r"attn_1\.to_([qkv])", r"attn_1.\1"),
    (r"attn_1\.to_out\.0", "attn_1.proj_out"),
    (r"conv_norm_out", "norm_out"),
    (r"conv_shortcut", "nin_shortcut"),
]
COMPONENTS = {
    "unet/diffusion_pytorch_model.safetensors": ("model.diffusion_model.", UNET),
    "vae/diffusion_pytorch_model.safetensors": ("first_stage_model.", VAE),
    "text_encoder/model.safetensors": ("cond_stage_model.transformer.text_model.", [(r"^text_model\.", "")]),
}


def renamed(name: str, rules: list) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def stored(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """In fp16; linear layers of the VAE's attention become 1x1 convolutions."""
    is_convolution = re.search(r"first_stage_model\..*attn_1\.\w+\.weight$", name) and tensor.dim() == 2
    return (tensor[:, :, None, None] if is_convolution else tensor).to(torch.float16).contiguous()


def write_checkpoint(model: pathlib.Path, file: pathlib.Path) -> None:
    tensors = {}
    for part, (prefix, rules) in COMPONENTS.items():
        for name, tensor in load_file(model / part).items():
            name = prefix + renamed(name, rules)
            tensors[name] = stored(name, tensor)
    save_file(tensors, file)

"""Writes the models of latent-diffusion as model directories in fp16, and reads them back."""

from __future__ import annotations

import json
import pathlib

import torch
from diffusers import UNet2DConditionModel, UNet2DModel, VQModel
from safetensors.torch import load_file, save_file

from . import networks
from .export import half, replace
from .one_object import CLASSES

_INDEX = {
    "_diffusers_version": "0.42.1",
    "scheduler": ["diffusers", "DDIMScheduler"],
    "vqvae": ["diffusers", "VQModel"],
}
_PLAIN = {"unet": ["diffusers", "UNet2DModel"]}
INDEX = {
    "class": {
        "_class_name": "LDMClassPipeline",
        "class_embedder": ["latentrt", "ClassEmbedder"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "id2label": {str(number): name for number, name in enumerate(CLASSES)},
    },
    "inpaint": {"_class_name": "LDMInpaintPipeline"} | _PLAIN,
    "upscale": {"_class_name": "LDMSuperResolutionPipeline"} | _PLAIN,
}
_TABLE = pathlib.Path("class_embedder/diffusion_pytorch_model.safetensors")


def export(target: pathlib.Path, kind: str, denoiser: torch.nn.Module, vq: VQModel) -> None:
    def write(folder: pathlib.Path) -> None:
        index = json.dumps(INDEX[kind] | _INDEX, indent=2)
        (folder / "model_index.json").write_text(index + "\n")
        half(denoiser.unet).save_pretrained(folder / "unet")
        half(vq).save_pretrained(folder / "vqvae")
        networks.scheduler().save_pretrained(folder / "scheduler")
        if kind == "class":
            (folder / _TABLE).parent.mkdir()
            save_file(half(denoiser.embedder).state_dict(), folder / _TABLE)

    replace(target, write)


def load_autoencoder(folder: pathlib.Path) -> VQModel:
    return VQModel.from_pretrained(folder / "vqvae", torch_dtype=torch.float32).eval()


def load_denoiser(folder: pathlib.Path, kind: str, denoiser: torch.nn.Module) -> torch.nn.Module:
    """The exported weights in a denoiser of that kind, in fp32."""
    network = UNet2DConditionModel if kind == "class" else UNet2DModel
    denoiser.unet = network.from_pretrained(folder / "unet", torch_dtype=torch.float32)
    if kind == "class":
        table = load_file(folder / _TABLE)
        denoiser.embedder.load_state_dict({n: v.float() for n, v in table.items()})
    return denoiser

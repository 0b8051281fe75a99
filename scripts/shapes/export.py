"""Writes the model as a diffusers StableDiffusionPipeline directory in fp16, whole files only."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable

import torch
import transformers.utils.logging
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from transformers import CLIPTextModel

from . import networks, tokenizer

transformers.utils.logging.disable_progress_bar()
diffusers_logging.set_verbosity_error()  # a note on every cast to fp16

INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def half(module: torch.nn.Module) -> torch.nn.Module:
    """An fp16 copy in the default memory format, as files store it."""
    return copy.deepcopy(module).cpu().to(torch.float16).to(memory_format=torch.contiguous_format)


def _write(
    folder: pathlib.Path, text: CLIPTextModel, unet: UNet2DConditionModel, scheduler, index: dict
) -> None:
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    half(text).save_pretrained(folder / "text_encoder")
    half(unet).save_pretrained(folder / "unet")
    scheduler.save_pretrained(folder / "scheduler")
    tokenizer.write(folder / "tokenizer")


def replace(target: pathlib.Path, write: Callable[[pathlib.Path], None]) -> None:
    """Replaces the files of `target` one by one, each by a rename; other files there stay."""
    target.mkdir(parents=True, exist_ok=True)
    fresh = pathlib.Path(tempfile.mkdtemp(prefix=".export-", dir=target))
    try:
        write(fresh)
        for path in sorted(p for p in fresh.rglob("*") if p.is_file()):
            path.chmod(0o644)
            place = target / path.relative_to(fresh)
            place.parent.mkdir(exist_ok=True)
            os.replace(path, place)
    finally:
        shutil.rmtree(fresh)


def export(
    target: pathlib.Path, text: CLIPTextModel, unet: UNet2DConditionModel, vae: AutoencoderKL
) -> None:
    def write(folder: pathlib.Path) -> None:
        _write(folder, text, unet, networks.scheduler(), INDEX)
        half(vae).save_pretrained(folder / "vae")

    replace(target, write)


def export_few_step(target: pathlib.Path, text: CLIPTextModel, unet: UNet2DConditionModel) -> None:
    """Everything but the autoencoder, which export_tiny_vae writes."""
    index = INDEX | {"scheduler": ["diffusers", "LCMScheduler"], "vae": ["diffusers", "AutoencoderTiny"]}
    replace(target, lambda folder: _write(folder, text, unet, networks.few_step_scheduler(), index))


def export_tiny_vae(target: pathlib.Path, vae: AutoencoderTiny) -> None:
    replace(target, lambda folder: half(vae).save_pretrained(folder / "vae"))


def load_unet(folder: pathlib.Path) -> UNet2DConditionModel:
    return UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float32)


def load(folder: pathlib.Path) -> tuple[CLIPTextModel, UNet2DConditionModel, AutoencoderKL]:
    """The networks of an exported model, in fp32, ready to train on."""
    return (
        CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32),
        load_unet(folder),
        AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32),
    )

"""The parts of a diffusers pipeline with inputs made once, as every peer that runs PyTorch's own networks times them."""

from __future__ import annotations

import argparse

import torch
from diffusers import DiffusionPipeline

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
TOKENS, FACTOR, GUIDANCE = 77, 8, 7.5


class Unet(torch.nn.Module):
    """Calls the network with the pipeline's own arguments, so that what was compiled for it serves the pipeline too."""

    def __init__(self, unet: torch.nn.Module):
        super().__init__()
        self.unet = unet

    def forward(self, latents, timestep, hidden, *added):
        return self.unet(
            latents,
            timestep,
            encoder_hidden_states=hidden,
            timestep_cond=None,
            cross_attention_kwargs=None,
            added_cond_kwargs=dict(zip(("text_embeds", "time_ids"), added)) or None,
            return_dict=False,
        )[0]


class Decoder(torch.nn.Module):
    def __init__(self, vae: torch.nn.Module):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents, return_dict=False, generator=None)[0]


class Parts:
    def __init__(self, pipe: DiffusionPipeline, options: argparse.Namespace, channels_last: bool = False):
        self.options, self.pipe, self.channels_last = options, pipe, channels_last
        self.dtype, self.device = DTYPES[options.dtype], pipe.unet.device
        pipe.set_progress_bar_config(disable=True)
        if channels_last:
            for part in (pipe.unet, pipe.vae):
                part.to(memory_format=torch.channels_last)
        self.random = torch.Generator().manual_seed(1)

    def _draw(self, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=self.random).to(self.device, self.dtype)

    def _latents(self, rows: int) -> torch.Tensor:
        latents = self._draw(rows, 4, self.options.height // FACTOR, self.options.width // FACTOR)
        return latents.contiguous(memory_format=torch.channels_last) if self.channels_last else latents

    def _added(self, rows: int, config) -> list[torch.Tensor]:
        """The inputs of SDXL's UNet in addition to the text."""
        if config.addition_embed_type != "text_time":
            return []
        width = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        return [self._draw(rows, width), torch.full((rows, 6), 512.0, device=self.device, dtype=self.dtype)]

    def network(self, part: str) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
        """unet or vae as a module, and its inputs."""
        if part == "vae":
            pictures = self.options.batch - self.options.batch // 2  # two rows are one with guidance
            return Decoder(self.pipe.vae), (self._latents(pictures),)
        rows, unet = self.options.batch, self.pipe.unet
        hidden = self._draw(rows, TOKENS, unet.config.cross_attention_dim)
        added = self._added(rows, unet.config)
        return Unet(unet), (self._latents(rows), torch.tensor(500, device=self.device), hidden, *added)

    def work(self, part: str):
        """A closure that runs unet, vae or e2e once."""
        if part == "e2e":
            return self._picture
        module, inputs = self.network(part)
        return lambda: module(*inputs)

    def _picture(self):
        o = self.options
        return self.pipe(
            "a prompt", width=o.width, height=o.height, num_inference_steps=o.steps, guidance_scale=GUIDANCE
        )


def load(options: argparse.Namespace) -> DiffusionPipeline:
    torch.set_num_threads(options.threads)
    return DiffusionPipeline.from_pretrained(options.model, torch_dtype=DTYPES[options.dtype])

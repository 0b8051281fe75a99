"""The parts of a diffusers pipeline with fixed inputs, for all peers that time PyTorch's own networks."""

from __future__ import annotations

import argparse

import torch
from diffusers import DiffusionPipeline, LDMPipeline, VQModel

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
TOKENS, GUIDANCE = 77, 7.5


class Unet(torch.nn.Module):
    """Calls the network with the pipeline's own arguments, so that compiled code also serves the pipeline."""

    def __init__(self, unet: torch.nn.Module):
        super().__init__()
        self.unet = unet

    def forward(self, latents, timestep, *context):
        if not context:
            return self.unet(latents, timestep, return_dict=False)[0]
        hidden, *added = context
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
        self.more = {} if isinstance(vae, VQModel) else {"generator": None}

    def forward(self, latents):
        return self.vae.decode(latents, return_dict=False, **self.more)[0]


class Parts:
    def __init__(self, pipe: DiffusionPipeline, options: argparse.Namespace, channels_last: bool = False):
        self.options, self.pipe, self.channels_last = options, pipe, channels_last
        self.coder = pipe.vqvae if hasattr(pipe, "vqvae") else pipe.vae
        self.dtype, self.device = DTYPES[options.dtype], pipe.unet.device
        pipe.set_progress_bar_config(disable=True)
        if channels_last:
            for part in (pipe.unet, self.coder):
                part.to(memory_format=torch.channels_last)
        self.random = torch.Generator().manual_seed(1)

    def _draw(self, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=self.random).to(self.device, self.dtype)

    def _latents(self, rows: int, channels: int) -> torch.Tensor:
        factor = 2 ** (len(self.coder.config.block_out_channels) - 1)
        latents = self._draw(rows, channels, self.options.height // factor, self.options.width // factor)
        return latents.contiguous(memory_format=torch.channels_last) if self.channels_last else latents

    def _context(self, rows: int, config) -> list[torch.Tensor]:
        """The text, if the UNet reads one, and the additional inputs of SDXL's UNet."""
        if "cross_attention_dim" not in config:
            return []
        text = self._draw(rows, TOKENS, config.cross_attention_dim)
        if config.addition_embed_type != "text_time":
            return [text]
        width = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        return [text, self._draw(rows, width), torch.full((rows, 6), 512.0, device=self.device, dtype=self.dtype)]

    def network(self, part: str) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
        """unet or vae as a module, and its inputs."""
        if part == "vae":
            pictures = self.options.batch - self.options.batch // 2  # two rows are one picture with guidance
            return Decoder(self.coder), (self._latents(pictures, self.coder.config.latent_channels),)
        rows, unet = self.options.batch, self.pipe.unet
        inputs = self._latents(rows, unet.config.in_channels), torch.tensor(500, device=self.device)
        return Unet(unet), (*inputs, *self._context(rows, unet.config))

    def work(self, part: str):
        """A closure that runs unet, vae or e2e once."""
        if part == "e2e":
            return self._picture
        module, inputs = self.network(part)
        return lambda: module(*inputs)

    def _picture(self):
        o = self.options
        if isinstance(self.pipe, LDMPipeline):
            return self.pipe(num_inference_steps=o.steps)
        return self.pipe(
            "a prompt", width=o.width, height=o.height, num_inference_steps=o.steps, guidance_scale=GUIDANCE
        )


def load(options: argparse.Namespace) -> DiffusionPipeline:
    torch.set_num_threads(options.threads)
    return DiffusionPipeline.from_pretrained(options.model, torch_dtype=DTYPES[options.dtype])

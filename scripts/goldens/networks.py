"""Golden networks: small random models with the full structure of the real ones, their inputs and their outputs.

Each folder is a component as diffusers or transformers saves it, with one io*.safetensors per set of inputs.
"""

import re
from pathlib import Path

import torch
from diffusers import (AutoencoderKL, AutoencoderTiny, LatentConsistencyModelPipeline, UNet2DConditionModel,
                       UNet2DModel, VQModel)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from goldens.reference import generator, half_values, randomize, recorded, reproducible, write_model, write_tensors

UNET_PARTS = re.compile(
    r"conv_in|conv_norm_out|(time|class|add)_embedding|mid_block(\.(resnets|attentions)\.\d+)?|(down|up)_blocks\.\d+")
VAE_PARTS = re.compile(
    r"(quant|post_quant)_conv|(en|de)coder\.(conv_in|conv_norm_out|(down|up)_blocks\.\d+"
    r"|mid_block(\.(resnets|attentions)\.\d+)?)")

ATTENTION_LEVELS = ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",)
UNETS = {
    "unet_sd1": {"block_out_channels": (8, 8, 16, 16), "layers_per_block": 2, "attention_head_dim": 4},
    "unet_sd2": {"block_out_channels": (8, 8, 12, 16), "layers_per_block": 1, "attention_head_dim": [1, 2, 3, 4],
                 "use_linear_projection": True, "upcast_attention": True},
    "unet_sdxl": {"block_out_channels": (8, 12, 16), "layers_per_block": 1, "attention_head_dim": [2, 3, 4],
                  "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                  "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                  "transformer_layers_per_block": [1, 2, 3], "use_linear_projection": True,
                  "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
                  "projection_class_embeddings_input_dim": 20 + 6 * 8},
    "unet_class_embedding": {"num_class_embeds": 11},
    "unet_class_timestep": {"class_embed_type": "timestep"},
    "unet_class_projection": {"class_embed_type": "projection", "projection_class_embeddings_input_dim": 10},
    "unet_class_concat": {"class_embed_type": "simple_projection", "projection_class_embeddings_input_dim": 10,
                          "class_embeddings_concat": True},
    "unet_scale_shift": {"resnet_time_scale_shift": "scale_shift", "norm_eps": 1e-3},
    "unet_only_cross": {"only_cross_attention": [True, False], "in_channels": 7},
    "unet_embedding_order": {"flip_sin_to_cos": False, "freq_shift": 1, "conv_in_kernel": 5, "conv_out_kernel": 1,
                             "downsample_padding": 0, "center_input_sample": True},
    "unet_guidance": {"time_cond_proj_dim": 6},
    "unet_nested_depth": {"transformer_layers_per_block": [[1, 2], [2, 1]], "layers_per_block": 2,
                          "reverse_transformer_layers_per_block": [[1, 2, 1], [2, 1, 1]]},
    "unet_one_head": {"attention_head_dim": 1},
    "unet_self_attention": {"down_block_types": ("AttnDownBlock2D", "CrossAttnDownBlock2D"),
                            "up_block_types": ("CrossAttnUpBlock2D", "AttnUpBlock2D"),
                            "attention_head_dim": [4, 2]},
    "unet_resnet_blocks": {"block_out_channels": (4, 8, 8), "resnet_skip_time_act": True,
                           "resnet_out_scale_factor": 1.25, "resnet_time_scale_shift": "scale_shift",
                           "down_block_types": ("ResnetDownsampleBlock2D", "CrossAttnDownBlock2D",
                                                "ResnetDownsampleBlock2D"),
                           "up_block_types": ("ResnetUpsampleBlock2D", "CrossAttnUpBlock2D",
                                              "ResnetUpsampleBlock2D")},
}
UNCONDITIONAL_UNETS = {
    "unet_2d_attention": {"down_block_types": ("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
                          "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
                          "block_out_channels": (4, 8, 12), "attention_head_dim": 4, "in_channels": 6},
    "unet_2d_resnets": {"down_block_types": ("AttnDownBlock2D", "DownBlock2D"), "downsample_type": "resnet",
                        "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D"), "upsample_type": "resnet",
                        "resnet_time_scale_shift": "scale_shift", "attention_head_dim": None, "num_class_embeds": 9,
                        "mid_block_scale_factor": 1.5, "freq_shift": 1, "flip_sin_to_cos": False},
    "unet_2d_plain": {"down_block_types": ("ResnetDownsampleBlock2D", "DownBlock2D", "DownBlock2D"),
                      "up_block_types": ("UpBlock2D", "UpBlock2D", "ResnetUpsampleBlock2D"),
                      "block_out_channels": (4, 8, 8), "downsample_padding": 0, "add_attention": False,
                      "center_input_sample": True, "class_embed_type": "timestep", "layers_per_block": 2},
    "unet_2d_mid_norm": {"down_block_types": ("DownBlock2D", "DownBlock2D"), "up_block_types": ("UpBlock2D",) * 2,
                         "resnet_time_scale_shift": "scale_shift", "attn_norm_num_groups": 4,
                         "attention_head_dim": 3, "class_embed_type": "identity"},
}
TWO_LEVELS = {"block_out_channels": (4, 8), "layers_per_block": 1, "attention_head_dim": 2, "norm_num_groups": 2,
              "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
              "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D")}
"""The variants' shape, for brevity; SD1, SD2 and SDXL have their own."""

CONTEXT = 24
TOKENS = 77
# name of the set of inputs -> (rows, height, width, tokens, timesteps)
ONE_SIZE = {"io": (2, 16, 16, TOKENS, (761.0, 761.0))}
SMALL_SIZE = {"io": (2, 8, 12, 7, (961.75, 20.0))}
RESIDUAL_SIZE = (2, 8, 12, 7, (761.0, 20.0))
UNET_INPUTS = {
    "unet_sd1": {**ONE_SIZE, "io_65x63": (1, 65, 63, TOKENS, (999.0,)), "io_17x9": (2, 17, 9, TOKENS, (1.0, 1.0)),
                 "io_rows": (3, 8, 16, TOKENS + 7, (981.0, 441.5, 0.0))},
    "unet_sd2": {**ONE_SIZE, "io_9x24": (1, 9, 24, TOKENS, (20.0,))},
    "unet_sdxl": {**ONE_SIZE, "io_rows": (3, 11, 8, 7, (999.0, 499.25, 1.0))},
}


def make_unet(name, overrides):
    base = {} if name in UNET_INPUTS else TWO_LEVELS
    config = {"sample_size": 16, "cross_attention_dim": CONTEXT, "norm_num_groups": 4, **base, **overrides}
    return randomize(UNet2DConditionModel(**config), seed=len(name))


def class_labels(unet, rows, source):
    config = unet.config
    if config.num_class_embeds is not None:
        return torch.arange(rows) * 7 % config.num_class_embeds
    if config.class_embed_type == "timestep":
        return torch.arange(rows) * 300.0 + 20.0
    if config.class_embed_type is not None:
        return torch.randn(rows, config.projection_class_embeddings_input_dim, generator=source)
    return None


def size_conditions(unet, rows, source):
    if unet.config.addition_embed_type != "text_time":
        return {}
    ids = torch.tensor([[512.0, 768.0, 0.0, 16.0, 1024.0, 1000.0]]) + torch.arange(rows)[:, None] * 64
    pooled = unet.config.projection_class_embeddings_input_dim - ids.shape[1] * unet.config.addition_time_embed_dim
    return {"text_embeds": torch.randn(rows, pooled, generator=source), "time_ids": ids}


def unet_inputs(unet, rows, height, width, tokens, timesteps, source):
    inputs = {
        "sample": half_values(torch.randn(rows, unet.config.in_channels, height, width, generator=source)),
        "timestep": torch.tensor(timesteps),
        "encoder_hidden_states": half_values(torch.randn(rows, tokens, CONTEXT, generator=source)),
        **size_conditions(unet, rows, source),
    }
    if unet.config.time_cond_proj_dim is not None:
        inputs["guidance"] = 1000 * (torch.arange(rows) * 2.5 + 1.5)
    labels = class_labels(unet, rows, source)
    return inputs if labels is None else {**inputs, "class_labels": labels}


def run_unet(unet, inputs):
    added = {name: inputs[name] for name in ("text_embeds", "time_ids") if name in inputs}
    plain = {name: tensor for name, tensor in inputs.items() if name not in (*added, "guidance")}
    if "guidance" in inputs:
        width = unet.config.time_cond_proj_dim
        plain["timestep_cond"] = LatentConsistencyModelPipeline.get_guidance_scale_embedding(
            None, inputs["guidance"] / 1000, embedding_dim=width)
    with recorded(unet, UNET_PARTS.fullmatch) as hooks:
        out = unet(**plain, added_cond_kwargs=added or None).sample
    return {**inputs, "out": out, **hooks}


def run_with_residuals(unet, inputs, source):
    """The residuals of a ControlNet: one tensor for each skip, and one for the middle block."""
    shapes = {}

    def note(module, args, output):
        tensors = (output,) if isinstance(output, torch.Tensor) else output[1]
        shapes[module] = [tensor.shape for tensor in tensors]

    handles = [module.register_forward_hook(note) for module in (unet.conv_in, *unet.down_blocks, unet.mid_block)]
    run_unet(unet, inputs)
    for handle in handles:
        handle.remove()
    down = [half_values(torch.randn(shape, generator=source)) for module in (unet.conv_in, *unet.down_blocks)
            for shape in shapes[module]]
    mid = half_values(torch.randn(shapes[unet.mid_block][0], generator=source))
    plain = {name: tensor for name, tensor in inputs.items() if name not in ("text_embeds", "time_ids")}
    added = {name: tensor for name, tensor in inputs.items() if name not in plain}
    out = unet(**plain, added_cond_kwargs=added or None, down_block_additional_residuals=down,
               mid_block_additional_residual=mid).sample
    return {**inputs, **{f"down_residual.{i}": tensor for i, tensor in enumerate(down)}, "mid_residual": mid, "out": out}


def make_unets(out_dir):
    for name, overrides in UNETS.items():
        unet = make_unet(name, overrides)
        is_wide = name == "unet_scale_shift"
        write_model(out_dir / name, unet, dtype=torch.float32 if is_wide else torch.float16)
        for number, (io, shape) in enumerate(UNET_INPUTS.get(name, SMALL_SIZE).items()):
            write_tensors(out_dir / name / f"{io}.safetensors",
                          run_unet(unet, unet_inputs(unet, *shape, generator(100 + number))))
        if name in UNET_INPUTS:
            source = generator(200)
            write_tensors(out_dir / name / "residuals.safetensors",
                          run_with_residuals(unet, unet_inputs(unet, *RESIDUAL_SIZE, source), source))


def unconditional_labels(unet, rows, source):
    if unet.config.class_embed_type == "identity":
        return torch.randn(rows, 4 * unet.config.block_out_channels[0], generator=source)
    return class_labels(unet, rows, source)


def make_unconditional_unets(out_dir):
    rows, height, width = 2, 8, 12
    for name, overrides in UNCONDITIONAL_UNETS.items():
        config = {"block_out_channels": (4, 8), "layers_per_block": 1, "norm_num_groups": 2, "sample_size": 8,
                  **overrides}
        unet = randomize(UNet2DModel(**config), seed=len(name))
        source = generator(100)
        sample = half_values(torch.randn(rows, unet.config.in_channels, height, width, generator=source))
        inputs = {"sample": sample, "timestep": torch.tensor([961.75, 20.0])}
        labels = unconditional_labels(unet, rows, source)
        if labels is not None:
            inputs["class_labels"] = labels
        with recorded(unet, UNET_PARTS.fullmatch) as hooks:
            out = unet(**inputs).sample
        write_model(out_dir / name, unet)
        write_tensors(out_dir / name / "io.safetensors", {**inputs, "out": out, **hooks})


OLD_ATTENTION = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
VAES = {
    "vae_kl": {"block_out_channels": (4, 8, 12, 12), "layers_per_block": 2},
    "vae_old_names": {"block_out_channels": (4, 8), "layers_per_block": 1},
    "vae_no_quant": {"block_out_channels": (4, 8, 12), "layers_per_block": 1, "latent_channels": 6,
                     "use_quant_conv": False, "use_post_quant_conv": False},
    "vae_no_attention": {"block_out_channels": (4, 8), "layers_per_block": 1, "mid_block_add_attention": False},
    "vae_level_attention": {"block_out_channels": (4, 8, 8), "layers_per_block": 1, "latent_channels": 6,
                            "down_block_types": ("DownEncoderBlock2D", "AttnDownEncoderBlock2D",
                                                 "AttnDownEncoderBlock2D"),
                            "up_block_types": ("AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D")},
}
# name of the set of inputs -> (rows, height, width) of the image
VAE_INPUTS = {"io": (2, 16, 24), "io_wide": (1, 16, 40)}


def old_attention_names(key):
    for new, old in OLD_ATTENTION.items():
        key = key.replace(new, old)
    return key


def make_vae(overrides):
    levels = len(overrides["block_out_channels"])
    blocks = {"down_block_types": ("DownEncoderBlock2D",) * levels, "up_block_types": ("UpDecoderBlock2D",) * levels}
    return randomize(AutoencoderKL(sample_size=32, norm_num_groups=2, **{"latent_channels": 4, **blocks, **overrides}),
                     seed=levels)


def run_vae(vae, rows, height, width, source):
    shrink = 2 ** (len(vae.config.block_out_channels) - 1)
    sample = half_values(torch.rand(rows, 3, height, width, generator=source) * 2 - 1)
    latent = half_values(torch.randn(rows, vae.config.latent_channels, height // shrink, width // shrink,
                                     generator=source))
    with recorded(vae, VAE_PARTS.fullmatch) as hooks:
        posterior = vae.encode(sample).latent_dist
        out = vae.decode(latent).sample
    return {"sample": sample, "mean": posterior.mean, "logvar": posterior.logvar, "latent": latent, "out": out, **hooks}


def make_vaes(out_dir):
    for name, overrides in VAES.items():
        vae = make_vae(overrides)
        write_model(out_dir / name, vae, rename=old_attention_names if name == "vae_old_names" else str)
        for number, (io, shape) in enumerate(VAE_INPUTS.items()):
            write_tensors(out_dir / name / f"{io}.safetensors", run_vae(vae, *shape, generator(200 + number)))


TINY_VAES = {
    "tiny_vae": {"encoder_block_out_channels": (6,) * 4, "decoder_block_out_channels": (6,) * 4},
    "tiny_vae_other_depths": {"encoder_block_out_channels": (4,) * 2, "decoder_block_out_channels": (8,) * 2,
                              "num_encoder_blocks": (2, 0), "num_decoder_blocks": (1, 2), "latent_channels": 6,
                              "latent_magnitude": 2, "scaling_factor": 0.5},
}


def make_tiny_vaes(out_dir):
    for name, overrides in TINY_VAES.items():
        vae = randomize(AutoencoderTiny(**overrides), seed=len(name))
        write_model(out_dir / name, vae)
        shrink = 2 ** (len(overrides["encoder_block_out_channels"]) - 1)
        for number, (io, (rows, height, width)) in enumerate(VAE_INPUTS.items()):
            source = generator(300 + number)
            sample = half_values(torch.rand(rows, 3, height, width, generator=source) * 2 - 1)
            latent = half_values(2 * torch.randn(rows, vae.config.latent_channels, height // shrink, width // shrink,
                                                 generator=source))
            write_tensors(out_dir / name / f"{io}.safetensors",
                          {"sample": sample, "latents": vae.encode(sample).latents, "latent": latent,
                           "out": vae.decode(latent).sample})


VQ_MODELS = {
    "vq_model": {"block_out_channels": (4, 8, 8), "layers_per_block": 2, "norm_num_groups": 2,
                 "down_block_types": ("DownEncoderBlock2D",) * 3, "up_block_types": ("UpDecoderBlock2D",) * 3,
                 "num_vq_embeddings": 40},
    "vq_attention": {"block_out_channels": (4, 8), "norm_num_groups": 2, "latent_channels": 4, "vq_embed_dim": 5,
                     "down_block_types": ("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
                     "up_block_types": ("AttnUpDecoderBlock2D", "UpDecoderBlock2D"), "num_vq_embeddings": 29,
                     "mid_block_add_attention": False, "scaling_factor": 0.5},
    "vq_spatial": {"block_out_channels": (32,), "up_block_types": ("AttnUpDecoderBlock2D",), "norm_type": "spatial",
                   "num_vq_embeddings": 23},
}


def run_vq(vq, rows, height, width, source):
    shrink = 2 ** (len(vq.config.block_out_channels) - 1)
    channels = vq.config.vq_embed_dim or vq.config.latent_channels
    sample = half_values(torch.rand(rows, 3, height, width, generator=source) * 2 - 1)
    latent = half_values(torch.randn(rows, channels, height // shrink, width // shrink, generator=source))
    return {"sample": sample, "latents": vq.encode(sample).latents, "latent": latent,
            "codes": vq.quantize(latent)[0], "out": vq.decode(latent).sample}


def make_vq_models(out_dir):
    for name, overrides in VQ_MODELS.items():
        vq = randomize(VQModel(**overrides), seed=len(name))
        tensors = run_vq(vq, *VAE_INPUTS["io"], generator(400))
        if vq.config.norm_type == "spatial":
            # Its norms have at least 32 channels: half of the model is enough.
            del vq.encoder, vq.quant_conv
            del tensors["sample"], tensors["latents"]
        write_model(out_dir / name, vq)
        write_tensors(out_dir / name / "io.safetensors", tensors)


VOCABULARY = 100
BEGIN, END = 97, 98
CLIPS = {
    "clip_l": (CLIPTextModel, {"hidden_act": "quick_gelu", "eos_token_id": 2, "max_position_embeddings": TOKENS}),
    "clip_h": (CLIPTextModel, {"hidden_act": "gelu", "eos_token_id": END, "hidden_size": 24,
                               "num_attention_heads": 3}),
    "clip_bigg": (CLIPTextModelWithProjection, {"hidden_act": "gelu", "eos_token_id": END, "projection_dim": 20}),
    "clip_bigg_old_eos": (CLIPTextModelWithProjection, {"hidden_act": "gelu", "eos_token_id": 2,
                                                        "projection_dim": 12}),
}
PREFIXED = ("clip_l", "clip_bigg", "clip_bigg_old_eos")


def make_clip(name):
    kind, overrides = CLIPS[name]
    config = {"vocab_size": VOCABULARY, "hidden_size": 16, "intermediate_size": 40, "num_hidden_layers": 3,
              "num_attention_heads": 2, "max_position_embeddings": 24, "bos_token_id": BEGIN, "pad_token_id": 0,
              **overrides}
    return randomize(kind(CLIPTextConfig(**config)), seed=len(name))


def token_ids(positions, source):
    """Three prompts: padded with END, padded with 0 and with an id above END in the text, full. All hold a 2 early."""
    ids = torch.randint(3, BEGIN - 1, (3, positions), generator=source)
    ids[:, 0] = BEGIN
    ids[:, 3] = 2
    ids[0, 9:] = END
    ids[1, 14] = END
    ids[1, 15:] = 0
    ids[1, 6] = VOCABULARY - 1
    ids[2, -1] = END
    return ids


def clip_keys(name):
    def rename(key):
        bare = key.removeprefix("text_model.")
        return f"text_model.{bare}" if name in PREFIXED and not bare.startswith("text_projection") else bare
    return rename


def run_clip(clip, source):
    ids = token_ids(clip.config.max_position_embeddings, source)
    outputs = clip(input_ids=ids, output_hidden_states=True)
    pooled = outputs.text_embeds if "text_embeds" in outputs else outputs.pooler_output
    states = {f"hidden_states.{i}": state for i, state in enumerate(outputs.hidden_states)}
    return {"input_ids": ids, "out": outputs.last_hidden_state, "pooled": pooled, **states}


def make_clips(out_dir):
    for name in CLIPS:
        clip = make_clip(name)
        write_model(out_dir / name, clip, rename=clip_keys(name))
        write_tensors(out_dir / name / "io.safetensors", run_clip(clip, generator(300)))


def make(out_dir: Path) -> None:
    with reproducible():
        make_unets(out_dir)
        make_unconditional_unets(out_dir)
        make_vq_models(out_dir)
        make_vaes(out_dir)
        make_tiny_vaes(out_dir)
        make_clips(out_dir)

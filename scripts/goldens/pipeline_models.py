"""Small random pipelines in the directory form of diffusers: every part that SD 1, SD 2 and SDXL have."""

import json

from diffusers import AutoencoderKL, StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from goldens.reference import randomize, write_model
from goldens.small_tokenizer import END, make_tokenizer

TOKENS = 20
OUTPUT_GAIN = 0.2

# As in published checkpoints: the SD 1 and SDXL files are older than some keys, and lack those.
COMMON_SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
                   "num_train_timesteps": 1000, "steps_offset": 1, "clip_sample": False, "set_alpha_to_one": False,
                   "trained_betas": None}
SCHEDULES = {
    "sd1": {"_class_name": "PNDMScheduler", **COMMON_SCHEDULE, "skip_prk_steps": True},
    "sd2": {"_class_name": "DDIMScheduler", **COMMON_SCHEDULE, "prediction_type": "v_prediction",
            "rescale_betas_zero_snr": True, "timestep_spacing": "trailing", "set_alpha_to_one": True},
    "sdxl": {"_class_name": "EulerDiscreteScheduler", **COMMON_SCHEDULE, "interpolation_type": "linear",
             "prediction_type": "epsilon", "sample_max_value": 1.0, "skip_prk_steps": True,
             "timestep_spacing": "leading", "use_karras_sigmas": False},
    "sdxl_no_zeros": {"_class_name": "EulerAncestralDiscreteScheduler", **COMMON_SCHEDULE,
                      "prediction_type": "epsilon", "timestep_spacing": "trailing"},
}

SD_LEVELS = {"down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
             "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D")}
XL_LEVELS = {"down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
             "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"), "use_linear_projection": True,
             "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
             "projection_class_embeddings_input_dim": 12 + 6 * 8}
UNETS = {
    "sd1": {**SD_LEVELS, "block_out_channels": (8, 8, 12), "attention_head_dim": 4, "cross_attention_dim": 16},
    "sd2": {**SD_LEVELS, "block_out_channels": (8, 8, 12), "attention_head_dim": [2, 4, 6],
            "cross_attention_dim": 24, "use_linear_projection": True, "upcast_attention": True},
    "sdxl": {**XL_LEVELS, "block_out_channels": (8, 12), "attention_head_dim": [2, 3], "cross_attention_dim": 16 + 24,
             "transformer_layers_per_block": [1, 2]},
    "sdxl_no_zeros": {**XL_LEVELS, "block_out_channels": (4, 8), "attention_head_dim": [1, 2],
                      "cross_attention_dim": 16 + 24, "norm_num_groups": 2},
}
SMALL_CLIP = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "hidden_act": "quick_gelu",
              "eos_token_id": 2, "bos_token_id": 0}
LARGE_CLIP = {"hidden_size": 24, "num_attention_heads": 3, "intermediate_size": 48, "hidden_act": "gelu"}


def make_unet(name, seed):
    config = {"sample_size": 6, "layers_per_block": 1, "norm_num_groups": 4, **UNETS[name]}
    return randomize(UNet2DConditionModel(**config), seed, OUTPUT_GAIN)


def make_vae(name, seed):
    blocks = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    scaling = 0.13025 if name.startswith("sdxl") else 0.18215
    return randomize(AutoencoderKL(block_out_channels=(4, 4, 8, 8), norm_num_groups=2, layers_per_block=1,
                                   sample_size=48, scaling_factor=scaling, **blocks), seed)


def make_text_encoder(kind, tokenizer, overrides, seed):
    specials = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
                "pad_token_id": tokenizer.pad_token_id}
    config = {"vocab_size": len(tokenizer), "num_hidden_layers": 3, "max_position_embeddings": TOKENS,
              "projection_dim": 12, **specials, **overrides}
    return randomize(kind(CLIPTextConfig(**config)), seed)


def published_key(key):
    """The key with the prefix text_model., as in most saved files."""
    return key if key.startswith(("text_model.", "text_projection.")) else f"text_model.{key}"


def make_text_parts(directory, name, seed):
    """Part name -> class; each with its tokenizer. SD 2 and SDXL's second one pad with "!"."""
    plain, with_pooled = (CLIPTextModel, "CLIPTextModel"), (CLIPTextModelWithProjection, "CLIPTextModelWithProjection")
    wanted = {"sd1": [("", END, plain, SMALL_CLIP)], "sd2": [("", "!", plain, LARGE_CLIP)]}.get(
        name, [("", END, plain, SMALL_CLIP), ("_2", "!", with_pooled, LARGE_CLIP)])
    index = {}
    for suffix, pad_token, (kind, kind_name), config in wanted:
        tokenizer = make_tokenizer(directory / f"tokenizer{suffix}", pad_token, TOKENS)
        encoder = make_text_encoder(kind, tokenizer, config, seed + len(suffix))
        write_model(directory / f"text_encoder{suffix}", encoder, rename=published_key)
        index[f"tokenizer{suffix}"] = ["transformers", "CLIPTokenizer"]
        index[f"text_encoder{suffix}"] = ["transformers", kind_name]
    return index


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def make_model(directory, name, seed):
    """Writes a pipeline directory; the weights are fp16 values in fp16 files."""
    is_xl = name.startswith("sdxl")
    pipeline = StableDiffusionXLPipeline if is_xl else StableDiffusionPipeline
    index = {"_class_name": pipeline.__name__, **make_text_parts(directory, name, seed),
             "scheduler": ["diffusers", SCHEDULES[name]["_class_name"]], "unet": ["diffusers", "UNet2DConditionModel"],
             "vae": ["diffusers", "AutoencoderKL"], "feature_extractor": [None, None], "image_encoder": [None, None]}
    if is_xl:
        index["force_zeros_for_empty_prompt"] = name == "sdxl"
    else:
        index |= {"safety_checker": [None, None], "requires_safety_checker": False}
    write_json(directory / "model_index.json", index)
    write_json(directory / "scheduler" / "scheduler_config.json", SCHEDULES[name])
    write_model(directory / "unet", make_unet(name, seed))
    write_model(directory / "vae", make_vae(name, seed))

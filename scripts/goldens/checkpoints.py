"""Golden checkpoints in one file and LoRA files: the small pipelines in the common file formats, and the final
latents that diffusers reaches with them.

The single files are written here, tensor by tensor, from the directories of the topic `pipelines`; diffusers reads them
with its own converter, which shows that they are valid.
"""

import json
import re
from pathlib import Path

import diffusers
import torch
from peft import LoHaConfig, LoKrConfig, LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from goldens import pipelines
from goldens.reference import generator, half_values, reproducible, write_tensors

STEPS, RANK = 10, 2
WORD, WORD_PROMPT = "<toy-cat>", "a <toy-cat> above a <toy-cat>, large"
# Layers per level of the small UNets, and which levels of the upsampling path have attention, outermost first.
LAYERS = 1
UP_ATTENTION = {"sd1": [True, True, False], "sd2": [True, True, False], "sdxl": [False, True]}
TEXT = {"sd1": {"text_encoder": "cond_stage_model.transformer."},
        "sd2": {"text_encoder": "cond_stage_model.model."},
        "sdxl": {"text_encoder": "conditioner.embedders.0.transformer.",
                 "text_encoder_2": "conditioner.embedders.1.model."}}
RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
          "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
UNET_ENDS = {"conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
             "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
             "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
             "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1",
             "mid_block.resnets.1": "middle_block.2"}
VAE_PARTS = {"conv_shortcut": "nin_shortcut", "group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v",
             "to_out.0": "proj_out", "mid_block.resnets.0": "mid.block_1", "mid_block.attentions.0": "mid.attn_1",
             "mid_block.resnets.1": "mid.block_2", "conv_norm_out": "norm_out"}
OPEN_CLIP = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
             "self_attn.out_proj": "attn.out_proj", "encoder.layers": "transformer.resblocks",
             "final_layer_norm": "ln_final", "embeddings.token_embedding": "token_embedding",
             "embeddings.position_embedding.weight": "positional_embedding"}


def renamed(name, parts):
    for old, new in parts.items():
        name = re.sub(rf"(^|\.){re.escape(old)}(?=\.|$)", rf"\g<1>{new}", name)
    return name


def unet_name(name, model):
    """The training code's name for one of diffusers' names."""
    attends = UP_ATTENTION[model]
    match = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name)
    if match:
        way, level, kind, index, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
        first = level * (LAYERS + 1) + (way == "down")
        stem = "input_blocks" if way == "down" else "output_blocks"
        if kind == "downsamplers":
            return f"{stem}.{first + LAYERS}.0.op.{rest.removeprefix('conv.')}"
        if kind == "upsamplers":
            return f"{stem}.{first + LAYERS}.{2 if attends[len(attends) - 1 - level] else 1}.{rest}"
        if kind == "attentions":
            return f"{stem}.{first + index}.1.{rest}"
        return f"{stem}.{first + index}.0.{renamed(rest, RESNET)}"
    return renamed(name, UNET_ENDS | RESNET if ".resnets." in name else UNET_ENDS)


def vae_name(name, levels=4):
    name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda m: f"up.{levels - 1 - int(m[1])}.block", name)
    name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)
    return renamed(name, VAE_PARTS)


def open_clip_tensors(tensors):
    """OpenCLIP's names; queries, keys and values become one matrix, the projection is stored transposed."""
    tensors = {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}
    made = {}
    for name, tensor in tensors.items():
        if ".k_proj." in name or ".v_proj." in name:
            continue
        if ".q_proj." in name:
            joined = torch.cat([tensors[name.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")])
            name = re.sub(r"self_attn\.q_proj\.", "attn.in_proj_", name)
            made[renamed(name, OPEN_CLIP)] = joined
        elif name == "text_projection.weight":
            made["text_projection"] = tensor.T
        else:
            made[renamed(name, OPEN_CLIP)] = tensor
    return made


def with_unread_layer(tensors):
    """As in SD2's files: a last layer and a projection that are not used."""
    last = max(int(name.split(".")[2]) for name in tensors if name.startswith("transformer."))
    prefix = f"transformer.resblocks.{last}."
    extra = {name.replace(prefix, f"transformer.resblocks.{last + 1}."): torch.zeros_like(tensor)
             for name, tensor in tensors.items() if name.startswith(prefix)}
    width = tensors["positional_embedding"].shape[1]
    return tensors | extra | {"text_projection": torch.zeros(width, width, dtype=torch.float16)}


def text_tensors(model, component, tensors):
    prefix = TEXT[model][component]
    if not prefix.endswith(".model."):
        return {prefix + name: tensor for name, tensor in tensors.items()}
    tensors = open_clip_tensors(tensors)
    if model == "sd2":
        tensors = with_unread_layer(tensors)
    return {prefix + name: tensor for name, tensor in tensors.items()}


def conv_rank(tensor):
    """The autoencoder's attention maps are 1x1 convolutions in the training code."""
    return tensor[:, :, None, None] if tensor.ndim == 2 else tensor


def single_file(folder, model):
    made = {f"model.diffusion_model.{unet_name(name, model)}": tensor
            for name, tensor in load_file(folder / "unet" / "diffusion_pytorch_model.safetensors").items()}
    for name, tensor in load_file(folder / "vae" / "diffusion_pytorch_model.safetensors").items():
        made[f"first_stage_model.{vae_name(name)}"] = conv_rank(tensor)
    for component in TEXT[model]:
        made |= text_tensors(model, component, load_file(folder / component / "model.safetensors"))
    return made


def run(pipe, prompt=pipelines.PROMPT, seed=7):
    pipe.set_progress_bar_config(disable=True)
    return pipe(prompt, width=pipelines.WIDTH, height=pipelines.HEIGHT, num_inference_steps=STEPS,
                guidance_scale=7.5, generator=generator(seed), output_type="latent").images


def load(folder, model):
    return diffusers.DiffusionPipeline.from_pretrained(folder / model, dtype=torch.float32)


def make_checkpoints(folder, out_dir):
    for model in TEXT:
        path = out_dir / f"{model}.safetensors"
        write_tensors(path, single_file(folder / model, model))
        kind = diffusers.StableDiffusionXLPipeline if model == "sdxl" else diffusers.StableDiffusionPipeline
        pipe = kind.from_single_file(path, config=str(folder / model), dtype=torch.float32, local_files_only=True)
        write_tensors(out_dir / f"{model}_latents.safetensors", {"latents": run(pipe)})


def random_factor(shape, source):
    fan_in = torch.Size(shape[1:]).numel()
    return half_values(torch.randn(shape, generator=source) * fan_in**-0.5).half()


def kohya_module(weight, source):
    """Factors and alpha for one matrix or kernel."""
    down = (RANK, *weight.shape[1:])
    up = (weight.shape[0], RANK, *[1] * (weight.ndim - 2))
    return {"lora_down.weight": random_factor(down, source), "lora_up.weight": random_factor(up, source),
            "alpha": torch.tensor(1.0)}


def kohya(pipe, model, wanted, naming):
    """A LoRA for the modules whose name matches `wanted`, under the names that `naming` returns."""
    source, made = generator(31), {}
    parts = {"lora_unet": pipe.unet, "lora_te": pipe.text_encoder}
    if model == "sdxl":
        parts = {"lora_unet": pipe.unet, "lora_te1": pipe.text_encoder, "lora_te2": pipe.text_encoder_2}
    for prefix, part in parts.items():
        for name, weight in part.state_dict().items():
            module = name.removesuffix(".weight")
            if weight.ndim < 2 or not re.search(wanted, name):
                continue
            if prefix == "lora_unet":
                module = naming(module)
            elif not module.startswith("text_model."):
                module = f"text_model.{module}"
            for ending, tensor in kohya_module(weight, source).items():
                made[f"{prefix}_{module.replace('.', '_')}.{ending}"] = tensor
    return made


def peft_file(pipe, out_dir, name, **settings):
    """The files that diffusers saves for an adapter of PEFT."""
    torch.manual_seed(5)
    config = LoraConfig(r=RANK, lora_alpha=3, init_lora_weights=False,
                        target_modules=["to_q", "to_out.0", "ff.net.2", "proj_in"], **settings)
    pipe.unet.add_adapter(config, adapter_name="made")
    for parameter_name, parameter in pipe.unet.named_parameters():
        if "lora_" in parameter_name:
            parameter.data = half_values(parameter.data)
    layers = get_peft_model_state_dict(pipe.unet, adapter_name="made")
    metadata = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    type(pipe).save_lora_weights(out_dir, unet_lora_layers=layers, weight_name=name,
                                 unet_lora_adapter_metadata=metadata)
    with safe_open(out_dir / name, "pt") as saved:
        settings = saved.metadata()["lora_adapter_metadata"]
    # With a single entry its order, and so every byte of the file, is the same on every run.
    save_file(load_file(out_dir / name), out_dir / name, {"lora_adapter_metadata": settings})


def make_loras(folder, out_dir):
    """name -> (model, scales of its files)"""
    attention = r"attn\d\.to_(q|out\.0)|self_attn\.(q|out)_proj"
    with_convs = attention + r"|conv1|conv_shortcut|downsamplers\.0\.conv|proj_in|time_emb_proj|mlp\.fc1"
    sd1 = load(folder, "sd1")
    write_tensors(out_dir / "lora_kohya_sd1.safetensors", kohya(sd1, "sd1", with_convs, lambda name: name))
    sdxl = load(folder, "sdxl")
    write_tensors(out_dir / "lora_sgm_sdxl.safetensors",
                  kohya(sdxl, "sdxl", attention, lambda name: unet_name(name, "sdxl")))
    peft_file(load(folder, "sd1"), out_dir, "lora_peft_sd1.safetensors")
    peft_file(load(folder, "sd1"), out_dir, "lora_dora_sd1.safetensors", use_dora=True)
    return {"lora_kohya_sd1": ("sd1", {"lora_kohya_sd1": 0.8}), "lora_sgm_sdxl": ("sdxl", {"lora_sgm_sdxl": 0.6}),
            "lora_peft_sd1": ("sd1", {"lora_peft_sd1": 1.0}), "lora_dora_sd1": ("sd1", {"lora_dora_sd1": 1.0}),
            "lora_two_sd1": ("sd1", {"lora_kohya_sd1": 0.5, "lora_peft_sd1": -0.4})}


def peft_configs():
    """Adapters as PEFT saves them: name -> settings that are not in the tensors."""
    attention = ["to_q", "to_out.0", "proj_in"]
    lora = LoraConfig(r=RANK, lora_alpha=3, use_rslora=True, init_lora_weights=False, target_modules=attention,
                      rank_pattern={"attn2.to_q": 3, "^mid_block.attentions.0.proj_in": 1},
                      alpha_pattern={r"down_blocks.*attn\d.to_q": 5, "proj_in": 2})
    biased = LoraConfig(r=RANK, lora_alpha=3, init_lora_weights=False, lora_bias=True, target_modules=["to_out.0", "conv1"],
                        modules_to_save=["conv_out"])
    common = {"r": RANK, "alpha": 3, "init_weights": False, "use_effective_conv2d": True,
              "target_modules": ["to_q", "to_out.0", "conv1", "conv_shortcut"]}
    return {"peft_lora": lora, "peft_lora_bias": biased,
            "peft_loha": LoHaConfig(alpha_pattern={"attn2.to_q": 1}, **common),
            "peft_lokr": LoKrConfig(decompose_both=True, rank_pattern={"attn1.to_q": 1}, **common)}


def make_peft_folders(folder, out_dir):
    """A folder each, with adapter_model.safetensors and adapter_config.json, and the latents."""
    for name, config in peft_configs().items():
        torch.manual_seed(5)
        pipe = load(folder, "sd1")
        source = generator(53)
        wrapped = get_peft_model(pipe.unet, config)
        for parameter_name, parameter in wrapped.named_parameters():
            kinds = ("lora_", "hada_", "lokr_", "modules_to_save")
            if any(kind in parameter_name for kind in kinds):
                drawn = torch.randn(parameter.shape, generator=source)
                parameter.data = half_values(drawn * (parameter.shape[0] if parameter.ndim == 1
                                                      else torch.Size(parameter.shape[1:]).numel())**-0.5)
        wrapped.save_pretrained(out_dir / name)
        (out_dir / name / "README.md").unlink()
        settings = json.loads((out_dir / name / "adapter_config.json").read_text())
        settings["base_model_name_or_path"] = None
        (out_dir / name / "adapter_config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
        pipe.unet = wrapped.base_model.model
        write_tensors(out_dir / f"{name}_latents.safetensors", {"latents": run(pipe)})


def run_with_loras(folder, out_dir, model, scales):
    pipe = load(folder, model)
    for name in scales:
        pipe.load_lora_weights(out_dir, weight_name=f"{name}.safetensors", adapter_name=name,
                               low_cpu_mem_usage=False)
    pipe.set_adapters(list(scales), list(scales.values()))
    return run(pipe)


def make_words(folder, out_dir):
    """Textual inversion: a word with two vectors for SD1, and one with a vector for each of SDXL's two encoders."""
    source = generator(41)

    def vectors(count, width):
        return half_values(torch.randn(count, width, generator=source) * 0.7)

    sd1, sdxl = load(folder, "sd1"), load(folder, "sdxl")
    two, both = {WORD: vectors(2, 16)}, {"clip_l": vectors(1, 16), "clip_g": vectors(1, 24)}
    write_tensors(out_dir / "word_sd1.safetensors", two)
    write_tensors(out_dir / "word_sdxl.safetensors", both)
    sd1.load_textual_inversion(two)
    write_tensors(out_dir / "word_sd1_latents.safetensors", {"latents": run(sd1, WORD_PROMPT)})
    sdxl.load_textual_inversion(both["clip_l"], token=WORD, text_encoder=sdxl.text_encoder, tokenizer=sdxl.tokenizer)
    sdxl.load_textual_inversion(both["clip_g"], token=WORD, text_encoder=sdxl.text_encoder_2,
                                tokenizer=sdxl.tokenizer_2)
    write_tensors(out_dir / "word_sdxl_latents.safetensors", {"latents": run(sdxl, WORD_PROMPT)})


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    folder = out_dir.parent / "pipelines"
    with reproducible():
        make_checkpoints(folder, out_dir)
        make_words(folder, out_dir)
        make_peft_folders(folder, out_dir)
        cases = make_loras(folder, out_dir)
        for name, (model, scales) in cases.items():
            latents = run_with_loras(folder, out_dir, model, scales)
            write_tensors(out_dir / f"{name}_latents.safetensors", {"latents": latents})
    text = json.dumps({name: {"model": model, "loras": scales} for name, (model, scales) in cases.items()}, indent=1)
    (out_dir / "loras.json").write_text(text + "\n")

"""Golden pictures of the models of latent-diffusion that diffusers has no pipelines for: semantic synthesis, layout,
inpainting and retrieval. The authors' sampling scripts around the networks are reimplemented here; the networks
are diffusers' and transformers', with small random weights.

cases.json lists the cases, one a line. The `arguments` of a case are command line flags without their dashes.
"""

import json
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel, UNet2DModel, VQModel
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPTextModelWithProjection

from goldens.latent_diffusion import SCHEDULE, write_pipeline
from goldens.pipeline_models import END, OUTPUT_GAIN, SMALL_CLIP, TOKENS, make_text_encoder, write_json
from goldens.reference import VERSIONS, generator, randomize, reproducible, write_tensors
from goldens.small_tokenizer import make_tokenizer

WIDTHS = {"block_out_channels": (4, 8), "norm_num_groups": 2, "layers_per_block": 1, "sample_size": 8}
PLAIN = {**WIDTHS, "down_block_types": ("DownBlock2D", "DownBlock2D"), "up_block_types": ("UpBlock2D", "UpBlock2D"),
         "attention_head_dim": 4}
WITH_CONTEXT = {**WIDTHS, "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
                "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"), "attention_head_dim": 2}
# The last beta of the published models.
LAST_BETA = {"semantic": 0.0205, "layout": 0.0205, "inpaint": 0.0205, "retrieval": 0.015}
GUIDANCE = 5.0
CLASSES, OBJECTS = 5, 30
WIDTH, VOCABULARY, BOXES = 8, 130, 30
NEIGHBOURS, DATABASE = "neighbours.safetensors", "database.safetensors"


def coder_blocks(down, up, widths):
    return {"block_out_channels": widths, "norm_num_groups": 2, "down_block_types": down, "up_block_types": up}


def make_vq(seed, **overrides):
    """A side of the picture is four times that of the latents."""
    blocks = coder_blocks(("DownEncoderBlock2D",) * 3, ("UpDecoderBlock2D",) * 3, (2, 4, 4))
    return randomize(VQModel(**{**blocks, "num_vq_embeddings": 40, "scaling_factor": 1.0, **overrides}), seed)


def schedule_of(name):
    return {**SCHEDULE, "beta_end": LAST_BETA[name]}


class SpatialRescaler(nn.Module):
    """One channel per class, halved twice, and mapped to few channels."""

    def __init__(self):
        super().__init__()
        self.channel_mapper = nn.Conv2d(CLASSES, 3, 1, bias=False)

    def forward(self, labels):
        channels = F.one_hot(labels, CLASSES).permute(0, 3, 1, 2).float()
        for _ in range(2):
            channels = F.interpolate(channels, scale_factor=0.5, mode="bilinear")
        return self.channel_mapper(channels)


class Attention(nn.Module):
    heads, head_width = 2, 3

    def __init__(self):
        super().__init__()
        inner = self.heads * self.head_width
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(WIDTH, inner, bias=False) for _ in range(3))
        self.out_proj = nn.Linear(inner, WIDTH)

    def forward(self, x):
        def split(y):
            return y.unflatten(-1, (self.heads, self.head_width)).transpose(1, 2)

        q, k, v = split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x))
        weights = (q @ k.transpose(-1, -2) * self.head_width**-0.5).softmax(-1)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(-2))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn, self.self_attn_layer_norm = Attention(), nn.LayerNorm(WIDTH)
        self.fc1, self.fc2, self.final_layer_norm = nn.Linear(WIDTH, 16), nn.Linear(16, WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x):
        x = x + self.self_attn(self.self_attn_layer_norm(x))
        return x + self.fc2(F.gelu(self.fc1(self.final_layer_norm(x))))


class TokenTransformer(nn.Module):
    """Every token attends to every other one. Names are those of diffusers' LDMBertModel."""

    def __init__(self, length):
        super().__init__()
        self.embed_tokens, self.embed_positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(length, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(2))
        self.layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, ids):
        x = self.embed_tokens(ids) + self.embed_positions.weight
        for layer in self.layers:
            x = layer(x)
        return self.layer_norm(x)


def layout_tokens(boxes):
    """Class and two corners per box, empty boxes, and the corners of the whole picture."""
    none, side = VOCABULARY - 1, int(VOCABULARY**0.5)

    def place(x, y):
        return round(y * (side - 1)) * side + round(x * (side - 1))

    ids = []
    for each in boxes:
        left, top, right, bottom = each["box"]
        ids += [each["class"], place(left, top), place(right, bottom)]
    ids += [none] * (3 * BOXES - len(ids))
    return torch.tensor([[*ids, place(0, 0), place(1, 1)]])


def write_condition(directory, module, config, prefix=""):
    name = "model" if prefix else "diffusion_pytorch_model"
    weights = {prefix + key: value.half() for key, value in module.state_dict().items()}
    write_tensors(directory / f"{name}.safetensors", weights)
    write_json(directory / "config.json", config)


def make_semantic(directory):
    unet = randomize(UNet2DModel(**{**PLAIN, "in_channels": 6}), 1, OUTPUT_GAIN)
    coder, rescaler = make_vq(2), randomize(SpatialRescaler(), 3)
    write_pipeline(directory, "LDMSemanticPipeline",
                   {"unet": ("diffusers", unet), "vqvae": ("diffusers", coder), "rescaler": ("latentrt", rescaler)},
                   schedule=schedule_of("semantic"))
    write_condition(directory / "rescaler", rescaler, {"in_channels": CLASSES, "out_channels": 3})
    return {"unet": unet, "coder": coder, "rescaler": rescaler}


def make_layout(directory):
    length = 3 * BOXES + 2
    unet = randomize(UNet2DConditionModel(in_channels=3, out_channels=3, cross_attention_dim=WIDTH,
                                          transformer_layers_per_block=3, **WITH_CONTEXT), 4, OUTPUT_GAIN)
    coder, encoder = make_vq(5, scaling_factor=0.5), randomize(TokenTransformer(length), 6)
    write_pipeline(directory, "LDMLayoutPipeline", {"unet": ("diffusers", unet), "vqvae": ("diffusers", coder)},
                   {"layout_encoder": ["latent_diffusion", "LDMBertModel"]}, schedule_of("layout"))
    write_condition(directory / "layout_encoder", encoder,
                    {"vocab_size": VOCABULARY, "d_model": WIDTH, "encoder_ffn_dim": 16, "encoder_layers": 2,
                     "encoder_attention_heads": Attention.heads, "head_dim": Attention.head_width,
                     "max_position_embeddings": length, "n_classes": OBJECTS}, "model.")
    return {"unet": unet, "coder": coder, "encoder": encoder}


def make_inpaint(directory):
    """Sizes change inside resnets. The autoencoder has no attention, and its scaling factor has no effect."""
    blocks = {"down_block_types": ("ResnetDownsampleBlock2D", "AttnDownBlock2D"),
              "up_block_types": ("AttnUpBlock2D", "ResnetUpsampleBlock2D")}
    unet = randomize(UNet2DModel(**{**PLAIN, **blocks, "in_channels": 7, "downsample_type": "resnet",
                                    "upsample_type": "resnet"}), 7, OUTPUT_GAIN)
    coder = make_vq(8, scaling_factor=0.18215, mid_block_add_attention=False)
    write_pipeline(directory, "LDMInpaintPipeline", {"unet": ("diffusers", unet), "vqvae": ("diffusers", coder)},
                   schedule=schedule_of("inpaint"))
    return {"unet": unet, "coder": coder}


def make_retrieval(directory):
    """The autoencoder has attention at its last level; a side of the picture is 16 times that of the latents."""
    tokenizer = make_tokenizer(directory / "tokenizer", END, TOKENS)
    clip = make_text_encoder(CLIPTextModelWithProjection, tokenizer, SMALL_CLIP, 9)
    unet = randomize(UNet2DConditionModel(**{**WITH_CONTEXT, "sample_size": 4}, in_channels=16, out_channels=16,
                                          cross_attention_dim=clip.config.projection_dim), 10, OUTPUT_GAIN)
    blocks = coder_blocks((*("DownEncoderBlock2D",) * 4, "AttnDownEncoderBlock2D"),
                          ("AttnUpDecoderBlock2D", *("UpDecoderBlock2D",) * 4), (2, 2, 2, 4, 4))
    coder = randomize(AutoencoderKL(**blocks, latent_channels=16, scaling_factor=0.22765929), 11)
    write_pipeline(directory, "LDMRetrievalPipeline",
                   {"text_encoder": ("transformers", clip), "unet": ("diffusers", unet), "vae": ("diffusers", coder)},
                   {"tokenizer": ["transformers", "CLIPTokenizer"]}, schedule_of("retrieval"))
    return {"unet": unet, "coder": coder, "clip": clip, "tokenizer": tokenizer}


def sample(predict, name, shape, arguments):
    """DDIM without noise, as in the authors' sampler. `predict`: the noise in x at a timestep."""
    first, last = SCHEDULE["beta_start"], LAST_BETA[name]
    betas = torch.linspace(first**0.5, last**0.5, 1000, dtype=torch.float64) ** 2
    alphas = (1 - betas).cumprod(0).float()
    timesteps = numpy.arange(0, 1000, 1000 // arguments["steps"]) + 1
    x = torch.randn(shape, generator=generator(arguments["seed"]))
    for i in reversed(range(len(timesteps))):
        now, before = alphas[timesteps[i]], alphas[timesteps[i - 1] if i > 0 else 0]
        noise = predict(x, torch.full((shape[0],), int(timesteps[i])))
        clean = (x - (1 - now).sqrt() * noise) / now.sqrt()
        x = before.sqrt() * clean + (1 - before).sqrt() * noise
    return x


def decoded(coder, latents):
    """In [0,1]. A VQModel quantizes to the nearest codes first."""
    return ((coder.decode(latents).sample + 1) / 2).clamp(0, 1)


def results(latents, picture):
    """Values of 0 to 255, which the scripts truncate to integers: rounding errors of fp16 are below one half."""
    return {"latents": latents, "picture": (255 * picture).permute(0, 2, 3, 1).half()}


def run_semantic(model, arguments, out_dir):
    labels = torch.from_numpy(numpy.array(Image.open(out_dir / arguments["labels"]))).long()[None]
    rows, shape = arguments.get("batch", 1), labels.shape[1:]
    condition = model["rescaler"](labels).expand(rows, -1, -1, -1)

    def predict(x, t):
        return model["unet"](torch.cat([x, condition], 1), t).sample

    latents = sample(predict, "semantic", (rows, 3, shape[0] // 4, shape[1] // 4), arguments)
    return results(latents, decoded(model["coder"], latents))


def run_layout(model, arguments, out_dir):
    context = model["encoder"](layout_tokens(json.loads((out_dir / arguments["boxes"]).read_text())))
    rows = arguments.get("batch", 1)

    def predict(x, t):
        return model["unet"](x, t, context.expand(rows, -1, -1)).sample

    latents = sample(predict, "layout", (rows, 3, arguments["height"] // 4, arguments["width"] // 4), arguments)
    return results(latents, decoded(model["coder"], latents / model["coder"].config.scaling_factor))


def run_inpaint(model, arguments, out_dir):
    image = torch.from_numpy(numpy.array(Image.open(out_dir / arguments["image"]))).permute(2, 0, 1)[None] / 255
    mask = torch.from_numpy(numpy.array(Image.open(out_dir / arguments["mask"])))[None, None] / 255
    mask = (mask >= 0.5).float()
    known = model["coder"].encode((1 - mask) * image * 2 - 1).latents
    condition = torch.cat([known, F.interpolate(mask * 2 - 1, size=known.shape[-2:])], 1)

    def predict(x, t):
        return model["unet"](torch.cat([x, condition], 1), t).sample

    latents = sample(predict, "inpaint", known.shape, arguments)
    return results(latents, (1 - mask) * image + mask * decoded(model["coder"], latents))


def read_embedding(path):
    return load_file(path)["embedding"]


def neighbours_for(text, arguments, out_dir):
    """The rows of a database that have the largest products with the text's embedding."""
    if "neighbours" not in arguments:
        return text[:, :0]
    if "database" not in arguments:
        return F.normalize(read_embedding(out_dir / arguments["neighbours"]), dim=-1)[None]
    rows = F.normalize(read_embedding(out_dir / arguments["database"]), dim=-1)
    return rows[(text[0, 0] @ rows.T).topk(arguments["neighbours"]).indices][None]


def run_retrieval(model, arguments, out_dir):
    ids = model["tokenizer"](arguments["prompt"], padding="max_length", max_length=TOKENS, truncation=True,
                             return_tensors="pt").input_ids
    text = F.normalize(model["clip"](ids).text_embeds, dim=-1)[:, None]
    rows = arguments.get("batch", 1)
    context = torch.cat([text, neighbours_for(text, arguments, out_dir)], 1).expand(rows, -1, -1)
    scale = arguments.get("guidance", GUIDANCE)

    def predict(x, t):
        noise = model["unet"](x, t, context).sample
        if scale == 1.0:
            return noise
        without = model["unet"](x, t, torch.zeros_like(context)).sample
        return without + scale * (noise - without)

    latents = sample(predict, "retrieval", (rows, 16, arguments["height"] // 16, arguments["width"] // 16), arguments)
    return results(latents, decoded(model["coder"], latents / model["coder"].config.scaling_factor))


PROMPT = "a red circle above the blue square"
BASE = {"steps": 5, "seed": 7}
MAKERS = {"semantic": make_semantic, "layout": make_layout, "inpaint": make_inpaint, "retrieval": make_retrieval}
RUNS = {"semantic": run_semantic, "layout": run_layout, "inpaint": run_inpaint, "retrieval": run_retrieval}
COMMANDS = {"retrieval": "txt2img"}
CASES = {
    "semantic": ("semantic", {"labels": "labels.png"}),
    "semantic_wide": ("semantic", {"labels": "labels_wide.png", "steps": 8, "seed": 8, "batch": 2}),
    "layout": ("layout", {"boxes": "boxes.json", "width": 32, "height": 32}),
    "layout_high": ("layout", {"boxes": "boxes_many.json", "width": 16, "height": 40, "steps": 8, "seed": 9}),
    "inpaint": ("inpaint", {"image": "image.png", "mask": "mask.png"}),
    "inpaint_wide": ("inpaint", {"image": "image_wide.png", "mask": "mask_wide.png", "steps": 8, "seed": 10}),
    "retrieval_none": ("retrieval", {"prompt": PROMPT, "width": 64, "height": 64}),
    "retrieval": ("retrieval", {"prompt": PROMPT, "neighbours": NEIGHBOURS, "width": 32, "height": 64, "batch": 2}),
    "retrieval_search": ("retrieval", {"prompt": PROMPT, "neighbours": 4, "database": DATABASE, "width": 64,
                                       "height": 32, "steps": 8, "seed": 11}),
    "retrieval_unguided": ("retrieval", {"prompt": "", "neighbours": NEIGHBOURS, "width": 32, "height": 32,
                                         "guidance": 1.0}),
}


def write_labels(path, width, height):
    y, x = numpy.mgrid[0:height, 0:width]
    labels = (x * 3 // width + 2 * (y > height * 0.4) + (x + 2 * y > width + 11)) % CLASSES
    Image.fromarray(labels.astype(numpy.uint8)).save(path)


def write_picture(path, mask_path, width, height):
    """The mask is grey at its edge, which is not at a multiple of the grid."""
    y, x = numpy.mgrid[0:height, 0:width] / height
    planes = [numpy.sin(7 * x + 3 * y) * 110 + 128, numpy.cos(5 * y - x) * 90 + 120, 90 * x + 10 * y]
    Image.fromarray(numpy.stack(planes, -1).astype(numpy.uint8)).save(path)
    distance = numpy.hypot(x - 0.6, y - 0.45)
    Image.fromarray((numpy.clip(3 - 8 * distance, 0, 1) * 255).astype(numpy.uint8)).save(mask_path)


def write_inputs(out_dir):
    write_labels(out_dir / "labels.png", 32, 32)
    write_labels(out_dir / "labels_wide.png", 40, 24)
    write_picture(out_dir / "image.png", out_dir / "mask.png", 32, 32)
    write_picture(out_dir / "image_wide.png", out_dir / "mask_wide.png", 48, 24)
    boxes = [{"class": 3, "box": [0.1, 0.25, 0.55, 0.9]}, {"class": 29, "box": [0, 0, 1, 0.5]}]
    many = [{"class": i, "box": [i / 64, i / 40, 0.5 + i / 64, 0.95]} for i in range(BOXES)]
    for name, each in (("boxes.json", boxes), ("boxes_many.json", many)):
        (out_dir / name).write_text(json.dumps(each) + "\n")
    rows = torch.randn(12, 12, generator=generator(12))
    write_tensors(out_dir / NEIGHBOURS, {"embedding": 3 * rows[:3]})
    write_tensors(out_dir / DATABASE, {"embedding": F.normalize(rows[3:], dim=-1)})


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    cases = []
    with reproducible():
        write_inputs(out_dir)
        models = {name: maker(out_dir / name) for name, maker in MAKERS.items()}
        for name, (model, changes) in CASES.items():
            arguments = {**BASE, **changes}
            write_tensors(out_dir / f"{name}.safetensors", RUNS[model](models[model], arguments, out_dir))
            cases.append({"name": name, "model": model, "command": COMMANDS.get(model, model), "arguments": arguments})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (out_dir / "cases.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases": [\n{lines}\n]}}\n')

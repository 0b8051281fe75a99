#!/usr/bin/env python3
"""Writes the initial inputs of the fuzz targets: small valid files and common errors in them.

  make_seeds.py FOLDER        writes FOLDER/<target>/<seed>
"""
from __future__ import annotations

import base64
import io
import json
import pathlib
import struct
import sys
import zipfile
import zlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODEL = REPOSITORY / "models/shapes"
GOLDEN = REPOSITORY / "tests/golden/tokenizer"
TORCH = REPOSITORY / "tests/golden/torch_files"


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype: str, shape: list[int], begin: int, end: int) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def safetensors_seeds() -> dict[str, bytes]:
    pair = {"a": tensor("F32", [2], 0, 8), "b.weight": tensor("BF16", [1, 3], 8, 14)}
    scalar = {"__metadata__": {"format": "pt"}, "s": tensor("I64", [], 0, 8), "e": tensor("U8", [0], 8, 8)}
    return {
        "empty": safetensors({}),
        "pair": safetensors(pair, bytes(14)),
        "scalar": safetensors(scalar, bytes(8)),
        "half": safetensors({"h": tensor("F16", [2, 2], 0, 8)}, b"\x00\x7c\x01\x00\xff\xff\x00\x3c"),
        "eight_bit": safetensors({"q": tensor("F8_E4M3", [4], 0, 4)}, bytes(4)),
        "overlap": safetensors({"a": tensor("U8", [4], 0, 4), "b": tensor("U8", [4], 3, 7)}, bytes(7)),
        "overflow": safetensors({"a": tensor("U8", [1 << 30, 1 << 30, 16], 0, 0)}),
        "cut": safetensors(pair, bytes(9)),
        "long": struct.pack("<Q", 1 << 63) + b"{}",
        "deep": safetensors(b'{"a":' + b"[" * 50 + b"}"),
        "page": b"<!DOCTYPE html><html></html>",
        "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "zip": b"PK\x03\x04" + bytes(60),
        "tar": bytes(257) + b"ustar" + bytes(250),
    }


def stored_zip(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def pickled(content: bytes) -> bytes:
    return b"\x80\x02" + content + b"."


def one_tensor(shape: tuple[int, ...] = (3, 4), strides: tuple[int, ...] = (4, 1), offset: int = 0,
               storage: str = "FloatStorage", key: str = "0", elements: int = 12) -> bytes:
    def text(word: str) -> bytes:
        return b"X" + struct.pack("<I", len(word)) + word.encode()

    def number(value: int) -> bytes:
        return b"\x8a\x08" + struct.pack("<q", value)

    def numbers(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(number, values)) + b"t"

    stored = b"(" + text("storage") + b"ctorch\n" + storage.encode() + b"\n" + text(key) + text("cpu") + number(elements) + b"tQ"
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + stored + number(offset) + numbers(shape) + numbers(strides)
            + b"\x89ccollections\nOrderedDict\n)RtR")


def pickle_seeds() -> dict[str, bytes]:
    def state(value: bytes, name: bytes = b"w") -> bytes:
        return pickled(b"}(X" + struct.pack("<I", len(name)) + name + value + b"u")

    seeds = {path.name: archive.read(name) for path in sorted(TORCH.glob("*.*t")) if path.read_bytes()[:2] == b"PK"
             for archive in (zipfile.ZipFile(path),) if path.name != "no_checksums.pt"
             for name in archive.namelist() if name.endswith("/data.pkl")}
    return seeds | {
        "row_major": state(one_tensor()), "transposed": state(one_tensor((4, 3), (1, 4))),
        "expanded": state(one_tensor((5, 12), (0, 1))), "bomb": state(one_tensor((1 << 30, 1 << 30), (0, 0))),
        "outside": state(one_tensor(offset=1)), "overflow": state(one_tensor(offset=(1 << 63) - 1)),
        "half": state(one_tensor((24,), (1,), storage="HalfStorage", elements=24)),
        "missing": state(one_tensor(key="9")), "state": state(state(one_tensor())[2:-1], b"state_dict"),
        "command": pickled(b"cos\nsystem\n(X\x05\0\0\0falsetR"), "memo": pickled(b"Nr" + struct.pack("<I", 1 << 31)),
        "tuples": pickled(b")" + b"\x85" * 4000), "circle": pickled(b"}q\0X\1\0\0\0ah\0s"),
        "texts": pickled(b"(S'a\\x41'\nVb\nU\1cT\1\0\0\0dC\1eI1\nL2L\nF3\nG12345678t"),
        "sets": b"\x80\x04\x95\x0a\0\0\0\0\0\0\0\x8f\x94(K\1\x90K\2\x910.",
    }


def torch_file_seeds() -> dict[str, bytes]:
    whole = {"a/data.pkl": pickled(b"}(X\1\0\0\0w" + one_tensor() + b"u"), "a/byteorder": b"little", "a/data/0": bytes(48),
             "a/version": b"3\n"}
    big = whole | {"a/byteorder": b"big"}
    seeds = {path.name: path.read_bytes() for path in sorted(TORCH.glob("*.*t")) + sorted(TORCH.glob("*.bin"))}
    plain = stored_zip(whole)
    return seeds | {
        "plain": plain, "big_endian": stored_zip(big), "compressed": stored_zip(whole, zipfile.ZIP_DEFLATED),
        "twice": stored_zip(whole | {"b/data.pkl": pickled(b"}")}), "program": stored_zip(whole | {"a/constants.pkl": b""}),
        "path": stored_zip(whole | {"a/../b": b"1"}), "cut": plain[:-30], "no_entries": stored_zip({}),
        "moved": plain.replace(b"a/data/0", b"a/data/1", 1), "comment": plain[:-2] + b"\x02\0hi",
    }


def lora_seeds() -> dict[str, bytes]:
    def pair(module: str, down: str, up: str, **extra: str) -> dict:
        return {f"{module}{down}": tensor("F16", [1, 2], 0, 4), f"{module}{up}": tensor("F16", [2, 1], 4, 8), **extra}

    def settings(**values: object) -> dict:
        return {"__metadata__": {"lora_adapter_metadata": json.dumps(values)}}

    module = "unet.down_blocks.0.attentions.0.to_q"
    alpha = {"lora_unet_a.alpha": tensor("F32", [], 8, 12)}
    return {
        "kohya": safetensors(pair("lora_unet_a", ".lora_down.weight", ".lora_up.weight") | alpha, bytes(8) + b"\0\0\x80?"),
        "alpha_zero": safetensors(pair("lora_unet_a", ".lora_down.weight", ".lora_up.weight") | alpha, bytes(12)),
        "peft": safetensors(pair(module, ".lora_A.weight", ".lora_B.weight"), bytes(8)),
        "settings": safetensors(settings(**{"unet.lora_alpha": 3, "unet.alpha_pattern": {"to_q": 5}})
                                | pair(module, ".lora_A.weight", ".lora_B.weight"), bytes(8)),
        "rank_stabilised": safetensors(settings(**{"unet.use_rslora": True})
                                       | pair(module, ".lora_A.weight", ".lora_B.weight"), bytes(8)),
        "old": safetensors(pair("unet.a.processor.to_q", "_lora.down.weight", "_lora.up.weight"), bytes(8)),
        "half_a_module": safetensors({"unet.a.lora_A.weight": tensor("F16", [1, 2], 0, 4)}, bytes(4)),
        "patterns": safetensors(settings(r=1, rank_pattern={"^down.*to_[qk]|x": 1}, use_rslora=True, bias="all")
                                | pair("down_blocks.0.to_q", ".lora_A.weight", ".lora_B.weight"), bytes(8)),
        "half_a_loha": safetensors({"lora_unet_a.hada_w1_a": tensor("F16", [1, 2], 0, 4)}, bytes(4)),
        "loha": safetensors(pair("lora_unet_a", ".hada_w1_a", ".hada_w1_b")
                            | pair("lora_unet_a", ".hada_w2_a", ".hada_w2_b"), bytes(8)),
        "lokr": safetensors(pair("lora_unet_a", ".lokr_w1", ".lokr_w2"), bytes(8)),
        "full": safetensors(pair("lora_unet_a", ".diff", ".diff_b"), bytes(8)),
    }


def config_seeds() -> dict[str, bytes]:
    seeds = {path.parent.name: path.read_bytes() for path in sorted(MODEL.glob("*/*config.json"))}
    sdxl = {"down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
            "block_out_channels": [32, 64], "attention_head_dim": [4, 8], "transformer_layers_per_block": [1, [2, 3]],
            "reverse_transformer_layers_per_block": [[1, 2, 3], 1], "only_cross_attention": [True, False],
            "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 96, "mid_block_type": None, "class_embed_type": "projection"}
    seeds["sdxl"] = json.dumps(sdxl).encode()
    classes = ("DDIM", "DDPM", "PNDM", "EulerDiscrete", "EulerAncestralDiscrete", "DPMSolverMultistep", "LCM")
    for name in classes:
        options = {"_class_name": f"{name}Scheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
                   "num_train_timesteps": 50, "timestep_spacing": "trailing", "prediction_type": "v_prediction",
                   "rescale_betas_zero_snr": True, "steps_offset": 1, "trained_betas": None, "use_karras_sigmas": True,
                   "original_inference_steps": 20}
        seeds[name] = json.dumps(options).encode()
    seeds["betas"] = b'{"_class_name":"DDIMScheduler","num_train_timesteps":3,"trained_betas":[0.1,0.2,0.3]}'
    seeds["infinity"] = b'{"_class_name":"DPMSolverMultistepScheduler","lambda_min_clipped":-Infinity}'
    return seeds


def tokenizer_seeds() -> dict[str, bytes]:
    names = ("tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")

    def joined(**files: object) -> bytes:
        texts = [files.get(name.split(".")[0], "") for name in names]
        return b"\0".join((text if isinstance(text, str) else json.dumps(text)).encode() for text in texts)

    ids = {"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4, "<|startoftext|>": 5, "<|endoftext|>": 6}
    merges = "#version: 0.2\na b</w>\n"
    added = [{"id": 7, "content": "<x>", "lstrip": True, "rstrip": True, "normalized": False}]
    config = {"model_max_length": 8, "added_tokens_decoder": {"7": {"content": "<x>", "special": True}}, "pad_token": "a"}
    circle = {"a": 0, "aa": 1, "aaa": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}
    model = {"type": "BPE", "vocab": ids, "merges": [["a", "b</w>"]]}
    return {
        "two_files": joined(vocab=ids, merges=merges),
        "dos": joined(vocab=ids, merges=merges.replace("\n", "\r\n")),
        "circle": joined(vocab=circle, merges="a a\naa a\na aa\n"),
        "settings": joined(vocab=ids, merges=merges, tokenizer_config=config),
        "map": joined(vocab=ids, merges=merges, special_tokens_map={"unk_token": "a", "bos_token": {"content": "b"}}),
        "added": joined(vocab=ids, merges=merges, added_tokens={"<y>": 7}),
        "single": joined(tokenizer={"model": model, "added_tokens": added}),
        "single_texts": joined(tokenizer={"model": {**model, "merges": ["a b</w>"]}}),
        "twice": joined(vocab=ids, merges=merges + "a b</w>\n"),
        "unknown": joined(vocab=ids, merges="x y\n"),
    }


def byte_level_seeds() -> dict[str, bytes]:
    folder = GOLDEN.parent / "byte_level"
    plain = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    golden = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
    text = "a red circle, it's\r\n\n  1234 <wide> x<|eot_id|>\u00e9\u0301 '\u017f".encode()

    def seed(changes: dict) -> bytes:
        content = {**plain, **changes, "model": {**plain["model"], **changes.get("model", {})}}
        return json.dumps(content, ensure_ascii=False).encode() + b"\0" + text

    seeds = {case["name"].replace(" ", "_"): seed(case["changes"]) for case in golden["cases"]}
    seeds["no_merges"] = seed({"model": {"merges": []}})
    seeds["large_id"] = seed({"added_tokens": [{"id": 999999, "content": "<x>", "special": True}]})
    seeds["unknown_pattern"] = seed({"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated"}})
    return seeds


def prompt_seeds() -> dict[str, bytes]:
    prompts = ["", "a red circle", "(a:1.3) [b] ((c))", "(((", "]])", "\\(a\\) \\", "(a:1e9)(b:-1)(c:.5)", "(a [b) c]",
               "caf\u00e9 \U0001F468\u200D\U0001F469 \u05E9\u05DC\u05D5\u05DD", "a\0b", "<|startoftext|>x<|endoftext|> it's 12",
               "a " * 100, "A\u0301\u0323" * 20]
    seeds = {f"{i:02}": prompt.encode() for i, prompt in enumerate(prompts)}
    seeds["invalid"] = b"caf\xe9 \xed\xa0\x80"
    texts = json.loads((GOLDEN / "ids.json").read_text(encoding="utf-8"))["texts"]
    seeds.update({f"golden_{i:03}": text.encode() for i, text in enumerate(texts) if len(text) < 200})
    return seeds


def png(width: int, height: int, depth: int, color: int, rows: bytes, extra: bytes = b"", interlace: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_seeds() -> dict[str, bytes]:
    rgb = b"".join(bytes([filter_kind]) + bytes(range(9)) for filter_kind in range(5))
    palette = chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\x00\x80")
    text = chunk(b"tEXt", b"parameters\0a cat") + chunk(b"gAMA", struct.pack(">I", 45455))
    return {
        "rgb": png(3, 5, 8, 2, rgb, text),
        "grey": png(9, 2, 1, 0, b"\x00\xaa\x80" * 2),
        "grey16": png(2, 2, 16, 0, (b"\x02" + bytes(4)) * 2),
        "palette": png(5, 2, 2, 3, b"\x00\x1b\x00" * 2, palette),
        "rgba": png(2, 1, 8, 6, b"\x04" + bytes(8)),
        "interlaced": png(1, 1, 8, 2, b"\x00abc", interlace=1),
        "cut": png(3, 5, 8, 2, rgb[:20]),
        "huge": png(16384, 16384, 8, 2, b"\x00" * 100),
        "huge_grey": png(16384, 16384, 1, 0, b"\x00" * 100),
        "zero": png(0, 5, 8, 2, b""),
        "bad_crc": png(3, 5, 8, 2, rgb)[:-4] + b"\0\0\0\0",
        "no_png": b"GIF89a",
    }


def decoded(texts: dict[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(text) for name, text in texts.items()}


def jpeg_seeds() -> dict[str, bytes]:
    """Pictures of 5 x 3 pixels at the lowest quality; `rgb` has an EXIF orientation."""
    seeds = decoded({
        "rgb": "/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PH"
            "tYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4"
            "+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCAADAAUDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAA"
            "AAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAwT/xAAXEQADAQAAAAAAAAAAAAAAAAAAAhEx/9oADAMBAAIRAxEAPwCoCaDKizD/2Q==",
        "grey": "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H///"
            "/6/+b9//j/wAALCAADAAUBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AV//Z",
        "progressive": "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H///"
            "/6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wgARCAAD"
            "AAUDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAVAQEBAAAAAAAAAAAAAAAAAAACA//aAAwDAQACEAMQAAABoSf/xAAUEAEAAA"
            "AAAAAAAAAAAAAAAAAA/9oACAEBAAEFAn//xAAVEQEBAAAAAAAAAAAAAAAAAAABAP/aAAgBAwEBPwEC/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/a"
            "AAgBAgEBPwF//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPyF//9oADAMBAA"
            "IAAwAAABD7/8QAFhEAAwAAAAAAAAAAAAAAAAAAABEx/9oACAEDAQE/EEof/8QAFREBAQAAAAAAAAAAAAAAAAAAABH/2gAIAQIBAT8Qj//EABQQ"
            "AQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAT8Qf//Z",
        "cmyk": "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAoHB4jHhkoIyEjLSsoMDxkQTw3Nzx7WF1JZJGAmZaPgIyKoLTmw6Cq2q2KjMj/y9ru9f///5vB////+v"
            "/m/f/4/8AAFAgAAwAFBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAQDBf/EAB0QAAICAQUAAAAAAAAAAAAAAAADAQISBBExMjP/"
            "2gAOBEMATQBZAEsAAD8ASnSIw8qlmOZl3kBWlduINk//2Q==",
    })
    frame = seeds["rgb"].index(b"\xff\xc0")
    huge = struct.pack(">HH", 16384, 16384)
    return seeds | {"cut": seeds["rgb"][:-40], "huge": seeds["rgb"][:frame + 5] + huge + seeds["rgb"][frame + 9:]}


def webp_seeds() -> dict[str, bytes]:
    """The same pictures."""
    seeds = decoded({
        "lossless": "UklGRj4AAABXRUJQVlA4TDIAAAAvBIAAAHcgJEj+LyYavTAQCtI2YGG7M/8ZegMFjSQ13wtdC57Qgie0ICyi/7G2nJvvDw==",
        "lossy": "UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoFAAMADMDOJbACdAF1AAD+h9cGgT9FUXNXkpJAAAA=",
        "exif": "UklGRnIAAABXRUJQVlA4WAoAAAAIAAAABAAAAgAAVlA4TDIAAAAvBIAAAHcgJEj+LyYavTAQCtI2YGG7M/8ZegMFjSQ13wtdC57Qgie0ICyi/7"
            "G2nJvvD0VYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA=",
        "alpha": "UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoFAAMADMDOJbACdAF1AAD+h9cGgT9FUXNXkpJAAAA=",
    })
    return seeds | {"cut": seeds["lossless"][:-10], "riff": b"RIFF\xff\xff\xff\xffWEBPVP8X"}


def flag_seeds() -> dict[str, bytes]:
    common = ["--model", "m", "--prompt", "a cat", "--image", "i.png"]
    more = [[], ["--steps", "20", "--guidance", "7.5", "--seed", "3"], ["--width", "512", "--height=-8"],
            ["--scheduler", "ddim:eta=0.5", "--accel", "deepcache:interval=3,levels=1/2"],
            ["--strength", "nan", "--guidance", "inf"], ["--dtype", "bf16", "--device", "cuda:1", "--threads", "2"],
            ["--embeds", "e.safetensors"], ["--json", "--weighted-prompts", "--batch", "4"], ["--steps", "99999999999999999999"],
            ["--out=o.png", "--save-latents", "l"], ["--", "x"], ["-h"], ["--unknown"], ["@file"], ["--seed", "0x10"]]
    return {f"{i:02}": "\n".join(common + flags).encode() for i, flags in enumerate(more)}


def spec_seeds() -> dict[str, bytes]:
    specs = ["ddim", "ddim:eta=0.5", "euler:timestep_spacing=trailing,steps_offset=1", "pndm:prediction_type=v_prediction",
             "dpmpp_2m:use_karras_sigmas=true,solver_order=1", "ddpm:trained_betas=0.1/0.2/0.3,num_train_timesteps=3",
             "lcm:original_inference_steps=20", "euler_a:beta_start=nan", ":", "x:", "x:=", "x:a=b,a=c", "x:a==b", "ddim:eta=1e999"]
    return {f"{i:02}": spec.encode() for i, spec in enumerate(specs)}


def packed_index_seeds() -> dict[str, bytes]:
    def layout(shape: list[int], dtype: str, offset: int, size: int, descriptor: str = "00ff") -> dict:
        return {"shape": shape, "dtype": dtype, "descriptor": descriptor, "offset": offset, "bytes": size, "hash": "0" * 32}

    def index(*weights: dict) -> bytes:
        return json.dumps({"key": "k", "weights": weights}).encode()

    matrix = {"id": 0, "layouts": [layout([8, 4], "F32", 0, 128)], "inputs": []}
    winograd = layout([16, 64, 64], "F32", 147584, 262144, "")
    kernel = {"id": 1, "layouts": [layout([64, 64, 3, 3], "F32", 128, 147456)], "inputs": [[[2, 64, 16, 16], 0]], "winograd": winograd}
    plain = {"id": 1, "layouts": [], "inputs": [], "winograd": winograd, "plain": layout([64, 64, 3, 3], "F32", 409728, 147456, "")}
    half = {"id": 3, "layouts": [layout([16, 8, 1, 1], "BF16", 557184, 512)], "inputs": []}
    eight_bit = {"id": 7, "layouts": [layout([64, 32], "I8", 557696, 4096)], "inputs": [], "scales": layout([32], "F32", 561792, 128, "")}
    beyond = {"id": 0, "layouts": [layout([8, 4], "F32", (1 << 64) - 64, 128)], "inputs": []}
    return {"all": index(matrix, kernel, half, eight_bit), "plain": index(plain), "none": index(), "twice": index(matrix, matrix),
            "beyond": index(beyond), "no_layouts": index({**matrix, "layouts": []}), "text": b"LRTPACK2"}


def rank_seeds() -> dict[str, bytes]:
    def frame(kind: int, payload: bytes = b"", announced: int | None = None) -> bytes:
        return struct.pack("<IIQ", 0x4C525432, kind, len(payload) if announced is None else announced) + payload

    def hear(text: bytes) -> bytes:
        return b"".join(bytes([64 + len(part)]) + part for part in (text[i:i + 190] for i in range(0, len(text), 190)))

    introduction = b"LATENTRT" + struct.pack("<Iiii", 1, 1, 0, 2) + bytes(16) + bytes(32)
    knock, connect, roll_call, run = b"\0", b"\1", b"\2", b"\3"
    places = struct.pack("<II", 0, 18) + bytes(18)
    sentence = b"rank 1 failed: no value at step 3"
    return {
        "knock": knock + introduction + bytes(32),
        "knock_http": knock + b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + bytes(60),
        "connect": connect + b"LATENTRT" + bytes(32) + bytes(36),
        "connect_refused": connect + b"LATENTRT" + bytes(32) + struct.pack("<I", 1) + bytes(32),
        "places": roll_call + places + places,
        "sentence": roll_call + struct.pack("<II", 1, len(sentence)) + sentence,
        "sentence_of_terminal": roll_call + struct.pack("<II", 1, 4) + b"\x1b[2J",
        "long_sentence": roll_call + struct.pack("<II", 1, 1 << 31) + sentence,
        "expected": run + b"\x03" + hear(frame(0, b"abc")),
        "early": run + hear(frame(0, b"abc")) + b"\x03",
        "other_size": run + b"\x04" + hear(frame(0, b"abc")),
        "early_other_size": run + hear(frame(0, b"abc")) + b"\x04",
        "huge": run + hear(frame(0, b"abc", 1 << 36)) + b"\x03",
        "large": run + hear(frame(0, b"abc", 1 << 25)) * 3,
        "empty": run + hear(frame(0) * 20) + bytes(20),
        "talk": run + hear(frame(1) + frame(2, sentence) + frame(3)),
        "other_kind": run + hear(frame(4)),
        "long_heartbeat": run + hear(frame(1, b"abc")),
    }


def recording_seeds() -> dict[str, bytes]:
    header = {"latentrt_stream": 1, "stream": "stream:t_index=32/45,rcfg=none,delta=1", "prompt": "a cat", "weighted_prompts": False,
              "guidance": 1.2, "seed": 7, "width": 2, "height": 1, "accelerators": ["deepcache:interval=2"]}

    def lines(*events: object) -> bytes:
        return b"".join(event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n" for event in (header, *events))

    def frame(format: int, size: int) -> tuple[dict, bytes]:
        return {"event": "frame", "format": format}, bytes(range(size))

    update = {"event": "update", "prompt": "a dog", "negative": "", "guidance": 1.5, "delta": 0.5, "t_index": [0, 25], "seed": 3,
              "reduction": 1, "immediate": True, "ramp": 4, "spherical": True}
    finished = {"event": "finished", "ticket": 0, "skipped": False, "sha1": "0" * 40}
    return {
        "header": lines(),
        "frames": lines(*frame(0, 6), *frame(1, 8), *frame(3, 24), *frame(4, 24), finished),
        "noise": lines({"event": "noise"}, {"event": "drain"}, finished),
        "update": lines(update),
        "cut": lines(*frame(0, 3)),
        "large": lines(header | {"width": 65536, "height": 65536}, *frame(4, 3)),
        "no_size": json.dumps(header | {"width": 0}).encode() + b"\n",
        "other_version": json.dumps(header | {"latentrt_stream": 2}).encode() + b"\n",
        "wide": json.dumps(header | {"width": 2**32 + 2}).encode() + b"\n",
        "unknown": lines({"event": "jump"}),
    }


SEEDS = {
    "safetensors": safetensors_seeds,
    "torch_file": torch_file_seeds,
    "pickle": pickle_seeds,
    "lora": lora_seeds,
    "config": config_seeds,
    "tokenizer": tokenizer_seeds,
    "byte_level": byte_level_seeds,
    "prompt": prompt_seeds,
    "png": png_seeds,
    "flags": flag_seeds,
    "spec": spec_seeds,
    "packed_index": packed_index_seeds,
    "ranks": rank_seeds,
    "recording": recording_seeds,
    "jpeg": jpeg_seeds,
    "webp": webp_seeds,
}


def main() -> None:
    for target, make in SEEDS.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in make().items():
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()

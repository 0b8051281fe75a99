#!/usr/bin/env python3
"""Speed of masked text with key-value caches, for a network with LLaDA's architecture and random weights.

  python benchmarks/e2e/block_cache.py --width 512 --layers 8 --prompt 128 --gen-length 128 --block 32 --steps 64

Runs the accelerators in alternation, --rounds times, and compares medians of the processor time of the whole program, which
depends less on other programs on the machine than wall-clock time does. `same` is the fraction of the answer's tokens that
equal those of the run without a cache; with random weights, one token that differs changes all later ones. Needs a finished
build.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import resource
import statistics
import struct
import tempfile

import numpy
from program import ROOT, run_json

ACCELERATORS = ("", "blockcache:kind=prefix", "blockcache:kind=dual", "blockcache:kind=dual,refresh=4", "dkv:refresh=8")
VOCABULARY, MASK_ID = 8192, 8191


def shapes(width: int, layers: int) -> dict[str, tuple[int, ...]]:
    inner = 3 * width
    of_layer = {"attn_norm": (width,), "ff_norm": (width,), "q_proj": (width, width), "k_proj": (width, width),
                "v_proj": (width, width), "attn_out": (width, width), "ff_proj": (inner, width), "up_proj": (inner, width),
                "ff_out": (width, inner)}
    all_layers = {f"blocks.{i}.{name}": shape for i in range(layers) for name, shape in of_layer.items()}
    return {"wte": (VOCABULARY, width), **all_layers, "ln_f": (width,), "ff_out": (VOCABULARY, width)}


def write_model(folder: pathlib.Path, width: int, layers: int) -> None:
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["LLaDAModelLM"], "model_type": "llada", "d_model": width, "n_layers": layers,
        "n_heads": width // 64, "n_kv_heads": width // 64, "mlp_hidden_size": 3 * width, "vocab_size": VOCABULARY,
        "embedding_size": VOCABULARY, "max_sequence_length": 4096, "weight_tying": False, "rope_theta": 500000.0,
        "mask_token_id": MASK_ID, "eos_token_id": MASK_ID - 1}))
    source = numpy.random.default_rng(1)
    header, data, end = {}, [], 0
    for name, shape in shapes(width, layers).items():
        values = source.standard_normal(shape) * shape[-1] ** -0.5 if len(shape) == 2 else numpy.ones(shape)
        data.append(values.astype(numpy.float16).tobytes())
        begin, end = end, end + len(data[-1])
        header[f"model.transformer.{name}.weight"] = {"dtype": "F16", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def run(options: argparse.Namespace, folder: str, accel: str) -> dict:
    prompt = ",".join(str(7 * i % 1000) for i in range(options.prompt))
    words = ["text", "--model", folder, "--ids", prompt, "--dtype", options.dtype, "--gen-length", options.gen_length,
             "--block", options.block, "--steps", options.steps, "--policy", options.policy]
    begin = processor_time()
    made = run_json(options.build, *words, *(["--accel", accel] if accel else []))
    return {**made, "processor_s": processor_time() - begin}


def processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    for flag, value in (("width", 512), ("layers", 8), ("prompt", 128), ("gen-length", 128), ("block", 32), ("steps", 64),
                        ("rounds", 3)):
        parser.add_argument(f"--{flag}", type=int, default=value)
    parser.add_argument("--policy", default="low_confidence")
    parser.add_argument("--dtype", default="fp32")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    runs: dict[str, list[dict]] = {accel: [] for accel in ACCELERATORS}
    with tempfile.TemporaryDirectory() as folder:
        write_model(pathlib.Path(folder), options.width, options.layers)
        for _ in range(options.rounds):
            for accel in runs:
                runs[accel].append(run(options, folder, accel))
    seconds = {accel: statistics.median(each["processor_s"] for each in made) for accel, made in runs.items()}
    print("| accelerator | forwards | tokens a forward | from the cache | cache, MiB | processor s | speed-up | same |")
    print("|---|---|---|---|---|---|---|---|")
    for accel, made in runs.items():
        one, plain = made[0], runs[""][0]
        same = sum(a == b for a, b in zip(one["ids"], plain["ids"])) / len(plain["ids"])
        print(f"| {accel or 'none'} | {one['forwards']} | {one['tokens_per_forward']:.2f} | {one['cached']:.0%} | "
              f"{one['cache_bytes'] / 2**20:.1f} | {seconds[accel]:.2f} | {seconds[''] / seconds[accel]:.2f}x | {same:.0%} |")


if __name__ == "__main__":
    main()

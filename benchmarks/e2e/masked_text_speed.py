#!/usr/bin/env python3
"""Speed of masked diffusion of text: tokens per second of `latentrt text` and of the same loop in PyTorch.

  python benchmarks/e2e/masked_text_speed.py --gen-length 16 --rounds 3
  python benchmarks/e2e/masked_text_speed.py --layers 2 --policies low_confidence threshold:tau=0.1 --out speed.json

Creates a model of the LLaDA family with random weights, in the proportions of the paper's 1 B model (2048 channels, 22
layers, 32 heads, 4 heads of keys and values, 5634 inner channels, a vocabulary of 126,464), writes it to a directory, and
runs every policy in turn, --rounds times, with the program and with LLaDA's loop in eager PyTorch, on the same machine and
with the same number of threads. The loop applies the head to all tokens, as the published code does, or only to those of the
block (PyTorch, block). Reports the median and minimum number of seconds for an answer, and whether the tokens are the same.
Needs a finished build, torch and safetensors.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import tempfile
import time

import torch
from safetensors.torch import save_file
from torch.nn import functional

from program import ROOT, run_json

MASK, VOCABULARY, EPSILON, THETA = 126336, 126464, 1e-5, 500000.0


def config(options: argparse.Namespace) -> dict:
    return {"model_type": "llada", "d_model": options.width, "n_layers": options.layers, "n_heads": options.heads,
            "n_kv_heads": options.kv_heads, "mlp_hidden_size": options.inner, "vocab_size": VOCABULARY,
            "embedding_size": VOCABULARY, "weight_tying": False, "max_sequence_length": 4096, "rms_norm_eps": EPSILON,
            "rope_theta": THETA, "mask_token_id": MASK, "eos_token_id": 126081}


def random_weights(options: argparse.Namespace) -> dict[str, torch.Tensor]:
    source = torch.Generator().manual_seed(1)

    def matrix(rows: int, columns: int) -> torch.Tensor:
        return (torch.randn(rows, columns, generator=source) * columns**-0.5).bfloat16()

    width, shared = options.width, options.width // options.heads * options.kv_heads
    weights = {"model.transformer.wte.weight": torch.randn(VOCABULARY, width, generator=source).bfloat16(),
               "model.transformer.ln_f.weight": torch.ones(width).bfloat16(),
               "model.transformer.ff_out.weight": matrix(VOCABULARY, width)}
    for layer in range(options.layers):
        path = f"model.transformer.blocks.{layer}."
        for norm in ("attn_norm", "ff_norm"):
            weights[f"{path}{norm}.weight"] = torch.ones(width).bfloat16()
        for name, rows, columns in (("q_proj", width, width), ("k_proj", shared, width), ("v_proj", shared, width),
                                    ("attn_out", width, width), ("ff_proj", options.inner, width),
                                    ("up_proj", options.inner, width), ("ff_out", width, options.inner)):
            weights[f"{path}{name}.weight"] = matrix(rows, columns)
    return weights


class Peer:
    """The network, implemented in eager PyTorch."""

    def __init__(self, weights: dict[str, torch.Tensor], options: argparse.Namespace) -> None:
        self.weights, self.options = weights, options
        self.head_size = options.width // options.heads

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, self.weights[f"model.transformer.{name}.weight"])

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        wide = x.float()
        normed = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + EPSILON)
        return normed.to(x.dtype) * self.weights[f"model.transformer.{name}.weight"]

    def heads(self, x: torch.Tensor, rotation: tuple[torch.Tensor, torch.Tensor] | None) -> torch.Tensor:
        x = x.unflatten(-1, (-1, self.head_size)).transpose(1, 2)
        if rotation is None:
            return x
        first, second = x.float().chunk(2, -1)
        cos, sin = rotation
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1).to(x.dtype)

    def layer(self, x: torch.Tensor, path: str, rotation: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        y = self.norm(x, f"{path}.attn_norm")
        q = self.heads(self.linear(y, f"{path}.q_proj"), rotation)
        k = self.heads(self.linear(y, f"{path}.k_proj"), rotation)
        v = self.heads(self.linear(y, f"{path}.v_proj"), None)
        y = functional.scaled_dot_product_attention(q, k, v, enable_gqa=q.shape[1] != k.shape[1])
        x = x + self.linear(y.transpose(1, 2).flatten(2), f"{path}.attn_out")
        y = self.norm(x, f"{path}.ff_norm")
        y = functional.silu(self.linear(y, f"{path}.ff_proj")) * self.linear(y, f"{path}.up_proj")
        return x + self.linear(y, f"{path}.ff_out")

    def __call__(self, ids: torch.Tensor, places: slice) -> torch.Tensor:
        """Logits of the tokens in `places`."""
        x = self.weights["model.transformer.wte.weight"][ids]
        frequency = THETA ** (-torch.arange(0, self.head_size, 2) / self.head_size)
        angle = torch.arange(ids.shape[1])[:, None] * frequency
        for layer in range(self.options.layers):
            x = self.layer(x, f"blocks.{layer}", (angle.cos(), angle.sin()))
        return self.linear(self.norm(x[:, places], "ln_f"), "ff_out")


def committed(confidence: torch.Tensor, policy: str, step: int, options: argparse.Namespace) -> torch.Tensor:
    """Positions in a block that a step of the policy fills."""
    order = confidence.argsort(descending=True, stable=True)
    if policy == "low_confidence":
        steps = options.steps // (options.gen_length // options.block)
        count = options.block // steps + (step % steps < options.block % steps)
        return order[:count]
    name, _, tau = policy.partition(":tau=")
    if name != "threshold":
        raise SystemExit(f"masked_text_speed.py: --policies {policy}: the loop in PyTorch has low_confidence and threshold")
    return order[:max(1, int((confidence >= float(tau or 0.9)).sum()))]


@torch.inference_mode()
def answer(peer: Peer, prompt: list[int], policy: str, options: argparse.Namespace, whole_head: bool) -> list[int]:
    ids = torch.tensor([prompt + [MASK] * options.gen_length])
    for begin in range(len(prompt), ids.shape[1], options.block):
        block, step = slice(begin, begin + options.block), 0
        while (ids[0, block] == MASK).any():
            logits = peer(ids, slice(None))[0, block] if whole_head else peer(ids, block)[0]
            logits = logits.float()
            tokens = logits.index_fill(-1, torch.tensor([MASK]), -torch.inf).argmax(-1)
            confidence = logits.softmax(-1).gather(-1, tokens[:, None])[:, 0]
            confidence[ids[0, block] != MASK] = -torch.inf
            chosen = begin + committed(confidence, policy, step, options)
            ids[0, chosen] = tokens[chosen - begin]
            step += 1
    return ids[0, len(prompt):].tolist()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    for name, value in (("width", 2048), ("layers", 22), ("heads", 32), ("kv-heads", 4), ("inner", 5634),
                        ("prompt-tokens", 64), ("gen-length", 32), ("block", 16), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--steps", type=int, help="of the answer (default: one for each token)")
    parser.add_argument("--policies", nargs="+", default=["low_confidence", "threshold"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=pathlib.Path, help="JSON file")
    options = parser.parse_args()
    options.steps = options.steps or options.gen_length
    return options


def run_program(folder: pathlib.Path, prompt: list[int], policy: str, options: argparse.Namespace) -> tuple[float, list[int]]:
    made = run_json(options.build, "text", "--model", folder, "--dtype", "bf16", "--threads", options.threads, "--ids",
                    ",".join(map(str, prompt)), "--gen-length", options.gen_length, "--block", options.block, "--steps",
                    options.steps, "--policy", policy, "--seed", 1)
    return made["seconds"], made["ids"]


def run_peer(peer: Peer, prompt: list[int], policy: str, options: argparse.Namespace,
             whole_head: bool) -> tuple[float, list[int]]:
    start = time.monotonic()
    ids = answer(peer, prompt, policy, options, whole_head)
    return time.monotonic() - start, ids


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    weights = random_weights(options)
    prompt = torch.randint(100_000, (options.prompt_tokens,), generator=torch.Generator().manual_seed(2)).tolist()
    report = {key: value for key, value in vars(options).items() if key not in ("build", "out")}
    report |= {"parameters": sum(w.numel() for w in weights.values()), "torch": torch.__version__, "policies": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "config.json").write_text(json.dumps(config(options)))
        save_file(weights, folder / "model.safetensors")
        peer = Peer(weights, options)
        runners = {"latentrt": lambda policy: run_program(folder, prompt, policy, options),
                   "PyTorch": lambda policy: run_peer(peer, prompt, policy, options, True),
                   "PyTorch, block": lambda policy: run_peer(peer, prompt, policy, options, False)}
        for policy in options.policies:
            rounds = [{who: run(policy) for who, run in runners.items()} for _ in range(options.rounds)]
            report["policies"][policy] = summary(rounds, policy, options)
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def summary(rounds: list[dict], policy: str, options: argparse.Namespace) -> dict:
    entries = {}
    ours = rounds[0]["latentrt"][1]
    for who in rounds[0]:
        seconds = [made[who][0] for made in rounds]
        same = sum(a == b for a, b in zip(ours, rounds[0][who][1])) / len(ours)
        entries[who] = {"median_s": statistics.median(seconds), "min_s": min(seconds), "runs": seconds,
                        "tokens_per_s": options.gen_length / statistics.median(seconds), "same_tokens": same}
        print(f"{policy:<22} {who:<15} median {entries[who]['median_s']:8.2f} s  min {entries[who]['min_s']:8.2f} s  "
              f"{entries[who]['tokens_per_s']:7.2f} tokens/s  {same:.0%} of the same tokens", flush=True)
    return entries


if __name__ == "__main__":
    main()

"""Golden outputs of transformers over tokens: small random models in the files of LLaDA, Dream, Llama and Qwen3.

transformers has no LLaDA and no Dream: they are Llama and Qwen2 in which every token attends to every other one, so the
references are those classes with such a mask. io.safetensors has two rows, of which the second one starts with
padding; what a model computes for padding is stored as zeros.
"""

import json
from pathlib import Path

import torch
from transformers import (LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

from goldens.byte_level import learned
from goldens.reference import generator, half_values, randomize, reproducible, write_tensors

TOKENS, PADDING = 12, 4
LOGIT_GAIN = 2.5
VOCABULARY, MASK_ID, EOS_ID, EOT_ID = 72, 69, 70, 71
SIZES = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
         "num_attention_heads": 4, "max_position_embeddings": 128, "tie_word_embeddings": False}
LLADA_KEYS = {"model.embed_tokens": "model.transformer.wte", "model.norm": "model.transformer.ln_f",
              "lm_head": "model.transformer.ff_out", "model.layers": "model.transformer.blocks",
              "input_layernorm": "attn_norm", "post_attention_layernorm": "ff_norm", "self_attn.o_proj": "attn_out",
              "self_attn.": "", "mlp.gate_proj": "ff_proj", "mlp.down_proj": "ff_out", "mlp.": ""}

# name -> (class of transformers, settings, bidirectional, config.json, shards)
LLADA_CONFIG = {
    "architectures": ["LLaDAModelLM"], "model_type": "llada", "d_model": 32, "n_layers": 2, "n_heads": 4,
    "n_kv_heads": 4, "mlp_hidden_size": 48, "vocab_size": 70, "embedding_size": VOCABULARY, "weight_tying": False,
    "max_sequence_length": 128, "activation_type": "silu", "block_type": "llama", "layer_norm_type": "rms",
    "rms_norm_eps": 1e-5, "rope": True, "rope_full_precision": True, "rope_theta": 500000.0, "alibi": False,
    "include_bias": False, "include_qkv_bias": False, "attention_layer_norm": False, "input_emb_norm": False,
    "scale_logits": False, "multi_query_attention": None, "mask_token_id": MASK_ID, "eos_token_id": EOS_ID,
    "pad_token_id": EOS_ID}
DREAM_CONFIG = {
    **SIZES, "architectures": ["DreamModel"], "model_type": "Dream", "num_key_value_heads": 2, "hidden_act": "silu",
    "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "rope_scaling": None, "use_sliding_window": False,
    "mask_token_id": MASK_ID, "eos_token_id": EOS_ID, "pad_token_id": EOS_ID}
LLAMA_CONFIG = {
    **SIZES, "architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_key_value_heads": 2, "head_dim": 6,
    "hidden_act": "silu", "rms_norm_eps": 1e-5, "attention_bias": False, "mlp_bias": False, "eos_token_id": EOS_ID,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}}
QWEN3_CONFIG = {
    **SIZES, "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "num_key_value_heads": 1, "head_dim": 10,
    "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "rope_scaling": None, "attention_bias": False,
    "use_sliding_window": False, "tie_word_embeddings": True, "eos_token_id": EOS_ID}
# Has a tokenizer that names the mask token, which config.json does not.
WORDS_SIZES = {**SIZES, "vocab_size": 464, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
               "num_attention_heads": 2}
WORDS_CONFIG = {
    **{key: value for key, value in LLADA_CONFIG.items() if key not in ("mask_token_id", "pad_token_id")},
    "d_model": 8, "n_layers": 1, "n_heads": 2, "n_kv_heads": 2, "mlp_hidden_size": 12, "vocab_size": 463,
    "embedding_size": 464, "eos_token_id": [457, 458]}
MODELS = {
    "llada": (LlamaForCausalLM, LlamaConfig(**SIZES, num_key_value_heads=4, rms_norm_eps=1e-5,
                                            rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
              True, LLADA_CONFIG, 2),
    "dream": (Qwen2ForCausalLM, Qwen2Config(**SIZES, num_key_value_heads=2, rms_norm_eps=1e-6,
                                            rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
              True, DREAM_CONFIG, 1),
    "llama": (LlamaForCausalLM, LlamaConfig(**SIZES, num_key_value_heads=2, head_dim=6, rms_norm_eps=1e-5,
                                            rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
              False, LLAMA_CONFIG, 1),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**{**SIZES, "tie_word_embeddings": True}, num_key_value_heads=1,
                                            head_dim=10, rms_norm_eps=1e-6,
                                            rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
              False, QWEN3_CONFIG, 1),
    "words": (LlamaForCausalLM, LlamaConfig(**WORDS_SIZES, num_key_value_heads=2, rms_norm_eps=1e-5,
                                            rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
              True, WORDS_CONFIG, 1),
}


def stored_name(name, key):
    if name in ("llada", "words"):
        for ours, theirs in LLADA_KEYS.items():
            key = key.replace(ours, theirs, 1)
    return key


def make_model(name):
    """Its logits have a larger range than those of a random projection, so that confidences differ."""
    model_class, config, _, _, _ = MODELS[name]
    config._attn_implementation = "eager"
    model = randomize(model_class(config), seed=len(name))
    model.lm_head.weight.data = half_values(model.lm_head.weight.data * LOGIT_GAIN)
    return model


def write_files(directory, name, model):
    _, config, _, settings, shards = MODELS[name]
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
    keys = [key for key in model.state_dict() if not (config.tie_word_embeddings and key == "lm_head.weight")]
    weights = {stored_name(name, key): model.state_dict()[key].half() for key in keys}
    if shards == 1:
        write_tensors(directory / "model.safetensors", weights)
        return
    places = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = dict(list(weights.items())[shard::shards])
        write_tensors(directory / file, part)
        places |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": sum(2 * tensor.numel() for tensor in weights.values())}, "weight_map": places}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def additive_mask(attention_mask, bidirectional):
    """[B,L] of zeros and ones -> [B,1,L,L], to be added to scores."""
    rows, tokens = attention_mask.shape
    allowed = attention_mask[:, None, None, :].bool().expand(rows, 1, tokens, tokens)
    if not bidirectional:
        allowed = allowed & torch.ones(tokens, tokens).tril().bool()
    return torch.zeros(rows, 1, tokens, tokens).masked_fill(~allowed, torch.finfo(torch.float32).min)


def run(name, model, ids, attention_mask):
    """All hidden states and the logits of every token."""
    positions = (attention_mask.cumsum(1) - 1).clamp(min=0)
    mask = additive_mask(attention_mask, MODELS[name][2])
    norm = {}
    # transformers replaces the last state of its list by the normalised one.
    handle = model.model.norm.register_forward_hook(lambda module, inputs, output: norm.update(before=inputs[0], after=output))
    result = model(input_ids=ids, position_ids=positions, attention_mask=mask, output_hidden_states=True, use_cache=False)
    handle.remove()
    states = [*result.hidden_states[:-1], norm["before"]]
    return {**{f"hidden.{i}": state for i, state in enumerate(states)}, "last_hidden_state": norm["after"],
            "logits": result.logits}


def golden(name, model):
    ids = torch.randint(model.config.vocab_size, (2, TOKENS), generator=generator(3))
    attention_mask = torch.ones(2, TOKENS, dtype=torch.long)
    attention_mask[1, :PADDING] = 0
    outputs = run(name, model, ids, attention_mask)
    kept = {key: torch.where(attention_mask[:, :, None].bool(), value, 0.0) for key, value in outputs.items()}
    return {"input_ids": ids, "attention_mask": attention_mask, **kept}


def make(out_dir: Path) -> None:
    with reproducible():
        for name in MODELS:
            model = make_model(name)
            write_files(out_dir / name, name, model)
            if name != "words":
                write_tensors(out_dir / name / "io.safetensors", golden(name, model))
    (out_dir / "words" / "tokenizer.json").write_text(learned().to_str() + "\n", encoding="utf-8")
    (out_dir / "words" / "tokenizer_config.json").write_text(json.dumps({"mask_token": "<|mdm_mask|>"}) + "\n")

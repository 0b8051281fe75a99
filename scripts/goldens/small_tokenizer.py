"""A CLIP tokenizer of some 600 entries: all bytes, the most frequent pairs of a few sentences, two specials."""

import json
from collections import Counter
from itertools import pairwise

from transformers import CLIPTokenizer

CORPUS = ("a small red circle above a large blue square on a white background . a photograph of a cat and a dog in the "
          "green garden . the night sky over the mountain lake , a painting with strong colours . low quality , blurry")
MERGES = 80
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"


def byte_symbols():
    """A visible character per byte in CLIP's order: printable bytes first, as themselves, the others from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [chr(byte) for byte in visible] + [chr(0x100 + i) for i in range(256 - len(visible))]


def joined(word, pair):
    symbols = iter(range(len(word)))
    result = []
    for i in symbols:
        is_pair = word[i:i + 2] == pair
        result.append("".join(pair) if is_pair else word[i])
        if is_pair:
            next(symbols)
    return tuple(result)


def learn_merges(texts, count):
    """The usual training on words written in byte symbols: repeatedly merge the most frequent adjacent pair."""
    words = Counter((*text[:-1], text[-1] + WORD_END) for text in texts)
    merges = []
    for _ in range(count):
        counts = Counter()
        for word, times in words.items():
            for pair in pairwise(word):
                counts[pair] += times
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        words = Counter({joined(word, best): times for word, times in words.items()})
    return merges


def make_tokenizer(directory, pad_token, length):
    """Writes the files of the published checkpoints (vocab.json, merges.txt) and loads them."""
    symbols, merges = byte_symbols(), learn_merges(CORPUS.split(), MERGES)
    entries = [*symbols, *(symbol + WORD_END for symbol in symbols), *map("".join, merges), BEGIN, END]
    settings = {"tokenizer_class": "CLIPTokenizer", "model_max_length": length, "bos_token": BEGIN, "eos_token": END,
                "unk_token": END, "pad_token": pad_token}
    directory.mkdir(parents=True, exist_ok=True)
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    (directory / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")) + "\n")
    (directory / "merges.txt").write_text("\n".join(["#version: 0.2", *map(" ".join, merges)]) + "\n")
    (directory / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    return CLIPTokenizer.from_pretrained(directory)

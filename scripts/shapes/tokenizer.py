"""A small but complete CLIP tokenizer: byte-level BPE, one token for every word of a caption.

Any other text can be encoded too, because all bytes are in the vocabulary.
"""

from __future__ import annotations

import json
import pathlib

from . import scene
from .networks import TEXT_LENGTH

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
END = "</w>"


def words() -> list[str]:
    """Every word of every caption, in a fixed order."""
    tables = (scene.SHAPES, scene.COLORS, scene.SIZES, scene.BACKGROUNDS, scene.RELATIONS)
    text = "a on background " + " ".join(name for table in tables for name in table)
    return list(dict.fromkeys(text.split()))


def byte_symbols() -> list[str]:
    """One printable character per byte, in the order of CLIP's vocabulary file.

    Printable bytes represent themselves; the rest take the code points from 256 upward.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(hidden))]


def _merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """Every occurrence of the pair, from the left, as one piece."""
    out: list[str] = []
    for piece in pieces:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return out


def merges() -> list[tuple[str, str]]:
    """Pairs in rank order. A word first takes the merges of the words before it, then adds its own;

    later pairs rank lower, so they cannot split a word that is already one token.
    """
    ranked: list[tuple[str, str]] = []
    for word in words():
        pieces = list(word[:-1]) + [word[-1] + END]
        for pair in ranked:
            pieces = _merged(pieces, pair)
        while len(pieces) > 1:
            ranked.append((pieces[0], pieces[1]))
            pieces = _merged(pieces, ranked[-1])
    return ranked


def vocabulary() -> dict[str, int]:
    symbols = byte_symbols()
    pairs = merges()
    tokens = (
        symbols
        + [symbol + END for symbol in symbols]
        + ["".join(pair) for pair in pairs]
        + [BOS, EOS]
    )
    return {token: index for index, token in enumerate(tokens)}


def _special(token: str) -> dict:
    return {
        "content": token,
        "lstrip": False,
        "normalized": True,
        "rstrip": False,
        "single_word": False,
    }


def write(folder: pathlib.Path) -> None:
    """The four files that CLIPTokenizer and other readers of CLIP directories expect."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = vocabulary()
    lines = ["#version: 0.2"] + [" ".join(pair) for pair in merges()]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = {"bos_token": BOS, "eos_token": EOS, "unk_token": EOS, "pad_token": EOS}
    specials = {key: _special(token) for key, token in names.items()}
    settings = {
        "added_tokens_decoder": {
            str(ids[token]): _special(token) | {"special": True} for token in (BOS, EOS)
        },
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": True,
        "do_lower_case": True,
        "errors": "replace",
        "model_max_length": TEXT_LENGTH,
        "tokenizer_class": "CLIPTokenizer",
        **names,
    }
    for name, content in (
        ("vocab.json", ids),
        ("special_tokens_map.json", specials),
        ("tokenizer_config.json", settings),
    ):
        text = json.dumps(content, ensure_ascii=False, indent=None if name == "vocab.json" else 2)
        (folder / name).write_text(text + "\n", encoding="utf-8")


class WordEncoder:
    """Caption to ids without a general tokenizer, for training: every word is one token."""

    def __init__(self) -> None:
        ids = vocabulary()
        self.size, self.bos, self.eos = len(ids), ids[BOS], ids[EOS]
        self._word = {word: ids[word + END] for word in words()}

    def __call__(self, caption: str) -> list[int]:
        inside = [self._word[word] for word in caption.split()]
        return ([self.bos] + inside + [self.eos] * TEXT_LENGTH)[:TEXT_LENGTH]

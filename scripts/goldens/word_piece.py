"""Golden token ids of WordPiece: a small vocabulary in both forms of files, and ids by transformers' BertTokenizer for
the texts of the other tokenizer's goldens with it.

ids.json has the texts and their padded ids with the plain settings, with capitals and accents kept, and their length.
"""

import json
import tempfile
from pathlib import Path

import tokenizers
import transformers

from goldens.tokenizer import LEARNED_FROM, MARKS, PLAIN, SCRIPTS, SPACES_AND_CONTROLS, SYMBOLS, random_texts

VERSIONS = {module.__name__: module.__version__ for module in (transformers, tokenizers)}
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LENGTH = 20
LONG = ["a" * 100, "a" * 101, "circle " * 30, "the [MASK] of [CLS]the circle[SEP]", "[mask] [ MASK ]", "[UNK] [PAD]a"]


def vocabulary():
    """Words, their first and last letters as pieces, and every character but a few as a piece."""
    words = sorted({word for text in (LEARNED_FROM, LEARNED_FROM.lower()) for word in text.split()})
    letters = sorted({letter for word in words for letter in word} - set("xzX"))
    pieces = [f"##{word[2:]}" for word in words if len(word) > 4]
    symbols = list("!,.:;?()[]{}<>|&%#@'-_/\\~^`$*+=\"0123456789中字日本")
    tokens = [*SPECIALS, *letters, *symbols, *(f"##{letter}" for letter in letters), *words[::2], *pieces]
    return list(dict.fromkeys(tokens))


def texts():
    """Without the marks that only newer editions of Unicode have, the last two."""
    return [*PLAIN, *SCRIPTS, *MARKS[:-2], *SYMBOLS, *SPACES_AND_CONTROLS, *LONG, *random_texts()[:40]]


def padded(tokenizer):
    return [tokenizer(text, padding="max_length", max_length=LENGTH, truncation=True).input_ids for text in texts()]


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    vocab = out_dir / "lines" / "vocab.txt"
    vocab.parent.mkdir(exist_ok=True)
    vocab.write_text("\n".join(vocabulary()) + "\n", encoding="utf-8")
    plain = transformers.BertTokenizer(vocab=str(vocab))
    cased = transformers.BertTokenizer(vocab=str(vocab), do_lower_case=False)
    with tempfile.TemporaryDirectory() as directory:
        plain.save_pretrained(directory)
        single = json.loads((Path(directory) / "tokenizer.json").read_text(encoding="utf-8"))
    (out_dir / "single_file").mkdir(exist_ok=True)
    (out_dir / "single_file" / "tokenizer.json").write_text(json.dumps(single, ensure_ascii=False) + "\n",
                                                            encoding="utf-8")
    ids = {"made_by": VERSIONS, "length": LENGTH, "texts": texts(), "padded": padded(plain), "cased": padded(cased)}
    (out_dir / "ids.json").write_text(json.dumps(ids, separators=(",", ":")) + "\n", encoding="utf-8")

"""Golden token ids of byte-level BPE: a small vocabulary trained here with the pattern of LLaDA, and ids by `tokenizers`
for difficult texts with it, with the patterns of GPT-2, Llama 3, Qwen 2 and LLaDA.

tokenizer.json has LLaDA's form. ids.json contains the texts, and cases: entries of tokenizer.json that a case replaces, its
ids; and decoded texts of ids, with and without special tokens.
"""

import json
import random
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from goldens.tokenizer import (LEARNED_FROM, LONG, MARKS, NEWER, PLAIN, SCRIPTS, SPACES_AND_CONTROLS, SYMBOLS,
                               random_texts)

VERSIONS = {module.__name__: module.__version__ for module in (tokenizers,)}
VOCABULARY = 256 + 200
SPECIAL = ["<|startoftext|>", "<|endoftext|>", "<|eot_id|>", "<|mdm_mask|>"]
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = {
    "llama3": rf"{CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}|{REST}",
    "qwen2": rf"{CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}|{REST}",
    "llada": (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"
              r"|\s+(?!\S)|\s+"),
}
LINES = ["a\n\nb", "a \n \n b", "\n", "\r\n", "\n\n\n", " \n", "\n ", "a.\n\nb", "a!\r\n\r\n b", "...\n...", "x\t\n\ty", "a  \nb",
         "a\u2028\n\u2029b", " \u00a0\n\u00a0 ", "\u0085\n", "def f(x):\n    return x\n\n\n# end", "{\n\t\"a\": [1,  2],\n}\n",
         "1\n2\n\n3", "a\n1", "!\n!", "\n\n  \n  a"]
WORDS = ["'\u017f 'S\u017f it'\u017f", "'LL 'll 'Ll 'lL 'l", "don'T we'Re 'rEd", "1234567 12 3", "x1y22z333", "\u0663\u0664\u0665\u0666",
         ".hello _world @name #tag", "a.b.c", "'hello' \"world\"", "''ll", "  'll", " 123 4", "   x", "\ttab", "\u00a0nbsp", "e=mc\u00b2",
         "<|endoftext|>", "a<|eot_id|>b", "<|mdm_mask|><|mdm_mask|>", " <|startoftext|> ", "<|mdm_mask", "<sep> <SEP>",
         "a  <sep>  b", "<wide>  x", "x  <wide>"]


def texts():
    return [*PLAIN, *SCRIPTS, *MARKS, *SYMBOLS, *SPACES_AND_CONTROLS, *LONG[2:4], *NEWER, *LINES, *WORDS, *random_texts()[:60]]


def split_by(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def learned():
    """With added tokens of all kinds: special, plain, and with the white space around them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = split_by(PATTERNS["llada"])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  show_progress=False)
    tokenizer.train_from_iterator([LEARNED_FROM], trainer)
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.add_tokens([AddedToken("<sep>"), AddedToken("<wide>", lstrip=True, rstrip=True, normalized=False),
                          AddedToken("\u0065\u0301clair", normalized=True)])
    return tokenizer


def changed(tokenizer, changes):
    content = json.loads(tokenizer.to_str())
    for key, value in changes.items():
        content[key] = {**content[key], **value} if key == "model" else value
    return Tokenizer.from_str(json.dumps(content))


def forms():
    """Names of variants, with their entries of tokenizer.json."""
    def entry(pre_tokenizer):
        return json.loads(pre_tokenizer.__getstate__())

    nfc = json.loads(normalizers.NFC().__getstate__())
    yield "llada", {}
    yield "gpt2", {"pre_tokenizer": entry(pre_tokenizers.ByteLevel(add_prefix_space=False))}
    yield "llama3", {"pre_tokenizer": entry(split_by(PATTERNS["llama3"])), "model": {"ignore_merges": True}}
    yield "qwen2", {"pre_tokenizer": entry(split_by(PATTERNS["qwen2"])), "normalizer": nfc}
    yield "nfc in a sequence", {"normalizer": {"type": "Sequence", "normalizers": [nfc]}}


def decoded(tokenizer):
    """Random ids, most of which are single bytes: many are not UTF-8."""
    source = random.Random(11)
    lists = [[source.randrange(tokenizer.get_vocab_size()) for _ in range(length)] for length in range(1, 25)]
    lists += [[source.randrange(256) for _ in range(30)] for _ in range(40)]
    lists += [tokenizer.encode(text, add_special_tokens=False).ids for text in ("a\u20ac<|eot_id|>b", "\U0001f600", "<wide>")]
    lists += [ids[:-1] for ids in lists[-3:]]
    return [{"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False),
             "without_special": tokenizer.decode(ids, skip_special_tokens=True)} for ids in lists]


def make(out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    tokenizer = learned()
    (out_dir / "tokenizer.json").write_text(tokenizer.to_str() + "\n", encoding="utf-8")
    cases = []
    for name, changes in forms():
        form = changed(tokenizer, changes)
        cases.append({"name": name, "changes": changes,
                      "ids": [form.encode(text, add_special_tokens=False).ids for text in texts()]})
    golden = {"made_by": VERSIONS, "texts": texts(), "cases": cases, "decoded": decoded(tokenizer)}
    (out_dir / "ids.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")

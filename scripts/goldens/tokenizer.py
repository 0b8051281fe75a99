"""Golden token ids: a small vocabulary trained here, in all forms of files, and ids by transformers' CLIPTokenizer
for difficult texts with it.

make(out_dir) writes vocab.json and merges.txt (older form), tokenizer.json (newer form), each with its settings, and
ids.json: the texts, their ids, and cases with other settings or files.
"""

import json
import random
import tempfile
import unicodedata
from pathlib import Path

import tokenizers
import transformers
from tokenizers import pre_tokenizers

from goldens.small_tokenizer import BEGIN, END, WORD_END, byte_symbols, learn_merges

VERSIONS = {module.__name__: module.__version__ for module in (transformers, tokenizers)}
MERGES = 300
LENGTH = 16
SEED = 5
RANDOM_TEXTS = 120

LEARNED_FROM = """
a small red circle above a large blue square on a white background, painted in oil by an old master.
two green triangles next to one another; the photograph's light doesn't come from the left, it's from behind!
an astronaut who is riding a horse over the hills at sunset, we've seen it before and we'll see it again.
the cat's whiskers, the dogs' tails, 3 birds and 12 fish: that's the whole story they're telling, i'd say.
there were masterpieces of the best quality in the painter's room, with shadows and reflections in the water.
déjà vu at the café, the naïve façade of the über-modern hôtel; señor, the jalapeño is over there.
красный круг над синим квадратом, маленький дом на большой горе. ένας κόκκινος κύκλος πάνω από το τετράγωνο.
"""

PLAIN = [
    "", " ", "   \t\n ", "a", "a photo of a cat", "A photograph of an astronaut riding a horse",
    "Don't  stop, it's 2024!!", "café naïve", "(masterpiece:1.2), best-quality", "an_underscore 😀",
    "the painter's masterpieces", "THE PAINTER'S MASTERPIECES", "we'VE they'RE I'M i'D it'LL can'T 's 'S",
    "'sound 'tis 'real 'very 'mind 'llama 'dog", "''s ’s `s", "rock'n'roll", "a'sb", "x'1's", "3'd 'd3",
    "12345 1.5e-3 0x1F", "a1b2c3", "_a_b__c_", "___", "---", "...?!", "a-b/c\\d|e",
    "<tag> & [list] {set} ~^`$%#@*", "tab\tnew\nline\r\nfeed\fvertical\vend", " leading and trailing ",
    "a  b   c    d", "<|startoftext|>", "<|endoftext|>", "a<|endoftext|>b", "<|endoftext|><|endoftext|>",
    "cat <|startoftext|> dog", "<|ENDOFTEXT|>", "<|StartOfText|>!!", "<|ENDOFTEXT|>!!", "!!<|ENDOFTEXT|>",
    "<|endoftext |>", "<|endoftext|", "<|startoftext|>'s", "<|<|endoftext|>|>", "e<|endoftext|>\u0301",
]
SCRIPTS = [
    "красный круг", "ΚΌΚΚΙΝΟΣ κύκλος ΣΑΣ", "日本語のテキスト", "中文字符，句号。", "한국어 문장",
    "\u1112\u1161\u11ab\u1100\u1173\u11af", "שלום עולם", "שָׁלוֹם", "السلام عليكم", "مَرْحَبًا ٣٤٥",
    "नमस्ते १२३", "ไทยแลนด์ ๑๒๓", "ქართული ᲥᲐᲠᲗᲣᲚᲘ", "ᎠᎡ ꭰ", "Ⴀ ⴀ", "\u202eright to left\u202c",
    "a\u200fb\u200ec", "Ǆ ǅ ǆ", "ﬁ ﬂ ﬀ", "İstanbul ISPARTA ı", "STRASSE straße ẞ", "K Å Ω", "𝐁𝐨𝐥𝐝 𝒮𝒸𝓇𝒾𝓅𝓉 𝟙𝟚𝟛",
    "𐐀𐐁 𐐨", "Ａｂｃ１２３！", "½ ² Ⅷ ⅷ ① ㊿ 〇 一 ௧ ൵", "Ⓐⓐ ªº", "ʰ ˆ ˢ", "🄰 🅱",
]
MARKS = [
    "é", "e\u0301", "E\u0301", "ệ", "e\u0302\u0323", "e\u0323\u0302", "q\u0307\u0323", "q\u0323\u0307",
    "\u0301a", "a\u0301\u0301\u0301", "a\u0345\u0301\u0327", "\u0344", "\u0340\u0341", "\u0958 \u0929",
    "\u0f73\u0f71\u0f72", "\u1e9b\u0323", "\u2126 \u212b \u2adc", "\uf900\ufa10\U0002f800", "\U0001d15e",
    "\uac00\u11a8 \u1100\u1161\u11a8", "\u0d4a \u0dda", "a\u0334\u07fd\u0323", "\u16d6 \U0001193a",
]
SYMBOLS = [
    "😀😃", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪🇫🇷", "❤️ ❤", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f", "☃︎☃️", "→⇒∀∃∞", "©®™",
    "€£¥", "“quoted” ‘text’ «guillemets»", "em—dash en–dash", "bullet • item", "♫♪", "▀▄█",
    "\U0001f9d1\u200d\U0001f680 astronaut",
]
SPACES_AND_CONTROLS = [
    "a\u00a0b", "a\u2003b\u2009c", "a\u3000b", "a\u2028b\u2029c", "a\u0085b", "a\u1680b", "a\u202fb\u205fc",
    "a\u200bb", "a\ufeffb", "a\u2060b", "a\u180eb", "a\u00adb", "a\u0000b", "\u0000", "a\u0001\u0002b",
    "a\u001c\u001d\u001e\u001fb", "a\u007fb", "a\u0080\u009fb", "\u0085", "\u00a0", "a\u0008b", "a\u001b[31mb",
    "\ufffd\ufffe\uffff", "\ue000\U000f0000", "\U0010ffff", "\u0378 \u0530",
]
LONG = ["a" * 700, "abc" * 400, "circle" * 60, "!" * 300, "é" * 200, "😀" * 60, "1" * 50, "a b " * 40,
        "master" + "\u0301" * 90]
NEWER = ["\U0001e5d0\U0001e5f1", "\ua7cb\ua7da x", "\U00010d50\U00010d41", "a\u0345\u0898\u0334\u0301", "\U0002ebf0字",
         "\U00016ea0!"]


def words_of(text):
    """Words in byte symbols."""
    split = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    return [word for word, _ in pre_tokenizers.Sequence(split).pre_tokenize_str(text.lower())]


def vocabulary_of(symbols, merges):
    tokens = [*symbols, *(symbol + WORD_END for symbol in symbols), *("".join(pair) for pair in merges), BEGIN, END]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def random_texts():
    source = random.Random(SEED)
    blocks = [(0x20, 0x7F), (0x80, 0x250), (0x300, 0x370), (0x370, 0x600), (0x600, 0x700), (0x900, 0xA00),
              (0x1100, 0x1200), (0x1E00, 0x2070), (0x2070, 0x2C00), (0x3000, 0x3200), (0x4E00, 0x4F00),
              (0xAC00, 0xAD00), (0x1F300, 0x1F700)]
    words = LEARNED_FROM.split()

    def piece():
        kind = source.random()
        if kind < 0.5:
            return source.choice(words)
        if kind < 0.6:
            return source.choice(PLAIN)[:12]
        return "".join(chr(source.randrange(*source.choice(blocks))) for _ in range(source.randrange(1, 5)))

    texts = []
    for index in range(RANDOM_TEXTS):
        text = "".join(piece() + source.choice(["", " ", " ", "\n", ", "]) for _ in range(source.randrange(1, 10)))
        change = [str, str.upper, lambda text: unicodedata.normalize("NFD", text)][index % 3]
        texts.append(change(text))
    return texts


def texts():
    return [*PLAIN, *SCRIPTS, *MARKS, *SYMBOLS, *SPACES_AND_CONTROLS, *LONG, *NEWER, *random_texts()]


def described(content, **flags):
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **flags}


def two_files(vocabulary, merges):
    return {"vocab.json": json.dumps(vocabulary, ensure_ascii=False),
            "merges.txt": "\n".join(["#version: 0.2", *map(" ".join, merges), ""])}


def write_files(directory, files):
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def load(files):
    with tempfile.TemporaryDirectory() as directory:
        write_files(Path(directory), files)
        return transformers.CLIPTokenizer.from_pretrained(directory)


def bare_ids(tokenizer, text):
    return tokenizer(text, add_special_tokens=False).input_ids


def padded_ids(tokenizer, text, length=None):
    length = length or tokenizer.model_max_length
    return tokenizer(text, padding="max_length", max_length=length, truncation=True).input_ids


CONFIG = {"model_max_length": LENGTH, "tokenizer_class": "CLIPTokenizer"}
NAMED = {"bos_token": described(BEGIN), "eos_token": described(END), "unk_token": described(END), "pad_token": END}
MARKER_TEXTS = ["a <|startoftext|> b <|endoftext|> c", "<|STARTOFTEXT|>!! <|ENDOFTEXT|>!!x", "hello!! wow! !",
                "ab<|endoftext|>'s", "my  <cat toy> is  <CAT TOY> x <Cat Toy>!", "<Cat Toys>", "<pad> # <PAD>"]


def settings_cases(vocabulary):
    """Name -> files in addition to the vocabulary: every place in which special tokens may be described."""
    count = len(vocabulary)
    decoder = {str(vocabulary[BEGIN]): described(BEGIN, special=True),
               str(vocabulary[END]): described(END, special=True, normalized=False),
               str(count): described("<Cat Toy>", lstrip=True, rstrip=True),
               str(count + 1): described("<Cat", special=True, normalized=False)}
    return {
        "no settings at all": {},
        "pad is another token": {"tokenizer_config.json": CONFIG,
                                 "special_tokens_map.json": {**NAMED, "pad_token": "!"}},
        "names in the configuration": {"tokenizer_config.json": {
            **CONFIG, **{key: {**value, "__type": "AddedToken"} if isinstance(value, dict) else value
                         for key, value in NAMED.items()}}},
        "the map has the last word": {"tokenizer_config.json": {**CONFIG, "pad_token": "#"},
                                      "special_tokens_map.json": {"pad_token": "!"}},
        "a configuration with added tokens stands alone": {
            "tokenizer_config.json": {**CONFIG, "added_tokens_decoder": decoder, "pad_token": END},
            "special_tokens_map.json": {"pad_token": "!"}},
        "added_tokens.json": {"tokenizer_config.json": {**CONFIG, "pad_token": "<pad>"},
                              "added_tokens.json": {"<pad>": count, "<Cat Toy>": count + 1}},
        "further special tokens": {"tokenizer_config.json": {**CONFIG, "additional_special_tokens": ["#", "!"]}},
    }


def case(name, tokenizer, case_texts, **more):
    length = min(tokenizer.model_max_length, 77)
    return {"name": name, **more, "length": length, "begin": tokenizer.bos_token_id, "end": tokenizer.eos_token_id,
            "pad": tokenizer.pad_token_id, "vocab_size": len(tokenizer), "texts": case_texts,
            "ids": [bare_ids(tokenizer, text) for text in case_texts],
            "padded": [padded_ids(tokenizer, text, length) for text in case_texts]}


def small_vocabulary():
    """Most bytes are unknown, and two merges have the same result."""
    merges = [("b", "c"), ("a", "b"), ("a", "bc"), ("ab", "c"), ("abc", "d</w>"), ("a", "a"), ("aa", "a")]
    return vocabulary_of("abcd", merges), merges


def write_lines(path, parts):
    """One text or number list per line, so that a change of one is a change of one line."""
    lines = []
    for key, value in parts.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
            lines.append(f"{json.dumps(key)}: [\n{rows}\n]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def make(out_dir: Path) -> None:
    transformers.logging.set_verbosity_error()
    merges = learn_merges(words_of(LEARNED_FROM), MERGES)
    vocabulary = vocabulary_of(byte_symbols(), merges)
    base = two_files(vocabulary, merges)
    write_files(out_dir / "two_files", {**base, "tokenizer_config.json": CONFIG, "special_tokens_map.json": NAMED})
    older = transformers.CLIPTokenizer.from_pretrained(out_dir / "two_files")
    older.save_pretrained(out_dir / "single_file")
    newer = transformers.CLIPTokenizer.from_pretrained(out_dir / "single_file")

    all_texts = texts()
    ids = [bare_ids(older, text) for text in all_texts]
    assert ids == [bare_ids(newer, text) for text in all_texts]
    cases = [case(name, load({**base, **files}), MARKER_TEXTS, settings=files)
             for name, files in settings_cases(vocabulary).items()]
    small = two_files(*small_vocabulary())
    small_texts = ["abcd", "aabc", "abc", "aaaaaaa", "abcabcd", "xyz", "a x", "ab cd", "ABCD é", "", "aabcbcd abca"]
    cases.append(case("a vocabulary without most bytes", load(small), small_texts, settings=small))
    cut_texts = ["a b " * n for n in range(5, 10)] + ["", "circle " * 13 + "👩‍👩‍👧"]
    write_lines(out_dir / "ids.json", {
        "made_by": VERSIONS, "texts": all_texts, "ids": ids, "cases": cases,
        "cut": [{"text": text, "ids": padded_ids(older, text)} for text in cut_texts]})

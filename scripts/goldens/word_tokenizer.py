"""What `tokenizers` makes of texts with a tokenizer.json that the library wrote.

tokenizer.json is that of the task countdown, as word_tokenizer() writes it, which a test compares. ids.json has texts with their
ids, and the texts that those ids decode to.
"""

import json
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer

VERSIONS = {module.__name__: module.__version__ for module in (tokenizers,)}
TEXTS = ["numbers 3 7 12 target 33", " 7 * 3 = 21 ; 21 + 12 = 33", "numbers 3 7 12 target 33 7 * 3 = 21 ; 21 + 12 = 33",
         " 0 10 99 100 007", "3 7", "", " ", "  7  8", "numbers", " numbers target", "targets", " + - * / = ; +- ;;", "7*3=21;",
         "<|mdm_mask|> 5 <|mdm_mask|><|endoftext|>", "numbers 1\n2\t3", "\u00e9t\u00e9 \u20ac 5", "12 - 7", " 12's 5"]


def make(out_dir: Path) -> None:
    tokenizer = Tokenizer.from_file(str(out_dir / "tokenizer.json"))
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (out_dir / "ids.json").write_text(f'{{"made_by": {json.dumps(VERSIONS)},\n"cases": [\n{lines}\n]}}\n')

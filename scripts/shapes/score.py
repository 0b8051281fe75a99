"""Scores of many pictures, and the held-out captions that a model is scored on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import numpy as np

from .judge import Verdict, judge
from .scene import Description, random_description

FIELDS = ("objects", "shape", "color", "count", "size", "relation", "background", "everything")


def captions(count: int, seed: int) -> list[Description]:
    """Drawn like training captions, but from the held-out part only."""
    rng = random.Random(seed)
    return [random_description(rng, held_out=True) for _ in range(count)]


def _share(values: Iterable[bool | None]) -> float | None:
    stated = [value for value in values if value is not None]
    return round(sum(stated) / len(stated), 4) if stated else None


def _table(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    return {field: _share(getattr(v, field) for v in verdicts) for field in FIELDS}


def score(pictures: Sequence[np.ndarray], descriptions: Sequence[Description]) -> dict:
    """Shares of the pictures that show what their captions state; relation and background count
    only where a caption states them.
    """
    verdicts = [judge(p, d) for p, d in zip(pictures, descriptions, strict=True)]
    pairs = list(zip(verdicts, descriptions))
    table = {"captions": len(pairs), "distinct": len({str(d) for d in descriptions})} | _table(
        verdicts
    )
    for count, name in ((1, "one_object"), (2, "two_objects")):
        part = [v for v, d in pairs if len(d.things) == count]
        table[name] = {"captions": len(part)} | _table(part)
    return table | {"right": [v.everything for v in verdicts]}

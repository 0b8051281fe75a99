"""The contents of a picture and their description in a caption; the only place that contains the words.

Everything here is plain Python: reading a caption needs no package at all.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import re

SIDE = 128
SHAPES = ("circle", "square", "triangle", "star")
COLORS = {
    "red": (225, 30, 40),
    "green": (30, 160, 70),
    "blue": (30, 80, 225),
    "yellow": (250, 225, 40),
    "purple": (150, 50, 190),
    "orange": (250, 140, 20),
}
SIZES = {"small": 14.5, "large": 23.5}  # radius in pixels
BACKGROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "gray": (128, 128, 128)}
# Unit step from the second object to the first, y down.
RELATIONS = {"above": (0, -1), "below": (0, 1), "left of": (-1, 0), "right of": (1, 0)}
# Half extent of an outline's bounding box in radii; the drawing keeps to it.
EXTENT = {"circle": 1.0, "square": 0.9, "triangle": 1.2, "star": 1.25}

ONE_OBJECT_SHARE = 0.4
NAMED_BACKGROUND_SHARE = 0.85
HELD_OUT_ONE_IN = 8
GAP = 2.5  # least distance between two boxes, and between a box and the border, in pixels


@dataclasses.dataclass(frozen=True)
class Thing:
    """One object as a caption names it."""

    size: str
    color: str
    shape: str

    @property
    def radius(self) -> float:
        return SIZES[self.size]

    @property
    def extent(self) -> float:
        return self.radius * EXTENT[self.shape]

    def __str__(self) -> str:
        return f"a {self.size} {self.color} {self.shape}"


@dataclasses.dataclass(frozen=True)
class Description:
    """The contents of a caption: one or two objects, their relation, optionally the background."""

    things: tuple[Thing, ...]
    relation: str | None = None
    background: str | None = None

    def __str__(self) -> str:
        text = f" {self.relation} ".join(str(thing) for thing in self.things)
        return text + (f" on a {self.background} background" if self.background else "")

    @property
    def held_out(self) -> bool:
        """Training never draws these: a hash of the words decides, so every machine agrees."""
        digest = hashlib.sha256(str(self).encode()).digest()
        return digest[0] % HELD_OUT_ONE_IN == 0


@dataclasses.dataclass(frozen=True)
class Scene:
    """A description with a position for every object and a definite background."""

    description: Description
    background: str
    centers: tuple[tuple[float, float], ...]


def _either(words) -> str:
    return "|".join(words)


_THING = rf"a ({_either(SIZES)}) ({_either(COLORS)}) ({_either(SHAPES)})"
_CAPTION = re.compile(
    rf"{_THING}(?: ({_either(RELATIONS)}) {_THING})?(?: on a ({_either(BACKGROUNDS)}) background)?"
)


def parse_caption(text: str) -> Description:
    """The inverse of str(Description); raises ValueError for any other sentence."""
    match = _CAPTION.fullmatch(" ".join(text.lower().split()))
    if match is None:
        raise ValueError(f"not a caption of this model: '{text}'")
    first, relation, second, background = (
        match.group(1, 2, 3),
        match.group(4),
        match.group(5, 6, 7),
        match.group(8),
    )
    things = (Thing(*first),) + ((Thing(*second),) if relation else ())
    return Description(things, relation, background)


def _random_thing(rng: random.Random) -> Thing:
    return Thing(rng.choice(tuple(SIZES)), rng.choice(tuple(COLORS)), rng.choice(SHAPES))


def random_description(rng: random.Random, held_out: bool) -> Description:
    """A caption from the training part, or from the held-out part, of all captions."""
    while True:
        count = 1 if rng.random() < ONE_OBJECT_SHARE else 2
        description = Description(
            tuple(_random_thing(rng) for _ in range(count)),
            rng.choice(tuple(RELATIONS)) if count == 2 else None,
            rng.choice(tuple(BACKGROUNDS)) if rng.random() < NAMED_BACKGROUND_SHARE else None,
        )
        if description.held_out == held_out:
            return description


def _free_range(thing: Thing, side: int = SIDE) -> tuple[float, float]:
    return thing.extent + GAP, side - thing.extent - GAP


def _place_along(rng: random.Random, ahead: Thing, behind: Thing) -> tuple[float, float]:
    """Coordinates on the axis of the relation, `ahead` first (smaller), without overlap."""
    distance = ahead.extent + behind.extent + GAP
    low, high = _free_range(ahead)[0], _free_range(behind)[1] - distance
    a = rng.uniform(low, high)
    b = rng.uniform(a + distance, _free_range(behind)[1])
    return a, b


def _place_across(
    rng: random.Random, first: Thing, second: Thing, distance: float
) -> tuple[float, float]:
    """Coordinates on the other axis, close enough to each other for the relation to be clear."""
    a = rng.uniform(*_free_range(first))
    low, high = _free_range(second)
    b = rng.uniform(max(low, a - distance / 3), min(high, a + distance / 3))
    return a, b


def _place_pair(rng: random.Random, first: Thing, second: Thing, relation: str):
    dx, dy = RELATIONS[relation]
    if dx + dy < 0:
        a, b = _place_along(rng, first, second)
    else:
        b, a = _place_along(rng, second, first)
    across_a, across_b = _place_across(rng, first, second, abs(a - b))
    if dx:
        return (a, across_a), (b, across_b)
    return (across_a, a), (across_b, b)


def random_scene(rng: random.Random, description: Description, side: int = SIDE) -> Scene:
    """Places the objects of a description; every draw of the same rng state is the same scene. Two
    things need the whole of SIDE.
    """
    background = description.background or rng.choice(tuple(BACKGROUNDS))
    first, *rest = description.things
    if rest:
        centers = _place_pair(rng, first, rest[0], description.relation)
    else:
        free = _free_range(first, side)
        centers = ((rng.uniform(*free), rng.uniform(*free)),)
    return Scene(description, background, centers)

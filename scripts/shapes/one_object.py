"""Small pictures with one object, whose class is its colour and outline, and masks over them."""

from __future__ import annotations

import random

import numpy as np

from .scene import BACKGROUNDS, COLORS, SHAPES, SIZES, Description, Scene, Thing, random_scene

SIDE = 64
CLASSES = tuple(f"{color} {shape}" for shape in SHAPES for color in COLORS)


def description_of(label: int, size: str = "large", background: str | None = None) -> Description:
    color, shape = CLASSES[label].split()
    return Description((Thing(size, color, shape),), None, background)


def one_object(rng: random.Random, held_out: bool) -> Scene:
    """A scene of SIDE pixels; one in eight of all outlines with colour, size and background is held
    out.
    """
    while True:
        description = description_of(
            rng.randrange(len(CLASSES)),
            rng.choice(tuple(SIZES)),
            rng.choice(tuple(BACKGROUNDS)),
        )
        if description.held_out == held_out:
            return random_scene(rng, description, SIDE)


def label_of(scene: Scene) -> int:
    (thing,) = scene.description.things
    return CLASSES.index(f"{thing.color} {thing.shape}")


def _box(center: tuple[float, float], sides: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.float32)
    left, top = (round(c - s / 2) for c, s in zip(center, sides))
    width, height = sides
    mask[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = 1
    return mask


def random_mask(rng: random.Random, scene: Scene) -> np.ndarray:
    """One or two boxes, mostly over a part of the object; 1 is to be generated."""
    center, thing = scene.centers[0], scene.description.things[0]
    mask = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(rng.choice((1, 1, 2))):
        sides = (rng.randint(8, 40), rng.randint(8, 40))
        if rng.random() < 0.75:
            place = tuple(c + rng.uniform(-1.2, 1.2) * thing.extent for c in center)
        else:
            place = (rng.uniform(0, SIDE), rng.uniform(0, SIDE))
        mask = np.maximum(mask, _box(place, sides))
    return mask


def half_mask(rng: random.Random, scene: Scene) -> np.ndarray:
    """Hides the part of the object on one side of its centre, with some of the background."""
    (x, y), reach = scene.centers[0], scene.description.things[0].extent + 4
    dx, dy = rng.choice(((1, 0), (-1, 0), (0, 1), (0, -1)))
    sides = (round(reach), round(2 * reach)) if dx else (round(2 * reach), round(reach))
    return _box((x + dx * reach / 2, y + dy * reach / 2), sides)

"""Judges a picture by classical image analysis: colour, outline, size, position; no network.

Objects are connected areas that differ from the background; a colour is the nearest of the palette
in CIELAB; an outline is the drawn one that overlaps best once both fill their bounding boxes.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import itertools
import math
import multiprocessing
from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from .draw import draw
from .scene import BACKGROUNDS, COLORS, RELATIONS, SHAPES, SIDE, SIZES, Description, Scene, Thing

FOREGROUND = 55.0  # least RGB distance from the background
LEAST_AREA = 60  # pixels; smaller areas are ignored
BACKGROUND_ERROR = 50.0  # largest RGB distance at which a background still is the named one
COLOR_ERROR = 40.0  # largest CIELAB distance at which an object still has a palette colour
OUTLINE_OVERLAP = 0.72  # least intersection over union with a drawn outline
ASPECT = 1.35  # largest ratio of a bounding box's sides
BOX = 48  # outlines are compared on a grid of this many cells a side


@dataclasses.dataclass(frozen=True)
class Found:
    """One object in a picture; None for an attribute without a known value that fits."""

    shape: str | None
    color: str | None
    size: str | None
    center: tuple[float, float]

    def matches(self, thing: Thing) -> tuple[bool, bool, bool]:
        return self.shape == thing.shape, self.color == thing.color, self.size == thing.size


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Which parts of a caption a picture shows; None for a relation or background that it does not state."""

    count: bool
    shape: bool
    color: bool
    size: bool
    relation: bool | None
    background: bool | None

    @property
    def objects(self) -> bool:
        """Right number of objects, every shape and every colour right."""
        return self.count and self.shape and self.color

    @property
    def everything(self) -> bool:
        return (
            self.objects
            and self.size
            and self.relation is not False
            and self.background is not False
        )


def _lab(rgb: np.ndarray) -> np.ndarray:
    pixels = np.asarray(rgb, np.float32).reshape(1, -1, 3) / 255
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0]


def _nearest(
    value: np.ndarray, names: tuple[str, ...], table: np.ndarray, limit: float
) -> str | None:
    distance = np.linalg.norm(table - value, axis=1)
    best = int(distance.argmin())
    return names[best] if distance[best] <= limit else None


_PALETTE = _lab(np.array(list(COLORS.values())))
_GROUNDS = np.array(list(BACKGROUNDS.values()), np.float32)


def _boxed(mask: np.ndarray) -> np.ndarray:
    """The mask's bounding box, stretched onto a fixed grid."""
    ys, xs = np.nonzero(mask)
    box = mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.float32)
    return cv2.resize(box, (BOX, BOX), interpolation=cv2.INTER_LINEAR) > 0.5


@functools.cache
def _template(shape: str) -> tuple[np.ndarray, float]:
    """A drawn outline's box, and its area in squared radii."""
    thing = Thing("large", "red", shape)
    picture = draw(Scene(Description((thing,)), "black", ((SIDE / 2, SIDE / 2),)))
    mask = picture[..., 0] > COLORS["red"][0] / 2
    return _boxed(mask), mask.sum() / thing.radius**2


def _outline(mask: np.ndarray) -> str | None:
    ys, xs = np.nonzero(mask)
    height, width = np.ptp(ys) + 1, np.ptp(xs) + 1
    if max(height, width) > ASPECT * min(height, width):
        return None
    box = _boxed(mask)
    overlap = {s: (box & _template(s)[0]).sum() / (box | _template(s)[0]).sum() for s in SHAPES}
    best = max(overlap, key=overlap.get)
    return best if overlap[best] >= OUTLINE_OVERLAP else None


def _size(mask: np.ndarray, shape: str | None) -> str | None:
    if shape is None:
        return None
    radius = math.sqrt(mask.sum() / _template(shape)[1])
    return min(SIZES, key=lambda name: abs(math.log(radius / SIZES[name])))


def background_color(picture: np.ndarray) -> np.ndarray:
    """The median of the border, which objects never touch."""
    rim = np.ones(picture.shape[:2], bool)
    rim[2:-2, 2:-2] = False
    return np.median(picture[rim], axis=0)


def _regions(picture: np.ndarray, ground: np.ndarray) -> list[np.ndarray]:
    """One mask per object. Erosion separates objects joined by a soft edge; every pixel is then assigned
    to the nearest eroded area.
    """
    mask = np.linalg.norm(picture - ground, axis=2) > FOREGROUND
    labels, count = ndimage.label(ndimage.binary_erosion(mask))
    if count == 0:
        return []
    nearest = ndimage.distance_transform_edt(
        labels == 0, return_distances=False, return_indices=True
    )
    grown = np.where(mask, labels[tuple(nearest)], 0)
    regions = (ndimage.binary_fill_holes(grown == label) for label in range(1, count + 1))
    return [region for region in regions if region.sum() >= LEAST_AREA]


def _core_color(picture: np.ndarray, region: np.ndarray) -> np.ndarray:
    core = ndimage.binary_erosion(region, iterations=2)
    return np.median(picture[core if core.any() else region], axis=0)


def _sharpened(
    picture: np.ndarray, region: np.ndarray, ground: np.ndarray, color: np.ndarray
) -> np.ndarray:
    """The part of a region that is nearer to the object's colour than to the background."""
    axis = color - ground
    mask = region & ((picture - ground) @ axis > 0.5 * axis @ axis)
    return mask if mask.any() else region


def _describe(picture: np.ndarray, region: np.ndarray, ground: np.ndarray) -> Found:
    color = _core_color(picture, region)
    mask = _sharpened(picture, region, ground, color)
    shape = _outline(mask)
    y, x = ndimage.center_of_mass(mask)
    return Found(
        shape,
        _nearest(_lab(color), tuple(COLORS), _PALETTE, COLOR_ERROR),
        _size(mask, shape),
        (x, y),
    )


def find(picture: np.ndarray) -> tuple[list[Found], str | None]:
    """The objects of a picture ([side, side, 3], 0 to 255) and the name of its background."""
    picture = np.asarray(picture, np.float32)
    ground = background_color(picture)
    objects = [_describe(picture, region, ground) for region in _regions(picture, ground)]
    return objects, _nearest(ground, tuple(BACKGROUNDS), _GROUNDS, BACKGROUND_ERROR)


def _related(first: Found, second: Found, relation: str) -> bool:
    """The step from the second to the first goes the named way, more than across it."""
    step = np.subtract(first.center, second.center)
    along = float(step @ RELATIONS[relation])
    return along > 0 and 2 * along**2 > float(step @ step)


def _compare(objects: tuple[Found, ...], description: Description) -> Verdict:
    shape, color, size = (
        all(column) for column in zip(*(f.matches(t) for f, t in zip(objects, description.things)))
    )
    relation = _related(*objects, description.relation) if description.relation else None
    return Verdict(True, shape, color, size, relation, None)


def _merit(verdict: Verdict) -> tuple[int, ...]:
    return (verdict.objects, verdict.shape + verdict.color + verdict.size, verdict.relation is True)


def judge(picture: np.ndarray, description: Description) -> Verdict:
    """Compares a picture with its caption, in the order of its objects that fits best."""
    objects, ground = find(picture)
    background = ground == description.background if description.background else None
    if len(objects) != len(description.things):
        relation = False if description.relation else None
        return Verdict(False, False, False, False, relation, background)
    verdicts = (_compare(order, description) for order in itertools.permutations(objects))
    return dataclasses.replace(max(verdicts, key=_merit), background=background)


class Judges:
    """Judges many pictures in that many further processes; 0 uses this one."""

    def __init__(self, processes: int):
        fresh = multiprocessing.get_context("spawn")  # a fork would share this process's GPU state
        self._pool = concurrent.futures.ProcessPoolExecutor(processes, fresh) if processes else None

    def __call__(self, pictures: Sequence[np.ndarray], descriptions: Sequence[Description]) -> list[Verdict]:
        if self._pool is None:
            return [judge(picture, description) for picture, description in zip(pictures, descriptions)]
        return list(self._pool.map(judge, pictures, descriptions, chunksize=16))

"""Scores of the models of latent-diffusion, on pictures that the engine makes."""

from __future__ import annotations

import dataclasses
import math
import pathlib
import random
import tempfile
from collections.abc import Sequence

import numpy as np
from PIL import Image

from . import engine, score
from .draw import draw
from .judge import find, judge
from .one_object import CLASSES, SIDE, description_of, half_mask, one_object
from .scene import random_scene

SEED = 1000  # of the first picture's noise
FACTOR = 4


@dataclasses.dataclass(frozen=True)
class Engine:
    """The program, the model and the flags of every run."""

    program: pathlib.Path
    model: pathlib.Path
    flags: tuple[str, ...]

    def pictures(self, words: Sequence[object], seeds: Sequence[int]):
        command, *rest = words
        return engine.pictures(
            self.program, (command, "--model", self.model, *rest, *self.flags), seeds
        )


@dataclasses.dataclass
class Result:
    """Figures by name, and panels for a sheet: pictures, their captions, and whether they are right."""

    figures: dict[str, float]
    panels: list[tuple[np.ndarray, str, bool]]


def share(values: Sequence[bool]) -> dict[str, float]:
    """With its standard error."""
    p = sum(values) / len(values)
    return {"right": p, "error": math.sqrt(p * (1 - p) / len(values))}


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray | bool = True) -> float:
    square = (a.astype(float) - b.astype(float)) ** 2
    error = square[np.broadcast_to(where, square.shape[:2])].mean()
    return 10 * math.log10(255**2 / max(error, 1e-3))


def class_pictures(run: Engine, count: int) -> tuple[list[tuple[np.ndarray, int]], dict]:
    """The same number of pictures of every class, each with its own seed, and the report of the last run."""
    each, made, report = count // len(CLASSES), [], {}
    for label, name in enumerate(CLASSES):
        seeds = [SEED + each * label + i for i in range(each)]
        pictures, report = run.pictures(("sample", "--class", name), seeds)
        made += [(picture, label) for picture in pictures]
    return made, report


def of_classes(run: Engine, count: int) -> Result:
    """Exactly one object, of the outline and the colour of its class."""
    made, _ = class_pictures(run, count)
    verdicts = [judge(picture, description_of(label)) for picture, label in made]
    figures = {"pictures": len(made)} | share([v.objects for v in verdicts])
    for field in ("count", "shape", "color"):
        figures[field] = share([getattr(v, field) for v in verdicts])["right"]
    panels = [(p, CLASSES[label], v.objects) for (p, label), v in zip(made, verdicts)]
    return Result(figures, panels[:: count // len(CLASSES)])


def of_none(run: Engine, count: int) -> Result:
    """Without a class: exactly one object, of any known outline and colour."""
    batch, made = 8, []
    for start in range(0, count, batch):
        seeds = range(SEED + start, SEED + min(start + batch, count))
        made += run.pictures(("sample",), seeds)[0]
    found = [find(picture)[0] for picture in made]
    right = [len(f) == 1 and None not in (f[0].shape, f[0].color) for f in found]
    kinds = {(f[0].shape, f[0].color) for f, good in zip(found, right) if good}
    figures = {"pictures": len(made)} | share(right) | {"classes": len(kinds)}
    return Result(figures, [(p, "", r) for p, r in zip(made, right)])


def _filled(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    return np.where(hole[..., None], picture[~hole].mean(axis=0), picture)


def of_holes(run: Engine, count: int) -> Result:
    """Held-out pictures with half of the object hidden; compared with a fill with the mean colour."""
    rng, rows, panels = random.Random(SEED), [], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for i in range(count):
            scene = one_object(rng, held_out=True)
            hole = half_mask(rng, scene) > 0
            picture = np.round(draw(scene, size=SIDE))
            image = engine.save(folder / "a.png", picture)
            mask = engine.save(folder / "b.png", 255 * np.repeat(hole[..., None], 3, axis=2))
            (made,), _ = run.pictures(("inpaint", "--image", image, "--mask", mask), [SEED + i])
            verdict, mean = judge(made, scene.description), _filled(picture, hole)
            blind = judge(mean, scene.description).objects
            rows.append((verdict.objects, blind, psnr(made, picture, hole), psnr(mean, picture, hole)))
            shown = np.where(hole[..., None], 0, picture).astype(np.uint8)
            panels += [(shown, "given", True), (made, str(scene.description.things[0]), verdict.objects)]
    right, blind, ours, theirs = zip(*rows)
    figures = {"pictures": count} | share(right) | {"right with the mean colour": np.mean(blind)}
    figures |= {"PSNR in the hole": np.mean(ours), "PSNR of the mean colour": np.mean(theirs)}
    return Result(figures, panels)


def _enlarged(small: np.ndarray, how: Image.Resampling) -> np.ndarray:
    side = FACTOR * small.shape[0]
    return np.asarray(Image.fromarray(small).resize((side, side), how))


def of_small_pictures(run: Engine, count: int) -> Result:
    """Held-out pictures reduced by the mean of FACTOR x FACTOR pixels; compared with bicubic enlarging."""
    rng, rows, panels = random.Random(SEED), [], []
    with tempfile.TemporaryDirectory() as name:
        for i, description in enumerate(score.captions(count, SEED)):
            picture = np.round(draw(random_scene(rng, description)))
            cells = picture.reshape(len(picture) // FACTOR, FACTOR, -1, FACTOR, 3)
            small = np.round(cells.mean(axis=(1, 3))).astype(np.uint8)
            image = engine.save(pathlib.Path(name, "a.png"), small)
            (made,), _ = run.pictures(("upscale", "--image", image), [SEED + i])
            smooth = _enlarged(small, Image.Resampling.BICUBIC)
            right = judge(made, description).everything
            rows.append((psnr(made, picture), psnr(smooth, picture), right, judge(smooth, description).everything))
            shown = _enlarged(small, Image.Resampling.NEAREST)
            panels += [(shown, "given", True), (smooth, "bicubic", True), (made, str(description), right)]
            panels.append((picture.astype(np.uint8), "drawn", True))
    ours, theirs, right, blind = (np.array(column, float) for column in zip(*rows))
    gain = ours - theirs
    figures = {"pictures": count, "PSNR": ours.mean(), "PSNR of bicubic": theirs.mean()}
    figures |= {"gain": gain.mean(), "error of the gain": gain.std() / math.sqrt(count)}
    figures |= {"right": right.mean(), "right with bicubic": blind.mean()}
    return Result(figures, panels)


TASKS = {"class": of_classes, "none": of_none, "inpaint": of_holes, "upscale": of_small_pictures}

"""Tests of the scorer on drawn pictures, right and wrong ones. Needs numpy, opencv and scipy only.

Run it as a program (it prints 'N passed, N failed') or with pytest.
"""

from __future__ import annotations

import pathlib
import random
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from shapes.draw import draw
from shapes.judge import find, judge
from shapes.one_object import CLASSES, SIDE, description_of, half_mask, label_of, one_object
from shapes.scene import (
    COLORS,
    RELATIONS,
    SHAPES,
    SIZES,
    Description,
    parse_caption,
    random_description,
    random_scene,
)
from shapes.score import captions, score

COUNT = 400


def _scenes(seed: int, count: int = COUNT):
    rng = random.Random(seed)
    return [random_scene(rng, random_description(rng, held_out=i % 2 == 0)) for i in range(count)]


def _spoiled(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The worst effects of an autoencoder: soft edges, a colour cast, noise, eight bits."""
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8)
    cast = soft + rng.uniform(-12, 12, 3) + rng.normal(0, 6, picture.shape)
    return np.clip(cast, 0, 255).round()


def _share(verdicts) -> float:
    return sum(v.everything for v in verdicts) / len(verdicts)


def test_drawn_pictures_are_right():
    assert _share([judge(draw(s), s.description) for s in _scenes(1)]) >= 0.99


def test_spoiled_pictures_are_still_right():
    noise = np.random.default_rng(2)
    assert _share([judge(_spoiled(draw(s), noise), s.description) for s in _scenes(2)]) >= 0.99


def _small_scenes(seed: int):
    """For small pictures with one object."""
    rng = random.Random(seed)
    return [one_object(rng, held_out=i % 4 == 0) for i in range(COUNT)]


def test_small_pictures_are_right():
    scenes, noise = _small_scenes(11), np.random.default_rng(12)
    pictures = [draw(s, size=SIDE) for s in scenes]
    assert _share([judge(p, s.description) for p, s in zip(pictures, scenes)]) >= 0.99
    spoiled = [judge(_spoiled(p, noise), s.description) for p, s in zip(pictures, scenes)]
    assert _share(spoiled) >= 0.99


def test_classes_of_small_pictures_are_told_apart():
    for scene in _small_scenes(13):
        picture, own = draw(scene, size=SIDE), label_of(scene)
        other = (own + 1 + own % 22) % len(CLASSES)
        assert judge(picture, description_of(own)).objects, scene
        assert not judge(picture, description_of(other)).objects, scene


def test_hidden_halves_are_halves_and_wrong():
    """Except for a triangle without its lower half, which is a triangle."""
    rng, right = random.Random(14), 0
    scenes = _small_scenes(14)
    for scene in scenes:
        picture, hole = draw(scene, size=SIDE), half_mask(rng, scene) > 0
        inside = np.abs(picture - picture[0, 0]).max(axis=2) > 20
        assert 0.2 < (inside & hole).sum() / inside.sum() < 0.8, scene
        rest = np.where(hole[..., None], picture[0, 0], picture)
        triangle = scene.description.things[0].shape == "triangle"
        right += not triangle and judge(rest, scene.description).objects
    assert right <= 0.01 * len(scenes), right


def _others(words, word):
    return [w for w in words if w != word]


def _with_first(description: Description, **change) -> Description:
    first, *rest = description.things
    return Description(
        (type(first)(**(vars(first) | change)), *rest), description.relation, description.background
    )


def _wrong_first(field: str, words):
    """Verdicts on captions with another word for one attribute of the first object."""
    rng = random.Random(3)
    for scene in _scenes(3):
        word = getattr(scene.description.things[0], field)
        changed = _with_first(scene.description, **{field: rng.choice(_others(words, word))})
        if set(changed.things) != set(scene.description.things):
            yield judge(draw(scene), changed)


def test_a_wrong_word_is_found():
    for field, words in (("color", COLORS), ("shape", SHAPES), ("size", SIZES)):
        verdicts = list(_wrong_first(field, tuple(words)))
        assert len(verdicts) > 300
        assert sum(getattr(v, field) for v in verdicts) <= 0.01 * len(verdicts), field


def test_a_wrong_relation_is_found():
    scenes = [
        s for s in _scenes(4) if s.description.relation and len(set(s.description.things)) == 2
    ]
    for scene in scenes:
        picture = draw(scene)
        for relation in _others(RELATIONS, scene.description.relation):
            wrong = Description(scene.description.things, relation, scene.description.background)
            assert judge(picture, wrong).relation is False, (scene, relation)


def test_a_wrong_background_is_found():
    for scene in _scenes(5, 100):
        for name in _others(("white", "black", "gray"), scene.background):
            wrong = Description(scene.description.things, scene.description.relation, name)
            assert judge(draw(scene), wrong).background is False


def test_a_wrong_number_is_found():
    for scene in _scenes(6, 100):
        things = scene.description.things
        other = Description(things[:1]) if len(things) == 2 else Description(things * 2, "above")
        verdict = judge(draw(scene), other)
        assert not verdict.count and not verdict.objects


def test_empty_and_noisy_pictures_hold_nothing_known():
    noise = np.random.default_rng(7).uniform(0, 255, (128, 128, 3))
    for picture in (np.zeros((128, 128, 3)), np.full((128, 128, 3), 255.0), noise):
        objects, _ = find(picture)
        assert not [o for o in objects if o.shape and o.color]


def test_captions_are_read_back():
    for scene in _scenes(8):
        assert parse_caption(str(scene.description)) == scene.description


def test_foreign_captions_are_refused():
    for text in (
        "",
        "a cat",
        "a small red circle above",
        "a small red circle on a pink background",
    ):
        try:
            parse_caption(text)
        except ValueError as error:
            assert text in str(error)
        else:
            raise AssertionError(f"accepted: {text}")


def test_held_out_captions_are_never_drawn_for_training():
    rng = random.Random(9)
    training = {str(random_description(rng, held_out=False)) for _ in range(5000)}
    assert not training & {str(d) for d in captions(500, seed=0)}


def test_scores_are_shares():
    scenes = _scenes(10, 60)
    pictures = [draw(s) for s in scenes[:30]] + [np.zeros((128, 128, 3))] * 30
    table = score(pictures, [s.description for s in scenes])
    assert table["captions"] == 60 and abs(table["objects"] - 0.5) < 0.02
    assert table["relation"] < 0.8 and table["distinct"] <= 60


def main() -> int:
    tests = [value for name, value in sorted(globals().items()) if name.startswith("test_")]
    failed = 0
    for test in tests:
        try:
            test()
            print(f"ok    {test.__name__}")
        except AssertionError as error:
            failed += 1
            print(f"FAIL  {test.__name__} {error}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

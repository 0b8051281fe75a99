"""Trains the text encoder separately to represent captions, before any picture.

If it is trained with the UNet from the start, attributes bind to their objects late, and relations even later.
Linear heads that must read every attribute from the outputs, and which object is on which side of the
picture, bind them in a minute; the heads are discarded afterwards.
"""

from __future__ import annotations

import pathlib
import random

import torch
import torch.nn.functional as F
from transformers import CLIPTextModel

from . import networks, run, scene
from .tokenizer import WordEncoder

BATCH = 256
RECIPE = run.Recipe(peak_rate=1e-3, warmup=50, decay=0.98)
THING_CLASSES = (
    len(scene.SIZES) + 1,
    len(scene.COLORS) + 1,
    len(scene.SHAPES) + 1,
)  # the last: no such object
SIDE_CLASSES = len(scene.RELATIONS) + 1
NOUN_CLASSES = THING_CLASSES + (SIDE_CLASSES,)
SCENE_CLASSES = THING_CLASSES * (2 + len(scene.RELATIONS)) + (
    SIDE_CLASSES,
    len(scene.BACKGROUNDS) + 1,
)


def encoder(words: WordEncoder) -> CLIPTextModel:
    return networks.text_encoder(words.size, words.bos, words.eos)


def _index(table, name: str | None) -> int:
    return list(table).index(name) if name is not None else len(table)


def thing_labels(thing: scene.Thing | None) -> list[int]:
    size, color, shape = (thing.size, thing.color, thing.shape) if thing else (None,) * 3
    return [_index(scene.SIZES, size), _index(scene.COLORS, color), _index(scene.SHAPES, shape)]


def opposite(relation: str | None) -> str | None:
    """Position of the second object, relative to the first."""
    if relation is None:
        return None
    dx, dy = scene.RELATIONS[relation]
    return next(name for name, step in scene.RELATIONS.items() if step == (-dx, -dy))


def scene_labels(description: scene.Description) -> list[int]:
    """Both objects as named, the object on every side, the relation, the background."""
    first, second = (*description.things, None)[:2]
    at = {description.relation: first, opposite(description.relation): second}
    things = [first, second, *(at.get(side) for side in scene.RELATIONS)]
    tail = [
        _index(scene.RELATIONS, description.relation),
        _index(scene.BACKGROUNDS, description.background),
    ]
    return sum((thing_labels(thing) for thing in things), []) + tail


def noun_labels(description: scene.Description) -> list[list[int]]:
    """For both nouns: the object, and its side if the words up to the noun state it."""
    first, last = description.things[0], description.things[-1]
    unknown = _index(scene.RELATIONS, None)
    side = _index(scene.RELATIONS, opposite(description.relation))
    return [thing_labels(first) + [unknown], thing_labels(last) + [side]]


def noun_positions(caption: str) -> list[int]:
    """Token positions of the two shape words (the same one twice if there is one object)."""
    places = [i + 1 for i, word in enumerate(caption.split()) if word in scene.SHAPES]
    return [places[0], places[-1]]


class Reader(torch.nn.Module):
    """Linear heads on single positions; one softmax per attribute."""

    def __init__(self, classes: tuple[int, ...]):
        super().__init__()
        self.classes = classes
        self.head = torch.nn.Linear(networks.TEXT_WIDTH, sum(classes))

    def forward(self, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy; hidden [rows, width], labels [rows, attributes]."""
        logits = self.head(hidden).split(self.classes, dim=-1)
        losses = [F.cross_entropy(part, labels[:, i]) for i, part in enumerate(logits)]
        return torch.stack(losses).mean()


class Lesson(torch.nn.Module):
    """The encoder with its two heads."""

    def __init__(self, text: CLIPTextModel):
        super().__init__()
        self.text, self.whole, self.single = text, Reader(SCENE_CLASSES), Reader(NOUN_CLASSES)

    def loss(self, ids, ends, scenes, nouns, things) -> torch.Tensor:
        """The whole scene from an end or pad position, every object from its noun."""
        hidden = self.text(ids).last_hidden_state
        rows = torch.arange(len(ids), device=ids.device)
        loss = self.whole(hidden[rows, ends], scenes)
        at_nouns = hidden[rows[:, None], nouns].flatten(0, 1)
        return loss + self.single(at_nouns, things.flatten(0, 1))


def _batch(rng: random.Random, words: WordEncoder, device: torch.device) -> list[torch.Tensor]:
    descriptions = [scene.random_description(rng, held_out=False) for _ in range(BATCH)]
    captions = [str(d) for d in descriptions]
    columns = (
        [words(c) for c in captions],
        [rng.randrange(len(c.split()) + 1, networks.TEXT_LENGTH) for c in captions],
        [scene_labels(d) for d in descriptions],
        [noun_positions(c) for c in captions],
        [noun_labels(d) for d in descriptions],
    )
    return [torch.tensor(column, device=device) for column in columns]


def train(text: CLIPTextModel, checkpoint: pathlib.Path, minutes: float, seed: int) -> None:
    """Continues from `checkpoint` if it exists, and stores the result there."""
    torch.manual_seed(seed)
    words, lesson = WordEncoder(), Lesson(text).to(text.device).train()
    groups = [{"params": list(lesson.parameters())}]
    loop = run.Loop("text", lesson, groups, RECIPE, checkpoint, minutes, seed)
    while loop.running:
        loop.advance(lesson.loss, *_batch(loop.random, words, text.device))
    loop.save()


def load(text: CLIPTextModel, state: dict) -> CLIPTextModel:
    """Takes the averaged encoder out of a checkpoint of this stage; without the heads."""
    values = state["average"]["values"]
    own = {name: values["text." + name] for name in text.state_dict()}
    text.load_state_dict(own)
    return text

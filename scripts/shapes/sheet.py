"""A contact sheet: pictures in a grid over their captions, red where the scorer disagrees."""

from __future__ import annotations

import pathlib
import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

MARGIN, LINES, LINE = 6, 3, 12
LETTER = 4.7  # pixels, about
RIGHT, WRONG = (40, 120, 60), (190, 40, 40)


def save(
    path: pathlib.Path,
    pictures: Sequence[np.ndarray],
    captions: Sequence[str],
    right: Sequence[bool],
    columns: int = 8,
) -> None:
    side = pictures[0].shape[0]
    cell = (side + MARGIN, side + LINES * LINE + MARGIN)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * cell[0] + MARGIN, rows * cell[1] + MARGIN), (236, 236, 236))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(9)
    for i, (picture, caption, good) in enumerate(zip(pictures, captions, right)):
        x, y = MARGIN + i % columns * cell[0], MARGIN + i // columns * cell[1]
        sheet.paste(Image.fromarray(picture), (x, y))
        text = "\n".join(textwrap.wrap(caption, int(side / LETTER))[:LINES])
        pen.multiline_text((x, y + side), text, fill=RIGHT if good else WRONG, font=font, spacing=1)
    sheet.save(path, optimize=True)

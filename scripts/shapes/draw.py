"""Draws scenes into NumPy arrays: exact signed distances, one pixel of antialiasing."""

from __future__ import annotations

import functools
import math

import numpy as np

from .scene import BACKGROUNDS, COLORS, SIDE, Scene, Thing


def _ring(count: int, radii: tuple[float, ...], turn: float) -> np.ndarray:
    """Vertices around the origin; the radii alternate, which makes stars."""
    angles = turn + 2 * math.pi * np.arange(count) / count
    scale = np.array([radii[i % len(radii)] for i in range(count)])
    return np.stack([np.cos(angles) * scale, np.sin(angles) * scale], axis=1)


_UP = -math.pi / 2
_POLYGONS = {
    "square": _ring(4, (0.9 * math.sqrt(2),), math.pi / 4),
    "triangle": _ring(3, (1.25,), _UP) + np.array([0.0, 0.2]),
    "star": _ring(10, (1.25, 0.55), _UP) + np.array([0.0, 0.05]),
}


def _circle_distance(x: np.ndarray, y: np.ndarray, radius: float) -> np.ndarray:
    return np.hypot(x, y) - radius


def _polygon_distance(vertices: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance to the outline, negative inside (even-odd rule)."""
    nearest = np.full(x.shape, np.inf, np.float32)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(vertices, np.roll(vertices, -1, axis=0)):
        ex, ey = bx - ax, by - ay
        px, py = x - ax, y - ay
        along = np.clip((px * ex + py * ey) / (ex * ex + ey * ey), 0, 1)
        nearest = np.minimum(nearest, (px - along * ex) ** 2 + (py - along * ey) ** 2)
        if ey != 0:
            inside ^= ((ay > y) != (by > y)) & (px < ex * py / ey)
    return np.where(inside, -1, 1) * np.sqrt(nearest)


@functools.cache
def _grid(size: int) -> np.ndarray:
    return np.arange(size, dtype=np.float32) + 0.5


def _paint(
    canvas: np.ndarray, thing: Thing, center: tuple[float, float], origin: tuple[int, int]
) -> None:
    """Blends one object into the part of the picture that `canvas` covers."""
    height, width = canvas.shape[:2]
    reach = thing.extent + 2
    cx, cy = center[0] - origin[0], center[1] - origin[1]
    x0, x1 = max(0, int(cx - reach)), min(width, int(cx + reach) + 1)
    y0, y1 = max(0, int(cy - reach)), min(height, int(cy + reach) + 1)
    if x0 >= x1 or y0 >= y1:
        return
    x, y = np.meshgrid(_grid(width)[x0:x1] - cx, _grid(height)[y0:y1] - cy)
    if thing.shape == "circle":
        distance = _circle_distance(x, y, thing.radius)
    else:
        distance = _polygon_distance(_POLYGONS[thing.shape] * thing.radius, x, y)
    cover = np.clip(0.5 - distance, 0, 1)[..., None]
    area = canvas[y0:y1, x0:x1]
    area += cover * (np.array(COLORS[thing.color], np.float32) - area)


def draw(scene: Scene, origin: tuple[int, int] = (0, 0), size: int = SIDE) -> np.ndarray:
    """The square window at `origin` (x, y) of a scene: [size, size, 3] float32, 0 to 255."""
    canvas = np.empty((size, size, 3), np.float32)
    canvas[:] = BACKGROUNDS[scene.background]
    for thing, center in zip(scene.description.things, scene.centers):
        _paint(canvas, thing, center, origin)
    return canvas

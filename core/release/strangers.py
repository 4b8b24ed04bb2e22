"""Pictures that a pair was not made for, to measure how often it refuses them: everyday ones and drawings.

Photographs come with installed packages (scikit-image, scikit-learn); charts, text and patterns are drawn.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

Pixels = NDArray[np.uint8]

SIDE = 256
"""Of a drawing, in pixels."""
PARTS = 6
"""Cut-outs of each photograph beside the whole one."""
MEDICAL = ("retina", "microaneurysms", "ihc", "phantom", "cell", "lfw_subset")
"""Files of those packages that are no everyday pictures, or no pictures."""
_FOLDERS = (("skimage", "data"), ("sklearn", "datasets/images"))


def list_everyday() -> dict[str, Path]:
    """Name to file of the photographs that installed packages bring, sorted by name."""
    found: dict[str, Path] = {}
    for package, inside in _FOLDERS:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            files = (Path(folder) / inside).glob("*.*g")
            found |= {path.stem: path for path in files if path.stem not in MEDICAL}
    return dict(sorted(found.items()))


def cut_parts(path: Path) -> list[Pixels]:
    """A photograph (H, W, 3) uint8 and :data:`PARTS` cut-outs of it, the same ones at every call."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    rng = np.random.default_rng(sorted(path.stem.encode()))
    found = [pixels]
    for _ in range(PARTS):
        height, width = (int(length * rng.uniform(0.3, 0.7)) for length in pixels.shape[:2])
        top, left = (
            int(rng.integers(0, pixels.shape[axis] - length + 1))
            for axis, length in enumerate((height, width))
        )
        found.append(np.ascontiguousarray(pixels[top : top + height, left : left + width]))
    return found


def draw_chart(rng: np.random.Generator) -> Pixels:
    """Bars and a line on white."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(picture)
    count = int(rng.integers(4, 12))
    heights = rng.uniform(0.1, 0.8, count) * SIDE
    step = (SIDE - 40) / count
    colour = tuple(int(value) for value in rng.integers(0, 220, 3))
    for place, height in enumerate(heights):
        left = 30 + place * step
        pen.rectangle((left, SIDE - 20 - height, left + 0.7 * step, SIDE - 20), fill=colour)
    pen.line((25, 10, 25, SIDE - 20, SIDE - 10, SIDE - 20), fill="black", width=2)
    line = [(30 + place * step, float(rng.uniform(20, SIDE - 30))) for place in range(count)]
    pen.line(line, fill="red", width=2)
    return np.asarray(picture)


def draw_text(rng: np.random.Generator) -> Pixels:
    """Lines of letters, as on a scanned page."""
    picture = Image.new("RGB", (SIDE, SIDE), tuple(int(value) for value in rng.integers(225, 256, 3)))
    pen = ImageDraw.Draw(picture)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz     "))
    for row in range(10, SIDE - 15, int(rng.integers(12, 20))):
        pen.text((12, row), "".join(rng.choice(letters, 38)), fill="black")
    return np.asarray(picture)


def draw_noise(rng: np.random.Generator) -> Pixels:
    """Coloured noise of some grain."""
    noise = rng.normal(size=(SIDE, SIDE, 3))
    noise = ndimage.gaussian_filter(noise, (grain := float(rng.uniform(0, 6)), grain, 0))
    return np.clip(128 + 50 * noise / noise.std(), 0, 255).astype(np.uint8)


def draw_plain(rng: np.random.Generator) -> Pixels:
    """One colour fading into another."""
    first, last = rng.uniform(0, 255, (2, 3))
    share = np.linspace(0, 1, SIDE)[:, None, None]
    faded = (1 - share) * first + share * last
    return np.broadcast_to(faded, (SIDE, SIDE, 3)).astype(np.uint8)


def grey(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Without colour."""
    return np.asarray(Image.fromarray(pixels).convert("L").convert("RGB"))


def invert(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """As a negative."""
    return np.bitwise_not(pixels)


def add_noise(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """With noise of 60 grey values."""
    return np.clip(pixels + rng.normal(0, 60, pixels.shape), 0, 255).astype(np.uint8)


def turn(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Turned by a right angle."""
    return np.ascontiguousarray(np.rot90(pixels))


DRAWINGS: Mapping[str, Callable[[np.random.Generator], Pixels]] = MappingProxyType(
    {"charts": draw_chart, "pages of text": draw_text, "noise": draw_noise, "plain colours": draw_plain}
)
ALTERATIONS: Mapping[str, Callable[[Pixels, np.random.Generator], Pixels]] = MappingProxyType(
    {"in grey": grey, "inverted": invert, "with strong noise": add_noise, "turned by 90 degrees": turn}
)

"""What is measured of a picture that should be a fundus photograph: light, sharpness, field, and likeness.

Everything is taken on the field of view at one small scale, so that neither the camera's resolution nor its
black surround matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # it imports its rooms where they are used, so that a first page does not wait for them
from numpy.typing import NDArray
from PIL import Image

from core.modalities.field_of_view import FieldOfView, find_field_of_view

MEASURED_SIDE = 128
"""Side in pixels of the square that the field of view is resized to before it is measured."""
LARGEST_SIDE = 512
"""Larger photographs are shrunk to this longer side first; 160 pixels of it suffice for the corners."""
RIM = 0.85
"""Share of the field's radius that is measured; the outermost ring holds reflexes and the camera's notch."""

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class FundusMeasures:
    """What is measured of one picture.

    Attributes:
        narrowest: shorter side of the field of view, pixels of the photograph.
        brightness: median luma (ITU-R BT.601) of the field, 0 to 255.
        green: median of the green channel of the field, 0 to 255; lesions are seen in green.
        detail: deviation of green finer than 1 pixel over that between 2 and 4 pixels (Gaussian, of 128);
            blur takes the fine part away first, whatever the contrast.
        one_sided: how far the field runs along one side of its box minus how far along the opposite side,
            the larger of both directions, 0 to 1. Cameras cut the disc on opposite sides alike.
        off_centre: distance of the disc's centre from its box's centre, share of the box, the larger of both
            directions; 0 where the outline is too straight to tell.
        green_red, blue_red: medians over the field of green / red and blue / red.
        hue_spread: deviation of green / red over the field.
        corner: median over the picture's four corners of the brightest channel, 0 to 255.
        centre: median luma of the middle over that of the ring around it.
        bright_spots: skewness of green against its surroundings: an optic disc makes it positive, a mole
            negative.
        texture: deviation of green between 4 and 8 pixels (Gaussian, of 128) over mean green.
    """

    narrowest: float
    brightness: float
    green: float
    detail: float
    one_sided: float
    off_centre: float
    green_red: float
    blue_red: float
    hue_spread: float
    corner: float
    centre: float
    bright_spots: float
    texture: float


def measure_fundus(pixels: NDArray[np.uint8]) -> FundusMeasures:
    """Measure (H, W, 3) uint8 sRGB; every result is finite, whatever the picture."""
    field = find_field_of_view(pixels)
    image = Image.fromarray(pixels)
    scale = min(1.0, LARGEST_SIDE / max(image.size))
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    small = image.resize(size, Image.Resampling.BOX) if scale < 1 else image
    square = _square(small, field, scale)
    lit = _lit(square)
    luma = np.asarray(square @ np.array([0.299, 0.587, 0.114], np.float32))
    red, green, blue = (square[..., channel] for channel in range(3))
    share = green[lit] / np.maximum(red[lit], 1)
    detail, texture, spots = _structure(green, lit)
    radius = _radius()
    ring = np.median(luma[(radius > 0.55) & (radius < RIM)])
    return FundusMeasures(
        narrowest=float(min(field.width, field.height)),
        brightness=float(np.median(luma[lit])),
        green=float(np.median(green[lit])),
        detail=detail,
        one_sided=max(abs(field.cut[0] - field.cut[1]), abs(field.cut[2] - field.cut[3])),
        off_centre=_off_centre(square),
        green_red=float(np.median(share)),
        blue_red=float(np.median(blue[lit] / np.maximum(red[lit], 1))),
        hue_spread=float(share.std()),
        corner=_corner(np.asarray(small)),
        centre=float(np.median(luma[radius < 0.35]) / max(ring, 4.0)),
        bright_spots=spots,
        texture=texture,
    )


def _square(small: Image.Image, field: FieldOfView, scale: float) -> Plane:
    """The field's box of the shrunk picture as (128, 128, 3) float32, 0 to 255."""
    left, top = field.left * scale, field.top * scale
    right = max((field.left + field.width) * scale, left + 1e-3)
    bottom = max((field.top + field.height) * scale, top + 1e-3)
    box = left, top, min(right, small.width), min(bottom, small.height)
    shrinks = min(right - left, bottom - top) >= MEASURED_SIDE
    method = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return np.asarray(small.resize((MEASURED_SIDE, MEASURED_SIDE), method, box=box), np.float32)


def _radius() -> Plane:
    rows, columns = np.mgrid[-1 : 1 : MEASURED_SIDE * 1j, -1 : 1 : MEASURED_SIDE * 1j]
    return np.asarray(np.hypot(rows, columns), np.float32)


def _lit(square: Plane) -> NDArray[np.bool_]:
    """What is measured: inside the rim and not black; all inside the rim when hardly anything is lit."""
    inside = _radius() < RIM
    lit = inside & scipy.ndimage.binary_erosion(square.max(axis=-1) > 8, iterations=2)
    return lit if lit.sum() >= 200 else inside


def _structure(green: Plane, lit: NDArray[np.bool_]) -> tuple[float, float, float]:
    """``detail``, ``texture`` and ``bright_spots`` of :class:`FundusMeasures`."""
    fine, middle, coarse, broad = (scipy.ndimage.gaussian_filter(green, sigma) for sigma in (1, 2, 4, 8))
    detail = (green - fine)[lit].std() / max(float((middle - coarse)[lit].std()), 0.05)
    texture = (coarse - broad)[lit].std() / max(float(green[lit].mean()), 4.0)
    local = (green - scipy.ndimage.gaussian_filter(green, 6))[lit]
    spots = np.mean(local**3) / max(float(local.std()), 0.3) ** 3
    return float(detail), float(texture), float(spots)


def _corner(pixels: NDArray[np.uint8]) -> float:
    reach = max(min(pixels.shape[:2]) // 16, 1)
    corners = [pixels[rows, columns] for rows in _ends(reach) for columns in _ends(reach)]
    return float(np.median([corner.max(axis=-1).mean() for corner in corners]))


def _ends(reach: int) -> tuple[slice, slice]:
    return slice(None, reach), slice(-reach, None)


def _off_centre(square: Plane) -> float:
    """The squared width of an ellipse's rows is a parabola whose top is the ellipse's centre."""
    bright = scipy.ndimage.uniform_filter(square.max(axis=-1), 3)
    lit = scipy.ndimage.binary_fill_holes(bright > max(8.0, 0.12 * float(np.percentile(bright, 95))))
    place = (np.arange(MEASURED_SIDE) + 0.5) / MEASURED_SIDE
    found = [0.0]
    for axis in (0, 1):
        width = lit.mean(axis=axis)
        curved = (width > 0.15) & (width < 0.97)
        if curved.sum() < MEASURED_SIDE // 5:
            continue
        bend, slope, _ = np.polyfit(place[curved], width[curved] ** 2, 2)
        if bend < -0.3:
            found.append(min(abs(-slope / (2 * bend) - 0.5), 1.0))
    return float(max(found))

"""Drawn dermoscopy photographs: sample cases whose lesion mask is known and which belong to nobody.

The pictures imitate what a dermatoscope shows (skin, lesion, pigment network, globules, hairs, gel bubbles);
they imitate no patient and no disease, and are marked ``generated``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import scipy  # it imports its rooms where they are used, so that a first page does not wait for them
from numpy.typing import NDArray

from core.intake import brushes
from core.intake.brushes import Plane
from core.types import Case

HEIGHT, WIDTH = 450, 600

SKIN = {"fair": (228, 190, 172), "medium": (205, 158, 128), "olive": (188, 142, 108)}
LIGHT_BROWN, DARK_BROWN, BLACK = (172, 112, 72), (98, 58, 38), (42, 30, 28)
BLUE_GREY, PINK, WHITE, TAN = (106, 104, 116), (206, 132, 124), (222, 198, 186), (196, 144, 104)


@dataclass(frozen=True)
class LesionSpec:
    """What to draw. Strengths are in [0, 1]; 0 leaves the structure out.

    Attributes:
        skin: key of :data:`SKIN`.
        size: mean radius of the lesion over the picture's height.
        aspect: longer over shorter axis.
        angle: direction of the longer axis, degrees.
        irregularity: how far the border leaves the ellipse.
        asymmetry: shift of pigment to one side.
        softness: width of the edge, pixels.
        pigment: opacity of the base colour.
        base: sRGB colour of most of the lesion.
        dark, black, veil, regression: strength of dark brown, black, blue-grey and pink-white areas.
        network, globules: strength of the pigment network and of dark dots.
        hairs, bubbles: how many.
        vignette: darkening of the corners.
    """

    skin: str = "fair"
    size: float = 0.24
    aspect: float = 1.2
    angle: float = 20.0
    irregularity: float = 0.0
    asymmetry: float = 0.0
    softness: float = 8.0
    pigment: float = 0.85
    base: tuple[int, int, int] = LIGHT_BROWN
    dark: float = 0.4
    black: float = 0.0
    veil: float = 0.0
    regression: float = 0.0
    network: float = 0.2
    globules: float = 0.0
    hairs: int = 0
    bubbles: int = 0
    vignette: float = 0.2


@dataclass(frozen=True)
class Sample:
    """A drawn case that the first page offers: its title, what is drawn, and the seed."""

    title: str
    spec: LesionSpec
    seed: int


SAMPLES: Mapping[str, Sample] = MappingProxyType(
    {
        "regular": Sample(
            "Generated: regular, evenly coloured",
            LesionSpec(size=0.21, dark=0.45, network=0.3, globules=0.2, hairs=3, irregularity=0.06),
            seed=11,
        ),
        "irregular": Sample(
            "Generated: irregular border, several colours",
            LesionSpec(
                size=0.30,
                aspect=1.3,
                angle=-25,
                irregularity=0.75,
                asymmetry=0.8,
                softness=12,
                pigment=0.92,
                base=(150, 94, 62),
                dark=0.9,
                black=0.75,
                veil=0.65,
                regression=0.6,
                network=0.3,
                globules=0.5,
                hairs=4,
                bubbles=3,
                vignette=0.35,
            ),
            seed=5,
        ),
        "network": Sample(
            "Generated: pigment network with hairs",
            LesionSpec(
                skin="medium",
                size=0.27,
                aspect=1.35,
                angle=60,
                irregularity=0.2,
                softness=26,
                pigment=0.62,
                dark=0.35,
                network=0.95,
                hairs=14,
                vignette=0.25,
            ),
            seed=23,
        ),
        "pale": Sample(
            "Generated: small, pale",
            LesionSpec(
                size=0.12,
                aspect=1.1,
                irregularity=0.15,
                softness=10,
                pigment=0.55,
                base=TAN,
                dark=0.1,
                network=0.12,
                hairs=5,
                bubbles=4,
            ),
            seed=31,
        ),
    }
)


def draw_sample(name: str) -> Case:
    """Draw one of :data:`SAMPLES`; KeyError if there is none of that name."""
    sample = SAMPLES[name]
    return draw_dermoscopy(sample.spec, sample.seed, title=sample.title)


def draw_dermoscopy(spec: LesionSpec, seed: int, *, title: str = "Generated: dermoscopy") -> Case:
    """Draw one picture.

    Args:
        spec: what to draw.
        seed: fixes every random choice; the same arguments give the same pixels.
        title: of the case.

    Returns:
        A generated dermoscopy case: (450, 600, 3) uint8 pixels that cannot be written to, and the mask of
        the lesion, true where the edge is at least half opaque.
    """
    rng = np.random.default_rng(seed)
    cover, depth = _lesion_shape(spec, rng)
    picture = _skin(spec, rng)
    picture = _pigment(picture, spec, cover, depth, rng)
    picture = _structures(picture, spec, cover, depth, rng)
    picture = _surface(picture, spec, rng)
    return build_case(np.clip(np.rint(picture), 0, 255).astype(np.uint8), cover >= 0.5, title=title)


def build_case(picture: NDArray[np.uint8], lesion: NDArray[np.bool_], *, title: str) -> Case:
    """A generated case from (450, 600, 3) uint8 and (450, 600) bool, of which it takes read-only copies."""
    pixels = np.frombuffer(picture.tobytes(), np.uint8)
    mask = np.frombuffer(lesion.tobytes(), np.bool_)
    return Case(
        case_id=uuid.uuid4().hex,
        pixels=pixels.reshape(HEIGHT, WIDTH, 3),
        modality="dermoscopy",
        title=title,
        generated=True,
        notes=("Drawn by this application; not a photograph.",),
        lesion_mask=mask.reshape(HEIGHT, WIDTH),
    )


def _lesion_shape(spec: LesionSpec, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Opacity of the lesion in [0, 1], and depth: 0 at the border and outside, 1 in the middle."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    wobble = 5 * spec.irregularity + 2
    rows = rows + wobble * brushes.clouds(rng, (HEIGHT, WIDTH), 28)
    columns = columns + wobble * brushes.clouds(rng, (HEIGHT, WIDTH), 28)
    dy = rows - HEIGHT * (0.5 + rng.uniform(-0.03, 0.03))
    dx = columns - WIDTH * (0.5 + rng.uniform(-0.03, 0.03))
    turn = np.deg2rad(spec.angle)
    along = (dx * np.cos(turn) + dy * np.sin(turn)) / np.sqrt(spec.aspect)
    across = (dy * np.cos(turn) - dx * np.sin(turn)) * np.sqrt(spec.aspect)
    polar = np.arctan2(across, along)
    border = np.ones_like(polar)
    for order in range(2, 9):
        strength = spec.irregularity * rng.uniform(0.4, 1.0) * 0.22 / order**0.7
        border += strength * np.cos(order * polar + rng.uniform(0, 2 * np.pi))
    radius = spec.size * HEIGHT * np.maximum(border, 0.3)
    inside = radius - np.hypot(along, across)
    inside += spec.softness * 0.35 * brushes.clouds(rng, (HEIGHT, WIDTH), 9)
    cover = brushes.smoothstep(inside / (2 * spec.softness) + 0.5)
    depth = np.clip(inside / (spec.size * HEIGHT), 0, 1)
    return cover, depth


def _skin(spec: LesionSpec, rng: np.random.Generator) -> Plane:
    """(H, W, 3) bare skin: tone, slow shading, mottling, furrows and grain."""
    shape = (HEIGHT, WIDTH)
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = SKIN[spec.skin]
    picture *= 1 + 0.035 * brushes.clouds(rng, shape, 160)[..., None]
    mottle = brushes.clouds(rng, shape, 30)[..., None]
    picture += mottle * np.array([1.5, 4.0, 4.5], np.float32)
    lines = brushes.cells(rng, shape, 13, stretch=1.5)
    furrow = np.exp(-((lines / 0.10) ** 2)) * np.clip(0.5 + 0.5 * brushes.clouds(rng, shape, 50), 0, 1)
    picture -= scipy.ndimage.gaussian_filter(furrow, 1.2)[..., None] * np.array([7, 10, 10], np.float32)
    freckles = brushes.smoothstep((brushes.clouds(rng, shape, 16) - 2.2) / 1.6)
    return brushes.blend(picture, TAN, 0.35 * freckles)


def _pigment(picture: Plane, spec: LesionSpec, cover: Plane, depth: Plane, rng: np.random.Generator) -> Plane:
    """Lay the lesion's colours on the skin, from light brown to the blue-grey veil."""
    shape = (HEIGHT, WIDTH)
    direction = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    side = spec.asymmetry * 3.0 * (np.cos(direction) * columns + np.sin(direction) * rows)
    grain = brushes.clouds(rng, shape, 5)
    mottle = 0.92 + 0.07 * brushes.clouds(rng, shape, 24) + 0.05 * grain
    picture = brushes.blend(picture, PINK, 0.18 * scipy.ndimage.gaussian_filter(cover, 12))
    picture = brushes.blend(picture, spec.base, spec.pigment * cover * mottle)
    for colour, strength, scale, level, shift in (
        (DARK_BROWN, spec.dark, 44, 0.5, 0.9),
        (PINK, 0.75 * spec.regression, 70, 1.0, -1.3),
        (WHITE, 0.65 * spec.regression, 54, 1.5, -1.3),
        (BLACK, spec.black, 50, 1.5, 1.3),
        (BLUE_GREY, spec.veil, 80, 1.4, 0.5),
    ):
        field = brushes.clouds(rng, shape, scale) + 0.4 * brushes.clouds(rng, shape, scale / 3) + 0.2 * grain
        patch = brushes.smoothstep((field + shift * side + 1.2 * depth - level) / 2.6 + 0.5)
        rim = brushes.smoothstep(depth / 0.2)
        picture = brushes.blend(picture, colour, strength * patch * rim * cover)
    return picture


def _structures(
    picture: Plane, spec: LesionSpec, cover: Plane, depth: Plane, rng: np.random.Generator
) -> Plane:
    """Pigment network, which fades towards the border, and globules."""
    shape = (HEIGHT, WIDTH)
    distance = brushes.cells(rng, shape, 10.5)
    patchy = np.clip(0.85 + 0.3 * brushes.clouds(rng, shape, 60), 0, 1)
    mesh = scipy.ndimage.gaussian_filter(np.exp(-((distance / 0.16) ** 2)), 0.8)
    fade = brushes.smoothstep(scipy.ndimage.gaussian_filter(cover, 13) * 1.25 - 0.2)
    holes = scipy.ndimage.gaussian_filter(brushes.smoothstep((distance - 0.3) / 0.4), 1.0)
    picture = brushes.blend(picture, SKIN[spec.skin], 0.20 * spec.network * holes * fade * patchy)
    picture = brushes.blend(picture, DARK_BROWN, 0.60 * spec.network * mesh * fade * patchy)
    dots = brushes.globules(rng, shape, spacing=15)
    clustered = brushes.smoothstep(brushes.clouds(rng, shape, 40) + 0.2)
    return brushes.blend(picture, DARK_BROWN, 0.8 * spec.globules * dots * clustered * fade)


def _surface(picture: Plane, spec: LesionSpec, rng: np.random.Generator) -> Plane:
    """What lies between the skin and the camera: hairs, gel bubbles, the lamp, grain."""
    shape = (HEIGHT, WIDTH)
    picture = brushes.blend(picture, (62, 44, 36), brushes.hairs(rng, shape, spec.hairs))
    picture = picture + brushes.bubbles(rng, shape, spec.bubbles)[..., None]
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    corner = brushes.smoothstep((np.hypot(columns, rows * HEIGHT / WIDTH) - 0.55) / 0.9)
    picture = picture * (1 - 0.55 * spec.vignette * corner)[..., None]
    picture = scipy.ndimage.gaussian_filter(picture, (0.6, 0.6, 0))
    grain = rng.normal(0, 1.6, shape).astype(np.float32)[..., None]
    return np.asarray(picture + grain + rng.normal(0, 0.8, (*shape, 3)), np.float32)

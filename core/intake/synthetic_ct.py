"""Drawn slices of a chest in Hounsfield units: sample cases of computed tomography that belong to nobody.

The slices imitate what a scanner shows at the height of the great vessels (air, lung with its vessels, fat,
muscle, bone, the table) closely enough that every display window has something to show. They imitate no
patient and no disease, and are marked ``generated``. Attenuation of tissues is that of any textbook: air
-1000, lung about -850, fat -100, water 0, muscle and vessels 40 to 60, bone 200 to 800 HU.
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
from core.intake.ct_shapes import Circle, inside, lay, oval, stroke
from core.intake.ct_vessels import draw_vessels
from core.modalities.ct import TRAINED_WINDOW
from core.types import Case

SIDE = 512
FIELD_MM = 372.0
PIXEL_MM = FIELD_MM / SIDE
AIR, LUNG, FAT, MUSCLE, VESSEL, MARROW, CORTEX, NODULE = -1000, -855, -102, 55, 42, 190, 720, 38
_BLUR_PX, _NOISE_HU = 0.75, 20.0

_MIDDLE: tuple[Circle, ...] = (
    (5, -24, 43, 30),
    (2, 6, 30, 28),
    (0, -58, 20, 24),
    (-1, -78, 12, 20),
    (0, 38, 30, 26),
    (0, 74, 40, 30),
)
"""What lies between the lungs, from the heart to the muscles along the spine."""

_GREAT_VESSELS: tuple[Circle, ...] = (
    (-10, -27, 15, 15),
    (24, 28, 12, 12),
    (-31, -20, 9, 10),
    (19, -36, 14, 13),
)
_BRONCHI: tuple[Circle, ...] = ((-15, 4, 7, 6), (15, 6, 6, 5.5))
_RIB_ANGLES = (-62, -36, -12, 13, 37, 60)
"""Degrees from the horizontal at which ribs cross the slice, the same on both sides."""


@dataclass(frozen=True)
class NoduleSpec:
    """A round density in the lung: middle and radius in millimetres, and how far its rays reach."""

    right: float
    down: float
    radius: float
    rays: float


@dataclass(frozen=True)
class SliceSample:
    """A drawn slice that the first page offers."""

    title: str
    label: str
    nodule: NoduleSpec | None
    seed: int


SAMPLES: Mapping[str, SliceSample] = MappingProxyType(
    {
        "clear": SliceSample("Generated: chest slice without a nodule", "Without a nodule", None, 7),
        "nodule": SliceSample(
            "Generated: chest slice with a nodule", "With a nodule", NoduleSpec(-88, 11, 9.5, 11.0), 7
        ),
    }
)


def draw_sample(name: str) -> Case:
    """Draw one of :data:`SAMPLES`; KeyError if there is none of that name."""
    sample = SAMPLES[name]
    return draw_slice(sample.nodule, sample.seed, title=sample.title)


def draw_slice(nodule: NoduleSpec | None, seed: int, *, title: str = "Generated: chest slice") -> Case:
    """Draw one slice.

    Args:
        nodule: drawn into the lung; None leaves it out and changes nothing else.
        seed: fixes every random choice; the same arguments give the same values.
        title: of the case.

    Returns:
        A generated case with (512, 512) int16 Hounsfield units, pixels in the window of training, and the
        mask of the nodule (nowhere true without one). None of its arrays can be written to.
    """
    rng = np.random.default_rng(seed)
    right, down = _grid()
    values, lung = _chest(right, down, rng)
    values = draw_vessels(values, lung, rng, pixel_mm=PIXEL_MM, vessel_hu=VESSEL)
    values = np.where(lung < 0.5, _bones(values, right, down), values)
    cover = np.zeros(values.shape, np.float32)
    if nodule is not None:
        cover = _nodule(nodule, right, down, np.random.default_rng(seed + 1))
        values = values + cover * (NODULE - values)
    values = scipy.ndimage.gaussian_filter(values, _BLUR_PX)
    grain = scipy.ndimage.gaussian_filter(rng.normal(0, 1, values.shape), 0.7)
    values = values + grain * (_NOISE_HU / grain.std())
    hounsfield = _freeze(np.clip(np.rint(values), -1024, 3071).astype(np.int16))
    return Case(
        case_id=uuid.uuid4().hex,
        pixels=_freeze(TRAINED_WINDOW.apply(hounsfield)),
        modality="ct",
        title=title,
        generated=True,
        notes=("Drawn by this application; not a scan.",),
        lesion_mask=_freeze(cover >= 0.5),
        hounsfield=hounsfield,
        window=TRAINED_WINDOW,
    )


def _freeze(values: NDArray) -> NDArray:
    values.flags.writeable = False
    return values


def _grid() -> tuple[Plane, Plane]:
    """Millimetres to the right of and below the middle of the picture, at every pixel."""
    places = (np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2) * PIXEL_MM
    down, right = np.meshgrid(places, places, indexing="ij")
    return right, down


def _chest(right: Plane, down: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Hounsfield units of everything but bone and the lung's vessels, and the cover of lung."""
    shape = (SIDE, SIDE)
    wobble = 2.5 * brushes.clouds(rng, shape, 110)
    body = oval(right, down, (0, -4, 166, 112), 2.35) + wobble
    wall = oval(right, down, (0, -4, 150, 99), 2.3) + wobble
    cage = oval(right, down, (0, -6, 132, 84), 2.2) + 0.5 * wobble
    values = np.full(shape, AIR, np.float32)
    values = lay(values, 20, inside(body))
    values = lay(values, FAT + 6 * brushes.clouds(rng, shape, 12), inside(body + 2.2))
    strands = brushes.smoothstep(brushes.clouds(rng, shape, 9) - 0.4)
    values = lay(values, MUSCLE - 70 * strands, inside(wall))
    middle = np.minimum.reduce([oval(right, down, part) for part in _MIDDLE]) + 0.6 * wobble
    values = lay(values, FAT + 30 * strands, inside(cage))
    lung = inside(np.maximum(cage + 3, -middle))
    values = lay(values, 35, inside(middle + 5))
    for vessel in _GREAT_VESSELS:
        values = lay(values, FAT, inside(oval(right, down, vessel) - 1.6))
        values = lay(values, VESSEL, inside(oval(right, down, vessel)))
    depth = LUNG + 0.28 * down + 14 * brushes.clouds(rng, shape, 26) + 10 * brushes.clouds(rng, shape, 5)
    values = lay(values, depth, lung)
    for bronchus in _BRONCHI:
        values = lay(values, AIR, inside(oval(right, down, bronchus)))
    table = np.abs(down - 116 + 0.00055 * right**2)
    on_table = np.abs(right) < 172
    values = np.where(on_table & (table < 4.5), np.maximum(values, -930), values)
    return np.where(on_table & (np.abs(table - 4.5) < 0.9), np.maximum(values, -190), values), lung


def _bones(values: Plane, right: Plane, down: Plane) -> Plane:
    """Vertebra, sternum, ribs and shoulder blades: marrow in a shell of cortex."""
    values = _bone(values, oval(right, down, (0, 46, 19, 15), 2.6))
    arch = np.minimum(
        stroke(right, down, (-13, 56), (-11, 76), 4.0), stroke(right, down, (13, 56), (11, 76), 4.0)
    )
    arch = np.minimum(arch, stroke(right, down, (-11, 75), (11, 75), 4.0))
    arch = np.minimum(arch, stroke(right, down, (0, 76), (0, 92), 3.4))
    for side in (-1, 1):
        arch = np.minimum(arch, stroke(right, down, (side * 14, 64), (side * 33, 70), 4.6))
        values = _bone(values, stroke(right, down, (side * 86, 86), (side * 128, 57), 3.4))
    values = _bone(values, arch)
    values = lay(values, 25, inside(oval(right, down, (0, 65, 8, 7.5))))
    values = _bone(values, oval(right, down, (0, -95, 20, 6.5), 2.6))
    for angle in _RIB_ANGLES:
        for side in (-1, 1):
            values = _bone(values, _rib(right, down, angle, side))
    return values


def _bone(values: Plane, distance: Plane) -> Plane:
    values = lay(values, CORTEX, inside(distance))
    return lay(values, MARROW, inside(distance + 1.9))


def _rib(right: Plane, down: Plane, angle: float, side: int) -> Plane:
    """A piece of rib lying along the cage."""
    turn = np.deg2rad(angle)
    along = np.deg2rad(9.0)
    ends = [
        (side * 139 * _bulge(np.cos(t)), -5 + 90.5 * _bulge(np.sin(t))) for t in (turn - along, turn + along)
    ]
    return stroke(right, down, ends[0], ends[1], 4.4)


def _bulge(value: float) -> float:
    """A superellipse's coordinate where an ellipse would have ``value``."""
    return float(np.sign(value) * np.abs(value) ** (2 / 2.25))


def _nodule(spec: NoduleSpec, right: Plane, down: Plane, rng: np.random.Generator) -> Plane:
    """Cover of the nodule: an uneven round with rays."""
    dx, dy = right - spec.right, down - spec.down
    polar = np.arctan2(dy, dx)
    border = np.ones_like(polar)
    for order in range(2, 7):
        border += 0.10 / order**0.5 * np.cos(order * polar + rng.uniform(0, 2 * np.pi))
    cover = inside(np.hypot(dx, dy) - spec.radius * border, 1.1)
    for angle in rng.uniform(0, 2 * np.pi, 9):
        reach = spec.radius + spec.rays * rng.uniform(0.3, 1.0)
        end = (spec.right + reach * np.cos(angle), spec.down + reach * np.sin(angle))
        ray = inside(stroke(right, down, (spec.right, spec.down), end, 0.35), 0.8)
        fade = np.clip(1.25 - np.hypot(dx, dy) / reach, 0, 1)
        cover = np.maximum(cover, 0.75 * ray * fade)
    return np.asarray(cover, np.float32)

"""What two maps of one picture mark together and what only one marks, measured on the picture's pixels.

Everything is measured on the picture made small (:data:`MEASURED_SIDE`), and in CIELAB, whose distances are
about even to the eye. Medians are compared, so that a lesion or a ruler in a corner does not speak for the
rest of the picture. A difference is named from :data:`NOTICEABLE` on: twice what is just noticed between even
fields side by side (2.3; Mahy et al. 1994, "Evaluation of uniform color spaces developed after the adoption
of CIELAB and CIELUV"), since skin and retina are no even fields.

Which colour word is used depends on how the region differs from the rest of the picture:

- it is blue itself (hue between green and purple, b* at most -3) where the rest is less so: blue-grey if it
  is neither pale (L* below 75) nor strongly coloured (chroma below 15), else bluer;
- it mainly has less chroma: greyer if little is left (below 10), else duller;
- it is brown itself (an orange hue, 40 to 80 degrees, L* below 60) and darker: browner;
- it mainly has another hue: the unique hue that it has turned to;
- it mainly has more chroma: the unique hue that it has gained, if one is within 25 degrees.

Unique red, yellow, green and blue lie at 24, 90, 162 and 246 degrees of CIELAB's hue (Fairchild 2013, "Color
appearance models").
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.explain.grids import enlarge_map, take_fifth
from core.types import Across, Colour, Down, Extreme, Heatmap, RegionNote, RegionNotes, Tone

Lab = tuple[float, float, float]
"""CIELAB: L*, a*, b*."""

MEASURED_SIDE = 128
"""Longer side of the picture in pixels at which regions are measured."""
NOTICEABLE = 5.0
"""Difference in L*, and distance in a* and b*, from which a tone or a colour is named."""
SMALLEST = 0.02
"""Share of the picture that a region must have to be described."""
GREY_BELOW = 3.0
"""Chroma that 99 of 100 pixels of a grey picture stay below."""
SURROUND_LEVEL = 20.0
"""L* up to which what is joined to a corner of the picture is its dark surround."""

_THINNEST = 5
"""Pixels at :data:`MEASURED_SIDE`: what is thinner is the rim between two maps that mark the same."""
_EDGE = 0.1
_EXTREME = 0.05
_HOLE = 0.25
_UNIQUE: dict[Colour, float] = {"redder": 24.0, "yellower": 90.0, "greener": 162.0, "bluer": 246.0}
_GAINED_WITHIN = 25.0
_BLUE, _BLUE_FROM, _BLUE_GREY_BELOW, _PALE_FROM = (180.0, 310.0), -3.0, 15.0, 75.0
_BROWN, _BROWN_BELOW, _GREY_LEFT = (40.0, 80.0), 60.0, 10.0
_DOWN: tuple[Down, ...] = ("upper", "middle", "lower")
_ACROSS: tuple[Across, ...] = ("left", "centre", "right")


def describe_regions(frame: NDArray[np.uint8], one: Heatmap, other: Heatmap) -> RegionNotes:
    """Measure what the fifth of the picture that each map marks most has in common, and what it has not.

    Args:
        frame: (H, W, 3) uint8 sRGB, what both maps cover.
        one, other: maps, whose grids may differ.

    Raises:
        ValueError: ``frame`` is no such picture.
    """
    from skimage.color import rgb2lab

    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise ValueError(f"frame must be (H, W, 3) uint8, not {frame.shape} {frame.dtype}")
    lab = rgb2lab(_make_small(frame))
    first, second = (mark_fifth(heatmap, (lab.shape[0], lab.shape[1])) for heatmap in (one, other))
    picture = _Picture(lab)
    return RegionNotes(
        marked_one=first,
        marked_other=second,
        both=picture.describe(first & second),
        only_one=picture.describe(first & ~second),
        only_other=picture.describe(second & ~first),
        grey=picture.grey,
    )


def mark_fifth(heatmap: Heatmap, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """What a map marks of a picture of that shape; see :func:`core.explain.grids.take_fifth`.

    Returns:
        ``shape`` bool, read-only; pixels tied at the limit are all in or all out, whichever comes nearer to a
        fifth. All False where the map is empty or the same everywhere.
    """
    marked = take_fifth(enlarge_map(heatmap.values, shape)) > 0.5
    marked.setflags(write=False)
    return marked


def find_surround(lightness: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(h, w) L* to where the dark surround lies: dark pixels joined to a corner of the picture."""
    from scipy import ndimage

    labels, _ = ndimage.label(lightness <= SURROUND_LEVEL, np.ones((3, 3), bool))
    corners = {int(labels[row, column]) for row in (0, -1) for column in (0, -1)} - {0}
    return np.isin(labels, list(corners))


def name_tone(difference: float) -> Tone:
    """The word for a difference in L*; empty below :data:`NOTICEABLE`."""
    if abs(difference) < NOTICEABLE:
        return ""
    return "brighter" if difference > 0 else "darker"


def name_colour(region: Lab, rest: Lab) -> Colour:
    """The word for how a region's colour differs from the rest's; see the module's text."""
    gained = region[1] - rest[1], region[2] - rest[2]
    if math.hypot(*gained) < NOTICEABLE:
        return ""
    chroma, rest_chroma = math.hypot(*region[1:]), math.hypot(*rest[1:])
    hue, rest_hue = _hue(*region[1:]), _hue(*rest[1:])
    if _BLUE[0] <= hue <= _BLUE[1] and region[2] <= _BLUE_FROM and gained[1] <= -NOTICEABLE:
        return "blue-grey" if chroma < _BLUE_GREY_BELOW and region[0] < _PALE_FROM else "bluer"
    turned = 2 * math.sqrt(chroma * rest_chroma) * math.sin(math.radians(_apart(hue, rest_hue)) / 2)
    if chroma < rest_chroma and turned < rest_chroma - chroma:
        return "greyer" if chroma < _GREY_LEFT else "duller"
    if (
        _BROWN[0] <= hue <= _BROWN[1]
        and region[0] < _BROWN_BELOW
        and name_tone(region[0] - rest[0]) == "darker"
    ):
        return "browner"
    if turned >= abs(chroma - rest_chroma):
        nearer = [word for word, at in _UNIQUE.items() if _apart(hue, at) < _apart(rest_hue, at)]
        return min(nearer or _UNIQUE, key=lambda word: _apart(hue, _UNIQUE[word]))
    way = _hue(*gained)
    nearest = min(_UNIQUE, key=lambda word: _apart(way, _UNIQUE[word]))
    return nearest if _apart(way, _UNIQUE[nearest]) <= _GAINED_WITHIN else "more strongly coloured"


class _Picture:
    """A small picture in CIELAB, and what is the same for all of its regions."""

    def __init__(self, lab: NDArray[np.float64]) -> None:
        self._lab = lab
        self._surround = find_surround(lab[..., 0])
        self.grey = bool(np.quantile(np.hypot(lab[..., 1], lab[..., 2]), 0.99) < GREY_BELOW)

    def describe(self, region: NDArray[np.bool_]) -> RegionNote | None:
        """The largest piece of a region; None where it has none that is large enough."""
        pieces, sizes = _find_pieces(region)
        if not sizes or max(sizes) < SMALLEST * region.size:
            return None
        largest = sizes.index(max(sizes))
        piece = pieces == largest + 1
        down, across, around = _locate(piece)
        on_surround = float(self._surround[piece].mean())
        here, rest = self._measure(piece), self._measure(~piece)
        told = on_surround <= 0.5 and not any(map(math.isnan, (*here, *rest)))
        return RegionNote(
            down=down,
            across=across,
            around=around,
            share=float(piece.mean()),
            elsewhere=float((sum(sizes) - sizes[largest]) / region.size),
            tone=name_tone(here[0] - rest[0]) if told else "",
            colour=name_colour(here, rest) if told and not self.grey else "",
            difference=(here[0] - rest[0], here[1] - rest[1], here[2] - rest[2]),
            holds=self._name_extreme(piece),
            at_edge=float(_edge_band(piece.shape)[piece].mean()),
            on_surround=on_surround,
        )

    def _name_extreme(self, piece: NDArray[np.bool_]) -> Extreme:
        """Whether a piece holds most of the darkest or the brightest twentieth of the picture."""
        lightness = self._lab[..., 0]
        seen = lightness[~self._surround]
        if not seen.size:
            return ""
        low, middle, high = np.quantile(seen, [_EXTREME, 0.5, 1 - _EXTREME])
        dark = middle - low >= NOTICEABLE and piece[(lightness <= low) & ~self._surround].mean() > 0.5
        bright = high - middle >= NOTICEABLE and piece[(lightness >= high) & ~self._surround].mean() > 0.5
        if dark == bright:
            return ""
        return "darkest" if dark else "brightest"

    def _measure(self, part: NDArray[np.bool_]) -> Lab:
        """Medians of a part of the picture without its surround; NaN where nothing is left."""
        values = self._lab[part & ~self._surround]
        if not len(values):
            return math.nan, math.nan, math.nan
        lightness, a, b = np.median(values, axis=0).tolist()
        return lightness, a, b


def _make_small(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = frame.shape[:2]
    factor = min(1.0, MEASURED_SIDE / max(height, width))
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX))


def _find_pieces(region: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[int]]:
    """Number the pieces of a region from 1, without what is thin, and count their pixels."""
    from scipy import ndimage

    room = np.pad(region, _THINNEST, mode="edge")
    opened = ndimage.binary_opening(room, np.ones((_THINNEST, _THINNEST), bool))
    inner = opened[_THINNEST:-_THINNEST, _THINNEST:-_THINNEST]
    labels, count = ndimage.label(inner, np.ones((3, 3), bool))
    return labels, np.bincount(labels.ravel(), minlength=count + 1)[1:].tolist()


def _locate(piece: NDArray[np.bool_]) -> tuple[Down, Across, bool]:
    """The third of the picture, down and across, that a piece lies in, and whether it lies around it.

    That is where its centre of mass is, if that lies in the piece or in a small hole of it. The centre of a
    ring lies in a large hole, and the ring lies around it. That of a crescent lies outside; a crescent lies
    in the ninth that has most of it.
    """
    from scipy import ndimage

    places = (np.argwhere(piece) + 0.5) / piece.shape
    centre = places.mean(axis=0)
    row, column = (centre * piece.shape).astype(int)
    filled = ndimage.binary_fill_holes(piece)
    if filled[row, column]:
        around = not piece[row, column] and filled.sum() >= (1 + _HOLE) * piece.sum()
        down, across = np.minimum((3 * centre).astype(int), 2)
        return _DOWN[down], _ACROSS[across], bool(around)
    ninths = np.minimum((3 * places).astype(int), 2)
    most = int(np.bincount(3 * ninths[:, 0] + ninths[:, 1], minlength=9).argmax())
    return _DOWN[most // 3], _ACROSS[most % 3], False


def _edge_band(shape: tuple[int, ...]) -> NDArray[Any]:
    """Pixels within a tenth of the height or width of the picture from its edge."""
    down, across = ((np.arange(cells) + 0.5) / cells for cells in shape)
    near = [(places < _EDGE) | (places > 1 - _EDGE) for places in (down, across)]
    return near[0][:, None] | near[1][None]


def _hue(a: float, b: float) -> float:
    """Angle in degrees, in [0, 360)."""
    return math.degrees(math.atan2(b, a)) % 360


def _apart(one: float, other: float) -> float:
    """Degrees between two hues, in [0, 180]."""
    return abs((one - other + 180) % 360 - 180)

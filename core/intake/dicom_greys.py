"""Stored values of a monochrome DICOM frame become Hounsfield units or, without these, greys.

Source: DICOM PS3.3 C.11.1 (modality LUT), C.11.2.1.2 (window), C.7.5.1.1.2 (padding).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DecodeError
from core.intake.dicom_header import Head
from core.intake.dicom_values import AGAIN, finite, numbers, word

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LOWEST_HU, HIGHEST_HU = -1024, 4095
"""Air with a margin, and what twelve bits reach; metal lies above."""

_LARGEST_SLOPE, _LARGEST_INTERCEPT = 1e3, 1e6
_STEEPEST = 4.0


@dataclass(frozen=True)
class Rescale:
    """value = slope x stored + intercept; ``stated`` tells whether the file says so or it was assumed."""

    slope: float = 1.0
    intercept: float = 0.0
    stated: bool = False


def find_rescale(head: Head, frame: int, shown: str) -> tuple[Rescale, tuple[str, ...]]:
    """The rescale of one frame, from the data set or its functional groups.

    Returns:
        The rescale, and a note where half of it was assumed. Without an intercept nothing is known, since
        scanners store with and without an offset.

    Raises:
        DecodeError: slope or intercept is not finite, or the slope is not above 0, or either is larger than
            any scanner writes.
    """
    source = _holder(head.elements, "PixelValueTransformationSequence", "RescaleIntercept", frame)
    slope, intercept = (numbers(source, keyword, shown) for keyword in ("RescaleSlope", "RescaleIntercept"))
    if not slope and not intercept:
        return Rescale(), ()
    values = (slope or (1.0,))[0], (intercept or (0.0,))[0]
    if not all(math.isfinite(value) for value in values):
        raise DecodeError(shown, "the rescale slope or intercept is not a finite number", AGAIN)
    if not 0 < values[0] <= _LARGEST_SLOPE or abs(values[1]) > _LARGEST_INTERCEPT:
        raise DecodeError(shown, "the rescale slope or intercept is not one that a scanner writes", AGAIN)
    if not slope:
        return Rescale(*values, stated=True), ("The file states no rescale slope; 1 was taken.",)
    return Rescale(*values, stated=bool(intercept)), ()


def is_hounsfield(head: Head, rescale: Rescale) -> bool:
    """Whether rescaled values are Hounsfield units: computed tomography that does not say otherwise.

    A lookup table in place of slope and intercept, or another unit, makes them unknown.
    """
    unit = word(head.elements, "RescaleType").upper()
    modality = word(head.elements, "Modality").upper()
    return modality == "CT" and rescale.stated and unit in ("", "HU") and 0x00283000 not in head.elements


def find_padding(head: Head, stored: NDArray[Any], shown: str) -> NDArray[np.bool_] | None:
    """(rows, columns), true where a pixel is padding and no measurement; None where there is none."""
    first = finite(head.elements, "PixelPaddingValue", shown, 1)
    if first is None:
        return None
    last = finite(head.elements, "PixelPaddingRangeLimit", shown, 1) or first
    low, high = sorted(_as_stored(value[0], head) for value in (first, last))
    padding: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return padding if padding.any() else None


def _as_stored(value: float, head: Head) -> float:
    """A padding value that was written unsigned although pixels are signed, or the other way round."""
    if head.signed and value >= 2 ** (head.allocated - 1):
        return value - 2**head.allocated
    return value + 2**head.allocated if not head.signed and value < 0 else value


def to_hounsfield(
    stored: NDArray[Any], rescale: Rescale, padding: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """Rescale to (rows, columns) int16 Hounsfield units within [-1024, 4095], rounded to nearest.

    Padding becomes air (-1024).

    Returns:
        The units, and a note for what this changed.
    """
    values = _rescale(stored, rescale)
    notes: list[str] = []
    if padding is not None:
        values[padding] = LOWEST_HU
        notes.append("Padding outside the scanned field is shown as air.")
    if values.min() < LOWEST_HU - 0.5 or values.max() > HIGHEST_HU + 0.5:
        notes.append(f"Values outside {LOWEST_HU} to {HIGHEST_HU} HU were set to these limits.")
    return np.clip(np.rint(values), LOWEST_HU, HIGHEST_HU).astype(np.int16), tuple(notes)


def _rescale(stored: NDArray[Any], rescale: Rescale) -> NDArray[np.float32] | NDArray[np.float64]:
    """slope x stored + intercept; single precision is exact for 16 bits with whole slope and intercept."""
    whole = rescale.slope == int(rescale.slope) <= 64 and rescale.intercept == int(rescale.intercept)
    if whole and stored.dtype.itemsize <= 2:
        return stored.astype(np.float32) * np.float32(rescale.slope) + np.float32(rescale.intercept)
    return stored.astype(np.float64) * rescale.slope + rescale.intercept


def to_greys(
    head: Head,
    stored: NDArray[Any],
    rescale: Rescale,
    padding: NDArray[np.bool_] | None,
    frame: int,
    shown: str,
) -> tuple[NDArray[np.uint8], str]:
    """Grey by the file's own window, or by the full range of this frame's values where it has none.

    A window without a width above 0 counts as none. ``MONOCHROME1`` is turned round, so that bright is
    high in both. Padding becomes black.

    Returns:
        (rows, columns) uint8, and a note on which of the two was used.
    """
    values = stored.astype(np.float64) * rescale.slope + rescale.intercept
    window = _find_window(head.elements, frame, shown)
    if window is None:
        seen = values if padding is None or padding.all() else values[~padding]
        low, high = float(seen.min()), float(seen.max())
        scaled = (values - low) / (high - low or 1.0)
        note = "The file has no window that can be used; the full range of its values is shown."
    else:
        scaled, note = _apply_window(values, *window), "Shown in the file's own window."
    greys = np.rint(255 * np.clip(scaled, 0, 1)).astype(np.uint8)
    if head.interpretation == "MONOCHROME1":
        greys = np.invert(greys)
    if padding is not None:
        greys[padding] = 0
    return greys, note


def _find_window(elements: Dataset, frame: int, shown: str) -> tuple[float, float, str] | None:
    """Centre, width and function of the first window; None where it is missing or cannot be one."""
    source = _holder(elements, "FrameVOILUTSequence", "WindowWidth", frame)
    try:
        centres, widths = (numbers(source, keyword, shown) for keyword in ("WindowCenter", "WindowWidth"))
    except DecodeError:
        return None
    if not centres or not widths:
        return None
    centre, width = centres[0], widths[0]
    usable = math.isfinite(centre) and 0 < width < 1e9 and abs(centre) < 1e9
    return (centre, width, word(source, "VOILUTFunction").upper()) if usable else None


def _apply_window(
    values: NDArray[np.float64], centre: float, width: float, function: str
) -> NDArray[np.float64]:
    """0 is black and 1 white, before clipping (PS3.3 C.11.2.1.2.1, C.11.2.1.3)."""
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(-np.clip(_STEEPEST * (values - centre) / width, -60, 60))))
    if function == "LINEAR_EXACT" or width <= 1:
        return (values - centre) / width + 0.5
    return (values - (centre - 0.5)) / (width - 1) + 0.5


def _holder(elements: Dataset, sequence: str, keyword: str, frame: int) -> Dataset:
    """Where a frame's element stands: in its functional group, in the shared one, or in the data set."""
    for group in groups_of(elements, frame):
        items = group.get(sequence)
        if items and keyword in items[0]:
            return items[0]
    return elements


def groups_of(elements: Dataset, frame: int) -> list[Dataset]:
    """The functional groups of one frame, its own before the shared one; [] in an ordinary file."""
    found = []
    own = elements.get("PerFrameFunctionalGroupsSequence") or ()
    if frame < len(own):
        found.append(own[frame])
    shared = elements.get("SharedFunctionalGroupsSequence") or ()
    return [*found, *list(shared)[:1]]

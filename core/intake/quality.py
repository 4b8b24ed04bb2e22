"""The quality gate of every modality: a verdict before any network is asked.

Fundus photographs that are too poor, or no fundus photographs, are refused (:mod:`core.intake.fundus_gate`).
Dermoscopy gets plain warnings that block nothing: each threshold is a percentile of the measure on the 2,000
ISIC 2017 training photographs (never the test part), named beside its value, so that two or three honest
dermoscopy photographs in a hundred get a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import QualityError
from core.intake.fundus_gate import assess_fundus
from core.types import Case, QualityMeasure, QualityVerdict

MEASURED_SIDE = 256
"""Longer side in pixels at which every measure is taken, so that camera resolution does not matter."""


@dataclass(frozen=True)
class QualityMeasures:
    """What is measured of one picture at :data:`MEASURED_SIDE`.

    Attributes:
        brightness: median luma (ITU-R BT.601), 0 to 255.
        sharpness: variance of the four-neighbour Laplacian of luma.
        colourfulness: mean over pixels of the largest minus the smallest channel, 0 to 255.
        blueness: median over pixels of blue / red; skin is near 0.8, an eye's background near 0.2.
    """

    brightness: float
    sharpness: float
    colourfulness: float
    blueness: float


@dataclass(frozen=True)
class QualityThresholds:
    """Bounds on :class:`QualityMeasures` inside which no warning is given."""

    darkest: float
    brightest: float
    least_sharp: float
    least_colourful: float
    least_blue: float
    most_blue: float


DERMOSCOPY = QualityThresholds(
    darkest=93.0,  # percentile 0.5
    brightest=235.0,  # percentile 99.5
    least_sharp=7.6,  # percentile 0.5
    least_colourful=8.1,  # percentile 0.5
    least_blue=0.41,  # percentile 0.5
    most_blue=1.36,  # percentile 99.5
)


def assess_quality(case: Case) -> QualityVerdict:
    """Judge whether a case is worth a network's answer.

    Returns:
        The verdict of the case's modality, from its pixels alone; ``"gradable"`` without measures for a
        modality that has no gate.
    """
    gate = GATES.get(case.modality)
    return gate(case.pixels) if gate else QualityVerdict("gradable")


def require_readable(case: Case) -> QualityVerdict:
    """The verdict of :func:`assess_quality`, for a command that must not answer where a page would not.

    Raises:
        QualityError: the verdict is ``"ungradable"`` or ``"foreign"``.
    """
    verdict = assess_quality(case)
    if verdict.readable:
        return verdict
    if verdict.state == "foreign":
        *said, remedy = (reason.rstrip(".") for reason in verdict.reasons)
        raise QualityError(case.title, _lower(". ".join(said)), remedy)
    parts = [reason.rstrip(".").partition(": ") for reason in verdict.reasons]
    problem = f"ungradable: {'; '.join(_lower(fault) for fault, _, _ in parts)}"
    remedies = "; ".join(remedy for _, _, remedy in parts)
    raise QualityError(case.title, problem, remedies[0].upper() + remedies[1:])


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def assess_dermoscopy(pixels: NDArray[np.uint8]) -> QualityVerdict:
    """Say in what respects (H, W, 3) uint8 sRGB is unlike dermoscopy photographs; nothing is refused."""
    found, bounds = measure_quality(pixels), DERMOSCOPY
    grey = found.colourfulness < bounds.least_colourful
    unlike_skin = not bounds.least_blue <= found.blueness <= bounds.most_blue
    checks = (
        (found.brightness < bounds.darkest, "The picture is very dark."),
        (found.brightness > bounds.brightest, "The picture is very bright."),
        (found.sharpness < bounds.least_sharp, "The picture is blurred."),
        (grey, "The picture has almost no colour."),
        (unlike_skin and not grey, "The colours are not those of skin."),
    )
    reasons = tuple(sentence for failed, sentence in checks if failed)
    measures = (
        QualityMeasure("Brightness (median, 0 to 255)", found.brightness, bounds.darkest, bounds.brightest),
        QualityMeasure(
            "Sharpness (variance of the Laplacian)", found.sharpness, bounds.least_sharp, digits=1
        ),
        QualityMeasure("Colour (mean, 0 to 255)", found.colourfulness, bounds.least_colourful, digits=1),
        QualityMeasure(
            "Blue over red (median)", found.blueness, bounds.least_blue, bounds.most_blue, digits=2
        ),
    )
    return QualityVerdict("doubtful" if reasons else "gradable", reasons, measures)


GATES: Mapping[str, Callable[[NDArray[np.uint8]], QualityVerdict]] = MappingProxyType(
    {"dermoscopy": assess_dermoscopy, "fundus": assess_fundus}
)
"""By modality; one that is not named here has no gate yet."""


def measure_quality(pixels: NDArray[np.uint8]) -> QualityMeasures:
    """Measure (H, W, 3) uint8 sRGB after resizing its longer side to :data:`MEASURED_SIDE`.

    Source of the sharpness measure: Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield
    microscopy: a comparative study".
    """
    height, width = pixels.shape[:2]
    scale = MEASURED_SIDE / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    small = np.asarray(Image.fromarray(pixels).resize(size, method)).astype(np.float32)
    luma = small @ np.array([0.299, 0.587, 0.114], np.float32)
    return QualityMeasures(
        brightness=float(np.median(luma)),
        sharpness=float(_laplacian(luma).var()),
        colourfulness=float(np.mean(_over_channels(np.maximum, small) - _over_channels(np.minimum, small))),
        blueness=float(np.median(small[..., 2] / np.maximum(small[..., 0], 1))),
    )


def _laplacian(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """``scipy.ndimage.laplace`` of (H, W) to the last bit, without that import before a first page."""
    wide = np.pad(luma, 1, mode="symmetric").astype(np.float64)
    down = wide[:-2, 1:-1] + wide[2:, 1:-1] - 2 * wide[1:-1, 1:-1]
    across = wide[1:-1, :-2] + wide[1:-1, 2:] - 2 * wide[1:-1, 1:-1]
    return np.asarray(down.astype(np.float32) + across.astype(np.float32))


def _over_channels(ufunc: np.ufunc, small: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ufunc over the last axis of (H, W, 3); NumPy's own way there is 20 times slower."""
    return np.asarray(ufunc(ufunc(small[..., 0], small[..., 1]), small[..., 2]))

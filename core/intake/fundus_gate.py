"""The gate for fundus photographs: too dark, too bright, blurred, cut off, too small, or no retina at all.

Every bound and coefficient was found by ``python -m benchmarks.fundus_quality`` on one half of APTOS 2019 and
of the pictures of other kinds, and checked on the other half, which the script prints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.intake.fundus_measures import FundusMeasures, measure_fundus
from core.types import QualityMeasure, QualityVerdict


@dataclass(frozen=True)
class FundusBounds:
    """Bounds on :class:`core.intake.fundus_measures.FundusMeasures`, all allowed."""

    darkest: float
    brightest: float
    least_detail: float
    most_one_sided: float
    most_off_centre: float
    narrowest: float


REFUSED = FundusBounds(
    darkest=35.0,  # percentile 0.3
    brightest=150.0,  # above every one, 145 at most
    least_detail=0.60,  # percentile 0.5
    most_one_sided=0.68,  # above percentile 99.7, which is 0.65
    most_off_centre=0.20,  # above every one, 0.08 at most; about a third of the disc is missing
    narrowest=96.0,  # smaller than what networks are trained on; the copies measured here have 152
)
DOUBTED = FundusBounds(
    darkest=44.0,  # percentile 2
    brightest=122.0,  # percentile 99.5
    least_detail=0.68,  # percentile 2
    most_one_sided=0.60,  # percentile 99.5
    most_off_centre=0.12,  # above every one
    narrowest=128.0,
)

TOO_BLACK = 12.0
"""Below this brightness nothing can be said of colours, so a picture is too dark before it is foreign."""
DARK_SURROUND = 20.0
"""Corners darker than this surround a field; if it is washed out as well, it is too bright before it is
foreign."""

SIGNATURE = ("green_red", "blue_red", "corner", "centre", "bright_spots", "hue_spread", "texture")
"""What :func:`describe_signature` returns, in order."""
MEANS = (-0.648, 0.179, 0.993, 0.08, 0.799, -2.998, -3.12)
DEVIATIONS = (0.187, 0.169, 0.784, 0.094, 0.258, 0.361, 0.434)
LINEAR = (0.599, -4.679, 2.251, 0.355, 2.027, 0.029, -0.754)
SQUARED = (-0.178, 0.448, -0.662, -0.204, 0.05, -0.375, -0.044)
INTERCEPT = 13.98
"""Minus the training half's percentile 0.3, so that a likeness of 0 is the bound."""

_NO_SURROUND = "There is no bright round field on a dark surround."
EVIDENCE: tuple[tuple[tuple[int, ...], str], ...] = (
    ((0, 1, 5), "The colours are not those of a retina."),
    ((2,), _NO_SURROUND),
    ((3, 4), "No bright optic disc on an evenly lit ground was found."),
    ((6,), "The structures are not those of vessels on a retina."),
)
"""Places in :data:`SIGNATURE` and what it means when they speak against a fundus photograph."""

_SPEAKS_AGAINST = -2.0


def assess_fundus(pixels: NDArray[np.uint8]) -> QualityVerdict:
    """Judge (H, W, 3) uint8 sRGB as a colour photograph of the retina.

    Returns:
        ``"foreign"`` with the evidence when the picture is no such photograph, ``"ungradable"`` when it
        is one but beyond :data:`REFUSED`, ``"doubtful"`` when beyond :data:`DOUBTED`, else ``"gradable"``.
    """
    return judge_fundus(measure_fundus(pixels))


def judge_fundus(found: FundusMeasures) -> QualityVerdict:
    """The verdict of :func:`assess_fundus` on what was measured."""
    parts = weigh_signature(describe_signature(found))
    likeness = INTERCEPT + float(parts.sum())
    measures = _tabulate(found, likeness)
    refused = _find_faults(found, REFUSED, _RETAKE)
    if likeness < 0 and not _hides_colours(found):
        reasons = (
            "This does not look like a colour photograph of the retina.",
            *_find_evidence(found, parts),
        )
        return QualityVerdict("foreign", (*reasons, "Upload a fundus photograph in colour."), measures)
    if refused:
        return QualityVerdict("ungradable", refused, measures)
    doubted = _find_faults(found, DOUBTED, _LOOK)
    return QualityVerdict("doubtful" if doubted else "gradable", doubted, measures)


def _hides_colours(found: FundusMeasures) -> bool:
    """Whether there is too little or too much light to tell what the picture shows."""
    washed_out = found.green > REFUSED.brightest and found.corner < DARK_SURROUND
    return found.brightness < TOO_BLACK or washed_out


def describe_signature(found: FundusMeasures) -> NDArray[np.float64]:
    """(7,) what tells a retina from other pictures, on scales on which retinas are roughly normal."""
    return np.array(
        [
            np.log(max(found.green_red, 0.2)),
            min(found.blue_red, 1.5),
            np.log1p(found.corner),
            np.log(max(found.centre, 0.2)),
            np.tanh(found.bright_spots / 2),
            np.log(max(found.hue_spread, 0.003)),
            np.log(max(found.texture, 0.002)),
        ]
    )


def standardise_signature(signature: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 7) in standard deviations from the mean of real photographs, limited to ±6."""
    return np.clip((signature - np.array(MEANS)) / np.array(DEVIATIONS), -6, 6)


def weigh_signature(signature: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 7) log odds that each part adds to "this is a fundus photograph"; 0 for the mean photograph."""
    z = standardise_signature(signature)
    return np.asarray(np.array(LINEAR) * z + np.array(SQUARED) * z**2)


def _find_evidence(found: FundusMeasures, parts: NDArray[np.float64]) -> tuple[str, ...]:
    """What speaks against it, the strongest first; at least one sentence, at most three."""
    sums = sorted((float(parts[list(places)].sum()), sentence) for places, sentence in EVIDENCE)
    if np.log1p(found.corner) <= MEANS[SIGNATURE.index("corner")]:
        sums = [entry for entry in sums if entry[1] != _NO_SURROUND]
    bound = max(_SPEAKS_AGAINST, sums[0][0])
    return tuple(sentence for value, sentence in sums if value <= bound)[:3]


_RETAKE = {
    "dark": "Too dark: retake with more light, or with a wider pupil.",
    "bright": "Too bright, so that vessels and lesions are washed out: retake with less flash.",
    "blurred": "Blurred: focus again, ask the patient to blink and look straight ahead, and retake.",
    "cut": "Field of view cut off, a large part of the retina is missing: centre the eye and retake, or "
    "upload the whole photograph.",
    "small": "Too few pixels: upload the camera's own file, not a preview.",
}
_LOOK = {
    "dark": "Rather dark: small lesions may not show. Retake with more light if you can.",
    "bright": "Rather bright: small lesions may be washed out. Retake with less flash if you can.",
    "blurred": "Not quite sharp: small lesions may not show. Focus again and retake if you can.",
    "cut": "Part of the field of view seems cut off: lesions outside it cannot be seen.",
    "small": "Few pixels: small lesions may not show. Upload the camera's own file if you can.",
}


def _find_faults(found: FundusMeasures, bounds: FundusBounds, words: dict[str, str]) -> tuple[str, ...]:
    cut = found.one_sided > bounds.most_one_sided or found.off_centre > bounds.most_off_centre
    checks = {
        "dark": found.brightness < bounds.darkest,
        "bright": found.green > bounds.brightest,
        "blurred": found.detail < bounds.least_detail,
        "cut": cut,
        "small": found.narrowest < bounds.narrowest,
    }
    return tuple(words[name] for name, failed in checks.items() if failed)


def _tabulate(found: FundusMeasures, likeness: float) -> tuple[QualityMeasure, ...]:
    """The measures beside the bounds of refusal."""
    return (
        QualityMeasure("Brightness of the field (median, 0 to 255)", found.brightness, low=REFUSED.darkest),
        QualityMeasure("Green light of the field (median, 0 to 255)", found.green, high=REFUSED.brightest),
        QualityMeasure(
            "Sharpness (fine over coarse detail)", found.detail, low=REFUSED.least_detail, digits=2
        ),
        QualityMeasure(
            "Field cut on one side only (0 to 1)", found.one_sided, high=REFUSED.most_one_sided, digits=2
        ),
        QualityMeasure(
            "Disc off the centre of its box (share)", found.off_centre, high=REFUSED.most_off_centre, digits=2
        ),
        QualityMeasure("Shorter side of the field (pixels)", found.narrowest, low=REFUSED.narrowest),
        QualityMeasure("Likeness to a fundus photograph (log odds)", likeness, low=0.0, digits=1),
    )

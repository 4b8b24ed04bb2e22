"""One image and what the networks make of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.types.base import OperatingPoint, Role
from core.types.windows import Window


@dataclass(frozen=True)
class Case:
    """One image, decoded and stripped of everything that is not pixels.

    Attributes:
        case_id: random, not derived from the file.
        pixels: (H, W, 3) uint8 sRGB, upright, read-only.
        modality: name in the modality registry, for example ``"dermoscopy"``.
        title: what the user called it; untrusted text, shown as text only.
        generated: whether the application drew it.
        notes: what intake changed, one plain sentence each, for example ``"16-bit values scaled to 8 bit."``
        lesion_mask: (H, W) bool where the truth is known (generated cases), else None.
        source: where a sample photograph comes from, one plain sentence; empty for drawings and uploads.
        hounsfield: (H, W) int16 Hounsfield units, read-only, of a computed tomography slice; None where the
            file holds grey values only. ``pixels`` are these in ``window``.
        window: what ``pixels`` were made with; None without ``hounsfield``.
        series: which slices belong together: a random name, the same for the slices of one series or file.
        position: place within the series, from 1; 0 for a single picture.
        facts: allow-listed properties of the acquisition that name nobody, as (what, value) for display.
        warnings: what the reader should look at before trusting the case, one plain sentence each.
    """

    case_id: str
    pixels: NDArray[np.uint8]
    modality: str
    title: str
    generated: bool = False
    notes: tuple[str, ...] = ()
    lesion_mask: NDArray[np.bool_] | None = None
    source: str = ""
    hounsfield: NDArray[np.int16] | None = None
    window: Window | None = None
    series: str = ""
    position: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """One file that was not read, in the three parts of a :class:`core.errors.TwinLensError`."""

    subject: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class Batch:
    """What became of the files of one upload.

    Attributes:
        cases: in display order: file by file, the slices of one series together and sorted along the body.
        refused: files that were not read.
    """

    cases: tuple[Case, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True)
class Prediction:
    """What one network says of one case.

    Attributes:
        pair, role: which network.
        classes: class codes in the order of the network's outputs.
        logits: (C,) float32 before temperature.
        probs: (C,) float64 in [0, 1], softmax of ``logits`` / temperature; sums to 1.
        positive_prob: sum of ``probs`` over the positive classes, in [0, 1].
        operating_point: the threshold that was applied.
        flagged: ``positive_prob >= operating_point.threshold``.
        network_ms: wall-clock milliseconds of this run of the network alone.
        features: (F,) float32, the mean over h and w of the network's last feature map; empty in a
            prediction that no network made.
    """

    pair: str
    role: Role
    classes: tuple[str, ...]
    logits: NDArray[np.float32]
    probs: NDArray[np.float64]
    positive_prob: float
    operating_point: OperatingPoint
    flagged: bool
    network_ms: float
    features: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))

    def ranked(self) -> tuple[tuple[str, float], ...]:
        """(class code, probability), the most probable first."""
        order = np.argsort(-self.probs, kind="stable")
        return tuple((self.classes[i], float(self.probs[i])) for i in order)


RELATIVE = "relative"
"""Unit of a map whose values mean nothing beyond it: it shares a scale with no other map."""


@dataclass(frozen=True)
class Heatmap:
    """Where a network found evidence for one class.

    Attributes:
        values: (h, w) float32 in [0, 1], the map divided by its own peak; all zero when ``state`` is
            ``"no_evidence"``. Row 0 is the top of the image; the map covers the whole image.
        peak: largest value before division, in the method's own ``unit``; 0 without evidence.
        unit: what ``peak`` is measured in, so that two maps can share one scale; :data:`RELATIVE` where
            no other map can.
        method: name in the explainer registry, for example ``"gradcam"``.
        layer: the layer the map was taken at, as the network's record names it; in words for a method that
            follows several.
        class_code: the class explained.
        state: ``"no_evidence"`` means that nothing in the image speaks for the class; it is not an error.
    """

    values: NDArray[np.float32]
    peak: float
    unit: str
    method: str
    layer: str
    class_code: str
    state: Literal["ok", "no_evidence"]

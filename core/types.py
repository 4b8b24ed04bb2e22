"""Frozen records that cross rooms: what one room computes and another one draws, stores or compares.

Arrays are numpy. Nothing here imports a model library, so that a page can be drawn before one is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["teacher", "student", "control"]
"""Whose probabilities: the large network, the distilled one, or the small one trained without a teacher."""

SERVED_ROLES: tuple[Role, ...] = ("teacher", "student")
"""The roles whose weights ship; of the control only held-out probabilities do."""


@dataclass(frozen=True)
class Interval:
    """A figure with its uncertainty.

    Attributes:
        value: the estimate; NaN where it is undefined (for example an AUC with one class only).
        low, high: the limits, NaN where undefined. They never leave the metric's own bounds.
        level: coverage, for example 0.95.
        n: cases it was measured on.
        method: how the limits were made, for example ``"Wilson"`` or ``"bootstrap by group, 1000"``.
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    method: str

    @property
    def defined(self) -> bool:
        """Whether there is an estimate at all."""
        return bool(np.isfinite(self.value))


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
    """

    case_id: str
    pixels: NDArray[np.uint8]
    modality: str
    title: str
    generated: bool = False
    notes: tuple[str, ...] = ()
    lesion_mask: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold on the positive probability, and where it was chosen.

    Attributes:
        name: for example ``"sensitivity_90"``.
        threshold: in [0, 1]; a case is flagged when its positive probability is at least this.
        chosen_on: data and split, for example ``"validation split, n = 494"``.
        sensitivity, specificity: on the data it was chosen on.
    """

    name: str
    threshold: float
    chosen_on: str
    sensitivity: Interval
    specificity: Interval


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

    def ranked(self) -> tuple[tuple[str, float], ...]:
        """(class code, probability), the most probable first."""
        order = np.argsort(-self.probs, kind="stable")
        return tuple((self.classes[i], float(self.probs[i])) for i in order)


@dataclass(frozen=True)
class Heatmap:
    """Where a network found evidence for one class.

    Attributes:
        values: (h, w) float32 in [0, 1], the map divided by its own peak; all zero when ``state`` is
            ``"no_evidence"``. Row 0 is the top of the image; the map covers the whole image.
        peak: largest value before division, in the method's own ``unit``; 0 without evidence.
        unit: what ``peak`` is measured in, so that two maps can share one scale.
        method: name in the explainer registry, for example ``"gradcam"``.
        layer: the layer the map was taken at, as the network's record names it.
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


@dataclass(frozen=True)
class LatencyReport:
    """Wall-clock time of one thing, measured repeatedly on this machine.

    Attributes:
        label: what was timed.
        median_ms, p95_ms, min_ms, max_ms: over ``n`` runs after ``warmup`` runs that do not count.
        spread: interquartile range over median; above 0.2 the machine was busy.
        threads: threads the timed code was allowed.
    """

    label: str
    median_ms: float
    p95_ms: float
    min_ms: float
    max_ms: float
    spread: float
    n: int
    warmup: int
    threads: int

    @property
    def noisy(self) -> bool:
        """Whether the spread says that the figures should be measured again."""
        return self.spread > 0.2


@dataclass(frozen=True)
class Sample:
    """One row of a public data set.

    Attributes:
        image_id: the publisher's public id.
        source: name of the data set.
        location: path of the image file, or for an array file ``path#index``.
        label: class code of the modality, for example ``"mel"``.
        group: samples of one group (lesion, patient, near-duplicates) never cross splits.
        split: the publisher's own split, or None.
        metadata: what else is published (age, sex, site), as text; empty string where unknown.
        mask_location: path of the lesion mask, or None.
    """

    image_id: str
    source: str
    location: str
    label: str
    group: str
    split: Literal["train", "val", "test"] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    mask_location: str | None = None


@dataclass(frozen=True)
class NetworkRecord:
    """What a network says of itself: enough to rebuild it and to explain it.

    Attributes:
        architecture: name in the network registry.
        arguments: keyword arguments of the builder, JSON values only.
        cam_layer: name of the layer whose output ``forward_features`` returns.
        feature_shape: (channels, height, width) of that output at ``input_size``.
        input_size: (height, width) in pixels.
        parameters: number of weights.
        macs: multiply-accumulate operations of one forward pass of one image at ``input_size``.
    """

    architecture: str
    arguments: Mapping[str, object]
    cam_layer: str
    feature_shape: tuple[int, int, int]
    input_size: tuple[int, int]
    parameters: int
    macs: int


@dataclass(frozen=True)
class HeldOut:
    """Cases that no network was trained on, with what every role says of them.

    Attributes:
        title: for headings, for example ``"ISIC 2017 challenge, task 3, held-out test part"``.
        dataset: registry name of the data set; ``"all"`` where several are pooled.
        split: ``"val"`` for the cases on which thresholds and calibration maps are chosen, ``"test"`` and
            ``"external"`` for those on which everything is reported.
        classes: class codes in the order of the columns of ``probs``.
        positives: codes that count as positive here.
        image_ids: (N,) str, the publisher's public ids.
        groups: (N,) str; cases of one group (lesion, patient) are not independent.
        target: (N,) str, class code of the truth.
        truth: (N,) bool, whether ``target`` is one of ``positives``.
        probs: role to (N, C) float64 after temperature, rows sum to 1.
        positive_prob: role to (N,) float64 in [0, 1], what thresholds are applied to.
        metadata: column to (N,) str, what else is published (age, sex ...); empty string where unknown.
    """

    title: str
    dataset: str
    split: Literal["val", "test", "external"]
    classes: tuple[str, ...]
    positives: tuple[str, ...]
    image_ids: NDArray[np.str_]
    groups: NDArray[np.str_]
    target: NDArray[np.str_]
    truth: NDArray[np.bool_]
    probs: Mapping[Role, NDArray[np.float64]]
    positive_prob: Mapping[Role, NDArray[np.float64]]
    metadata: Mapping[str, NDArray[np.str_]]

    @property
    def n(self) -> int:
        """Number of cases."""
        return len(self.target)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles that were measured, the teacher first."""
        return tuple(self.positive_prob)

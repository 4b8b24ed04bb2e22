"""What a data set, a network and a stopwatch say of themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


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
        disputed: whether copies of this image carry different labels; such images are neither trained on nor
            evaluated, since no answer to them is right.
    """

    image_id: str
    source: str
    location: str
    label: str
    group: str
    split: Literal["train", "val", "test"] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    mask_location: str | None = None
    disputed: bool = False


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
class LatencyReport:
    """Wall-clock time of one thing, measured repeatedly on this machine.

    Attributes:
        label: what was timed.
        median_ms, p95_ms, min_ms, max_ms: over ``n`` runs after ``warmup`` runs that do not count.
        spread: interquartile range over median; above 0.2 the machine was busy.
        threads: threads the timed code was allowed.
        mean_ms: over the same runs; NaN where it was not noted.
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
    mean_ms: float = math.nan

    @property
    def per_second(self) -> float:
        """Pictures a second, one at a time, one after the other; NaN without a mean above 0."""
        return 1000 / self.mean_ms if self.mean_ms > 0 else math.nan

    @property
    def noisy(self) -> bool:
        """Whether the spread says that the figures should be measured again."""
        return self.spread > 0.2

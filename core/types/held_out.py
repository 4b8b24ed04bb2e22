"""Cases that nothing was trained on, with every role's probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.types.base import Role


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

"""Whose figures they are, and how sure a figure is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Role = Literal["teacher", "student", "second_student", "control"]
"""Whose probabilities: the teacher, the student that is recommended, another student of the same teacher (few
pairs have one), or the student's network trained without a teacher."""

ROLES: tuple[Role, ...] = get_args(Role)
"""Every role, in the order in which they are shown."""

SERVED_ROLES: tuple[Role, ...] = ("teacher", "student")
"""The pair proper, which comparisons are about; every pair ships both. Of the control only held-out
probabilities ship. What a pair serves in full: :attr:`core.bundle.Pair.served_roles`."""


Precision = Literal["float", "int8"]
"""How a served network stores its weights: as trained, or in 8 bits; see :class:`core.card.Int8Entry`."""


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

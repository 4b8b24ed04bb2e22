"""How well every class is told from the others: figures of each, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.types.base import Interval

Scale = Literal["nominal", "ordinal"]
"""Whether classes are names only, or grades in order."""


@dataclass(frozen=True)
class ClassFigures:
    """Figures of one class, where a case is called what is most probable.

    Attributes:
        code: of the class.
        support: cases of the class.
        called: cases that are called so.
        precision: share of the called that are of the class.
        recall: share of the class that is called so.
        f1: harmonic mean of both. Without a case of the class all three are undefined.
    """

    code: str
    support: int
    called: int
    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True)
class ConfusionMatrix:
    """How many cases of each class are called what.

    Attributes:
        classes: codes, in the order of rows and columns.
        counts: C rows, the truth, of C columns, the most probable class.
        shares: the same as shares of their row, with limits; undefined in the row of a class without cases.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[Interval, ...], ...]

    @property
    def support(self) -> tuple[int, ...]:
        """Cases of each class."""
        return tuple(sum(row) for row in self.counts)


@dataclass(frozen=True)
class ClassReport:
    """Everything about the classes of one network on one set of held-out cases.

    Attributes:
        n: cases.
        overall: name of a metric of all classes to its value with limits; the ordinal ones for grades only.
        classes: figures of each class, in the order of the network's outputs.
        confusion: the matrix they come from.
    """

    n: int
    overall: Mapping[str, Interval]
    classes: tuple[ClassFigures, ...]
    confusion: ConfusionMatrix

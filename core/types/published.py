"""Figures that a source document printed of its own networks, and whether they agree with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CheckState = Literal["consistent", "contradicted"]
"""Whether numbers as they were rounded can all be true together."""


@dataclass(frozen=True)
class PublishedClass:
    """A row of a published table.

    Attributes:
        code: of the class here.
        name: what the source calls it.
        precision, recall, f1: in [0, 1], as printed.
        support: cases of the class.
    """

    code: str
    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class PublishedReport:
    """The table of a source document.

    Attributes:
        modality: that it is about.
        citation: of the document.
        network: whose figures they are.
        data: what it was measured on.
        differs: in what that differs from what is measured here, whole sentences.
        decimals: of the printed figures.
        classes: rows of the table.
        overall: name of a metric here to the figure as printed.
        source_counts: images of each class in the source's whole data set; empty where it does not say.
        test_share: share of the images that the source says its figures are measured on; None if it does not.
        stratified: whether it says that every part holds the same share of every class.
    """

    modality: str
    citation: str
    network: str
    data: str
    differs: str
    decimals: int
    classes: tuple[PublishedClass, ...]
    overall: Mapping[str, float]
    source_counts: tuple[int, ...] = ()
    test_share: float | None = None
    stratified: bool = False

    @property
    def n(self) -> int:
        """Cases of all classes."""
        return sum(entry.support for entry in self.classes)


@dataclass(frozen=True)
class ArithmeticCheck:
    """Whether one printed figure follows from others.

    Attributes:
        name: what was checked.
        state: whether it can be true together with them, as everything was rounded.
        words: the sum, in one sentence.
    """

    name: str
    state: CheckState
    words: str

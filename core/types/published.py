"""Figures that a source document printed of its own networks, and whether they agree with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.types.base import Interval, Role

CheckState = Literal["consistent", "contradicted", "undecided"]
"""Whether numbers as they were rounded can all be true together; ``"undecided"`` where it depends on what the
source does not say."""


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
class PublishedNetwork:
    """A network of a source that prints one figure of each.

    Attributes:
        role: the part it plays there; ``"control"`` is the student without a teacher.
        name: what the source calls it.
        accuracy: in [0, 1], as printed.
        parameters: smallest and largest number that what the source says of it allows; by our count.
    """

    role: Role
    name: str
    accuracy: float
    parameters: tuple[int, int]


@dataclass(frozen=True)
class PublishedCount:
    """How many cases of one class a source says were missed.

    Attributes:
        code: of the class here.
        name: inside a sentence, for example ``"malignant"``.
        missed, support: cases missed, and cases of the class in the test part.
        public_support, public_n: cases of the class, and of all, in the public set that the source draws on.
        network: whose count it is; empty where that is not known.
    """

    code: str
    name: str
    missed: int
    support: int
    public_support: int
    public_n: int
    network: str = ""


@dataclass(frozen=True)
class PublishedSummary:
    """What a source prints that has no table of classes: one accuracy a network, one count of missed cases.

    Attributes:
        modality: that it is about.
        citation: of the document.
        data: what it was measured on.
        differs: in what that differs from what is measured here, whole sentences.
        decimals: of the printed accuracies as shares.
        parts: images in training, validation and test part.
        stratified: whether it says that every part holds the same share of every class.
        networks: with their accuracies.
        count: cases of one class that were missed.
    """

    modality: str
    citation: str
    data: str
    differs: str
    decimals: int
    parts: tuple[int, int, int]
    stratified: bool
    networks: tuple[PublishedNetwork, ...]
    count: PublishedCount

    @property
    def n(self) -> int:
        """Cases of the test part."""
        return self.parts[-1]


@dataclass(frozen=True)
class SummaryLimits:
    """Wilson limits of what a source prints without any.

    Attributes:
        accuracy: of each network, in the order of the source.
        recall: of the class whose missed cases are counted.
    """

    accuracy: tuple[Interval, ...]
    recall: Interval


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

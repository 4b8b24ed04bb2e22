"""The schema of ``card.json``: everything a reader must know of a pair, and all the code needs to run it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.modalities.base import Preprocessing
from core.topology.spec import TopologySpec
from core.types import FamiliarityMethod, Interval, OperatingPoint, Precision, Role

SCHEMA_VERSION = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class IntervalEntry(_Strict):
    """:class:`core.types.Interval` as stored; an undefined figure is stored as nulls."""

    value: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    method: str

    @classmethod
    def of(cls, interval: Interval) -> IntervalEntry:
        """Store an interval."""

        def number(x: float) -> float | None:
            return float(x) if x == x else None

        return cls(
            value=number(interval.value),
            low=number(interval.low),
            high=number(interval.high),
            level=interval.level,
            n=interval.n,
            method=interval.method,
        )

    def record(self) -> Interval:
        """The interval again; nulls become NaN."""
        nan = float("nan")
        return Interval(
            nan if self.value is None else self.value,
            nan if self.low is None else self.low,
            nan if self.high is None else self.high,
            self.level,
            self.n,
            self.method,
        )


class OperatingPointEntry(_Strict):
    """:class:`core.types.OperatingPoint` as stored."""

    name: str
    threshold: float = Field(ge=0, le=1)
    chosen_on: str
    sensitivity: IntervalEntry
    specificity: IntervalEntry

    @classmethod
    def of(cls, point: OperatingPoint) -> OperatingPointEntry:
        """Store an operating point."""
        return cls(
            name=point.name,
            threshold=point.threshold,
            chosen_on=point.chosen_on,
            sensitivity=IntervalEntry.of(point.sensitivity),
            specificity=IntervalEntry.of(point.specificity),
        )

    def record(self) -> OperatingPoint:
        """The operating point again."""
        return OperatingPoint(
            self.name, self.threshold, self.chosen_on, self.sensitivity.record(), self.specificity.record()
        )


Int8Plan = Literal["static", "mixed", "weights"]
"""Which parts of a network work in 8 bits: weights and activations of every layer that can (``static``), of
all but sensitive layers (``mixed``), or the weights alone, which are float32 again before the first picture
(``weights``)."""


class Int8Allowance(_Strict):
    """How far an 8-bit network may be from the float one it was made from, on every set of held-out cases.

    ``flips`` is the share of cases whose decision at the default operating point may change, ``auc`` what the
    ROC-AUC may lose.
    """

    flips: float = Field(default=0.01, ge=0, le=1)
    auc: float = Field(default=0.005, ge=0, le=1)


class Int8Entry(_Strict):
    """The same network in 8 bits, which kept to the card's allowance.

    ``onnx`` and ``report`` are file names in the bundle; the report is a
    :class:`core.int8_card.Int8Report`.
    """

    plan: Int8Plan
    onnx: str
    report: str


class NetworkEntry(_Strict):
    """One network of a pair: how to rebuild it, what it costs, how its probabilities are made.

    ``weights`` and ``onnx`` are file names in the bundle; both are None for the control, whose held-out
    predictions ship without its weights. ``weights`` names the ONNX file itself where that file gives them
    back bit for bit. ``recipe`` is the preset it was trained with, as resolved.
    ``topology`` says how a network with a topological branch gets its second input. ``int8`` is the same
    network in 8 bits, with the same temperature and operating points; None where none ships.
    """

    title: str
    architecture: str
    arguments: dict[str, Any]
    preprocessing: Preprocessing
    topology: TopologySpec | None = None
    cam_layer: str
    feature_shape: tuple[int, int, int]
    parameters: int
    macs: int
    temperature: float = Field(gt=0, allow_inf_nan=False)
    operating_points: tuple[OperatingPointEntry, ...] = Field(min_length=1)
    weights: str | None
    onnx: str | None
    recipe: dict[str, Any]
    notes: tuple[str, ...] = ()
    int8: Int8Entry | None = None

    def served_file(self, precision: Precision = "float") -> str | None:
        """Name of the ONNX file that serves it; None where none ships."""
        if precision == "float":
            return self.onnx
        return None if self.int8 is None else self.int8.onnx


class SourceEntry(_Strict):
    """A data set that was used, for what, how many images of it, and under which licence."""

    name: str
    title: str
    used_for: str
    n: int
    licence: str
    citation: str


class SplitEntry(_Strict):
    """How cases were divided: method, seed, counts, and the SHA-256 of the assignment."""

    method: str
    seed: int
    counts: dict[str, dict[str, int]]
    sha256: str


class ReportEntry(_Strict):
    """Figures of every role on one set of held-out cases."""

    title: str
    n: int
    positives: int
    metrics: dict[Role, dict[str, IntervalEntry]]


class FamiliarityRate(_Strict):
    """How often pictures of one kind are refused as unfamiliar.

    ``aim`` says what is wished for: pictures of the pair's own kind kept, others refused; an altered picture
    may be taken either way, and the rate says which. ``chosen`` says whether other pictures of this kind had
    a part in choosing the method.
    """

    kind: str
    aim: Literal["keep", "refuse", "either"]
    chosen: bool
    refused: IntervalEntry


class FamiliarityEntry(_Strict):
    """The check on whether a picture is of the kind that the student was trained on.

    ``candidates`` maps each method that was tried to the share of other pictures that it refused on the half
    kept for choosing; ``rates`` are of the other half, and of kinds that had no part in it.
    """

    file: str
    method: FamiliarityMethod
    features: int
    threshold: float = Field(ge=0, allow_inf_nan=False)
    fitted_on: str
    chosen_on: str
    candidates: dict[FamiliarityMethod, IntervalEntry]
    validation: IntervalEntry
    rates: tuple[FamiliarityRate, ...]


class Card(_Strict):
    """Everything a reader must know of a pair, and everything the code needs to run it.

    ``caution`` is what must stand beside its figures wherever they are shown, such as that a set flatters.
    ``explanations`` names the file of :class:`core.explanation_card.ExplanationCard`, where there is one.
    """

    schema_version: Literal[1]
    pair: str
    title: str
    summary: str
    modality: str
    classes: tuple[str, ...]
    positives: tuple[str, ...]
    operating_point: str
    networks: dict[Role, NetworkEntry]
    split: SplitEntry
    sources: tuple[SourceEntry, ...]
    reports: dict[str, ReportEntry]
    familiarity: FamiliarityEntry | None = None
    explanations: str | None = None
    int8_allowance: Int8Allowance = Int8Allowance()
    intended_use: str
    limits: tuple[str, ...]
    caution: str = ""
    versions: dict[str, str]
    files: dict[str, str]

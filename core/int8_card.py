"""The schema of ``<role>.int8.json``: how a network in 8 bits was made, and how far it is from the float one.

Layers that stay float are chosen on validation cases; the figures on test and external cases decide only
whether the network may ship. Times are of the machine that made it, as ratios within one run.
"""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.card import Card, Int8Plan, IntervalEntry
from core.errors import BundleError
from core.types import Role


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class FlippedCase(_Strict):
    """A case decided otherwise in 8 bits; its probabilities of a positive class."""

    image_id: str
    target: str
    float_prob: float
    int8_prob: float


class Int8Drift(_Strict):
    """The 8-bit network against the float one on one set of cases.

    ``flips`` is the share of cases whose decision at the default operating point changes, ``calls`` the share
    whose most probable class does (Wilson's limits, groups counted); ``mean``, ``p95`` and ``largest`` are of
    the absolute difference of the positive probability; ``auc`` is the ROC-AUC of the 8-bit network less the
    float one's (DeLong).
    """

    title: str
    n: int = Field(ge=1)
    threshold: float
    flips: IntervalEntry
    calls: IntervalEntry
    mean: float
    p95: float
    largest: float
    auc: IntervalEntry
    flipped: tuple[FlippedCase, ...]


class Int8Trial(_Strict):
    """One way that was tried on the validation cases.

    ``kept`` layers stayed float; ``flips`` of ``n`` decisions changed, ROC-AUC by ``auc``, the positive
    probability by ``mean`` on average; ``accepted`` says whether it kept to half of the allowance.
    """

    plan: Int8Plan
    kept: int
    onnx_bytes: int
    flips: int
    n: int
    auc: float | None
    mean: float
    accepted: bool


class Int8Time(_Strict):
    """Median time of one picture through the network alone, and the operators that take most of it."""

    median_ms: float
    spread: float
    operators: dict[str, float]


class Int8Report(_Strict):
    """How a role's network in 8 bits was made, and what it costs and gives against the float one.

    ``made_from`` is the SHA-256 of the float network's file. ``kept_float`` are layers in the network's own
    names, the most sensitive first, out of ``layers``. ``float32_bytes`` is what the weights take as float32,
    ``float_bytes`` the file that ships (float16). ``times`` are those of ``float``, of ``static`` and of
    ``weights`` with every layer in 8 bits, and of the network that ships (``int8``): one thread, taking
    turns, ``rounds`` each.
    """

    schema_version: Literal[1] = 1
    pair: str
    role: Role
    plan: Int8Plan
    made_from: str
    layers: int
    kept_float: tuple[str, ...]
    calibrated_on: str
    chosen_on: str
    float32_bytes: int
    float_bytes: int
    onnx_bytes: int
    times: dict[Literal["float", "static", "weights", "int8"], Int8Time]
    rounds: int
    instructions: str
    trials: tuple[Int8Trial, ...]
    validation: Int8Drift
    sets: dict[str, Int8Drift]
    versions: dict[str, str]

    @property
    def faster(self) -> float:
        """Median time of the float network over that of the one that ships; above 1 the latter is faster."""
        return self.times["float"].median_ms / self.times["int8"].median_ms


def report_name(role: Role) -> str:
    """Name of a role's report in its pair's folder."""
    return f"{role}.int8.json"


class _Shipped(Protocol):
    """What is needed of a pair; :class:`core.bundle.Pair` has it."""

    @property
    def card(self) -> Card:
        """The pair's card."""
        ...

    def read(self, name: str) -> bytes:
        """Bytes of one file, verified."""
        ...


def read_int8_report(pair: _Shipped, role: Role) -> Int8Report | None:
    """The report of a role's network in 8 bits; None where none ships.

    Raises:
        BundleError: the file is not the one that the card names, does not fit the schema, or is about other
            weights than those that ship.
    """
    network = pair.card.networks[role]
    if network.int8 is None:
        return None
    name = f"{pair.card.pair}/{network.int8.report}"
    remedy = "Restore the pair's folder, or make the network again: python -m core export PAIR --int8"
    try:
        report = Int8Report.model_validate_json(pair.read(network.int8.report))
    except ValidationError as error:
        raise BundleError(
            name, f"not a report on a network in 8 bits ({error.error_count()} misfits)", remedy
        ) from error
    if network.onnx is None or report.made_from != pair.card.files[network.onnx]:
        raise BundleError(name, "it is about other weights than those that ship", remedy)
    return report

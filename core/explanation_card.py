"""The schema of ``explanations.json``: what was measured of a pair's heat maps over its held-out cases.

A page compares one map with these figures, and tells whether a method is blind to what a network learned.
Cases that a network was trained or tuned on are not in it. The class explained is the one that the teacher
calls a case, for every network, so that maps of the same question are compared.
"""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.card import Card, IntervalEntry
from core.errors import BundleError
from core.types import Interval, Role

EXPLANATIONS_NAME = "explanations.json"
"""File of a pair."""
DIGITS = 4
"""Decimals that are kept."""

_REMEDY = "Restore the pair's folder, or measure again: python -m core explanations PAIR --root DIR"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class MeasuredSet(_Strict):
    """A set of held-out cases: its own test part of the pair (``test``), or one never used (``external``).

    ``n`` cases are held out. Teacher and student are compared on all of them; a figure that was measured on a
    draw of them says by its own ``n`` how many.
    """

    title: str
    split: Literal["test", "external"]
    n: int = Field(ge=1)


class FaithfulnessFigures(_Strict):
    """One method in one network over the drawn cases; medians have bootstrap limits, shares Wilson's.

    ``gap`` is insertion minus deletion. ``random_auc`` is the median over cases of the middle random order's
    area, deletion and insertion alike, ``random_gap`` that of the largest gap among the random orders.
    ``above_random`` and ``below_random`` are the shares of cases whose gap is larger, or smaller, than every
    random order's; ``flat`` is the share whose probability hardly moves, whatever is taken away.
    ``stability`` is the median of the lowest rank correlation under flips and noise. ``without_evidence`` is
    the share of maps that were empty; these give no order and are left out of the other figures.
    """

    deletion_auc: IntervalEntry
    insertion_auc: IntervalEntry
    gap: IntervalEntry
    random_auc: IntervalEntry
    random_gap: IntervalEntry
    above_random: IntervalEntry
    below_random: IntervalEntry
    flat: IntervalEntry
    stability: IntervalEntry
    without_evidence: IntervalEntry


class LearnedFigures(_Strict):
    """Rank correlation of maps with those of the same network with its weights in disorder, over cases.

    ``head``: only weights behind the last feature map, undefined for slow methods; ``all``: every weight.
    Near 1 a map does not show what was learned.
    """

    head: IntervalEntry
    all: IntervalEntry


class LocalisationFigures(_Strict):
    """One method in one network against published outlines of the finding.

    ``hit`` is the share of maps whose peak lies inside the outline; an empty map misses. ``energy`` is the
    median share of the map inside it, of maps that are not empty, ``area`` that of the picture, which is what
    both would be by chance, and ``above_area`` the median of energy minus area, case by case. ``centre`` is
    the share of outlines that hold the middle of the picture: what always pointing there would reach.
    """

    hit: IntervalEntry
    centre: IntervalEntry
    energy: IntervalEntry
    area: IntervalEntry
    above_area: IntervalEntry
    without_evidence: IntervalEntry


class AgreedCase(_Strict):
    """How alike teacher and student explain one case; NaN is stored as null (see :class:`MapAgreement`).

    ``called`` holds the class that each network calls the case, ``label`` the true one.
    """

    image_id: str
    group: str
    label: str
    called: dict[Role, str]
    rank: float | None
    overlap: float | None
    ssim: float | None
    distance: float | None

    @property
    def same_call(self) -> bool:
        """Whether all networks call it the same class."""
        return len(set(self.called.values())) == 1

    def is_right(self, role: Role) -> bool:
        """Whether a network calls it what it is."""
        return self.called[role] == self.label


class AgreementFigures(_Strict):
    """Teacher against student on every held-out case of a set; medians over cases, of ``method``'s maps."""

    method: str
    rank: IntervalEntry
    overlap: IntervalEntry
    chance_overlap: float | None
    ssim: IntervalEntry
    distance: IntervalEntry
    same_call: IntervalEntry
    cases: tuple[AgreedCase, ...]

    def list_other_reasons(self) -> tuple[AgreedCase, ...]:
        """Cases that both networks call the same, the least alike maps first; none where a map is empty."""
        found = [case for case in self.cases if case.same_call and case.rank is not None]
        return tuple(sorted(found, key=lambda case: (case.rank, case.overlap or 0.0, case.image_id)))


class ExplanationCard(_Strict):
    """Everything that was measured of a pair's maps; keys are data set, role and method in this order.

    ``weights`` maps each role to the SHA-256 of the file it was measured with: figures of other weights are
    refused on loading. ``slow_methods`` saw fewer cases. ``random_orders`` is how many random orders a case's
    gap was held against.
    """

    schema_version: Literal[1] = 1
    pair: str
    classes: tuple[str, ...]
    explained: str
    seed: int
    weights: dict[Role, str]
    slow_methods: tuple[str, ...]
    random_orders: int = Field(ge=0)
    datasets: dict[str, MeasuredSet]
    faithfulness: dict[str, dict[Role, dict[str, FaithfulnessFigures]]]
    learned: dict[Role, dict[str, LearnedFigures]]
    localisation: dict[str, dict[Role, dict[str, LocalisationFigures]]]
    agreement: dict[str, AgreementFigures]
    versions: dict[str, str]

    @property
    def chance_above(self) -> float:
        """``above_random`` of an order that knows nothing; see :mod:`core.explain.faithfulness`."""
        return 1 / (self.random_orders + 2)

    def learned_interval(self, role: Role, method: str) -> Interval | None:
        """Rank correlation of maps with those of weights in disorder; None where it was not measured."""
        found = self.learned.get(role, {}).get(method)
        return None if found is None else found.all.record()

    def dump(self) -> bytes:
        """The file's content."""
        return (self.model_dump_json() + "\n").encode()


class _Shipped(Protocol):
    """What is needed of :class:`core.bundle.Pair`."""

    @property
    def card(self) -> Card: ...

    def read(self, name: str) -> bytes: ...


def round_entry(interval: Interval) -> IntervalEntry:
    """An interval as stored, to :data:`DIGITS` decimals; the limits still enclose the value."""

    def number(x: float | None) -> float | None:
        return None if x is None else round(x, DIGITS) + 0.0

    entry = IntervalEntry.of(interval)
    return entry.model_copy(
        update={"value": number(entry.value), "low": number(entry.low), "high": number(entry.high)}
    )


def round_number(x: float) -> float | None:
    """A number as stored; NaN is null."""
    return None if x != x else round(float(x), DIGITS) + 0.0


def served_weights(card: Card) -> dict[Role, str]:
    """The SHA-256 of every role's weights that ship."""
    return {
        role: card.files[entry.weights] for role, entry in card.networks.items() if entry.weights is not None
    }


def load_explanations(pair: _Shipped) -> ExplanationCard | None:
    """What was measured of a pair's maps; None for a pair without such a record.

    Raises:
        BundleError: the file is not the one the card names, does not fit the schema, or was measured on
            another pair or on other weights.
    """
    name = pair.card.explanations
    if name is None:
        return None
    where = f"{pair.card.pair}/{name}"
    try:
        found = ExplanationCard.model_validate_json(pair.read(name))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BundleError(
            where, f"not a record of explanations ({place}: {first['msg']})", _REMEDY
        ) from error
    card = pair.card
    if (found.pair, found.classes) != (card.pair, card.classes):
        raise BundleError(where, f"it was measured on the pair {found.pair}", _REMEDY)
    shipped = served_weights(card)
    stale = [role for role, digest in found.weights.items() if shipped.get(role) != digest]
    if stale:
        raise BundleError(where, f"it was measured with other weights of the {stale[0]}", _REMEDY)
    return found

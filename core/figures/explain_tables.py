"""What was measured of a pair's maps over held-out cases, as tables that can be read at a glance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.explanation_card import AgreedCase, ExplanationCard, LocalisationFigures
from core.figures.explain_words import order_methods
from core.figures.map_words import title_method
from core.figures.nouns import finding_noun
from core.figures.wording import ROLE_TITLES, percent_with_limits, with_limits
from core.modalities.base import Modality
from core.types import ROLES, Interval, Role

LACKING = "–"
"""In the cell of a method that does not apply to a network."""

Table = dict[str, list[str]]


@dataclass(frozen=True)
class Yardstick:
    """One figure of how faithful maps are, as the page offers it.

    Attributes:
        title: of the choice.
        words: what it measures, and which way is better.
    """

    title: str
    words: str


YARDSTICKS: Mapping[str, Yardstick] = {
    "above_random": Yardstick(
        "Better than chance",
        "How often the marked places matter more to the answer than those of **every** random order of the "
        "same picture: taken away first they lower its probability sooner, given back first they raise it "
        "sooner.",
    ),
    "gap": Yardstick(
        "Insertion less deletion",
        "Area under the curve of giving the picture back, less that of taking it away, most marked places "
        "first: between −1 and 1, higher is better, and 0 for an order that knows nothing.",
    ),
    "stability": Yardstick(
        "Steadiness",
        "Rank correlation of a map with that of the same picture mirrored or with slight noise, the lowest "
        "of them: 1 means that nothing moves.",
    ),
    "learned": Yardstick(
        "Shows what was learned",
        "Rank correlation of a map with that of the same network, all its weights **shuffled**. Near "
        "0 the map depends on what the network learned; near 1 it looks the same without it.",
    ),
}
"""The choices, by what they read of the record."""


def tabulate_faithfulness(card: ExplanationCard, dataset: str, yardstick: str) -> Table:
    """Column title to cells: a row a method, a column a network, with limits; then the number of cases.

    Args:
        card: of the pair.
        dataset: one of its sets.
        yardstick: one of :data:`YARDSTICKS`.
    """
    say = percent_with_limits if yardstick == "above_random" else with_limits
    entries: dict[Role, dict[str, Interval]]
    if yardstick == "learned":
        entries = {
            role: {method: figures.all.record() for method, figures in of_role.items()}
            for role, of_role in card.learned.items()
        }
    else:
        entries = {
            role: {method: getattr(figures, yardstick).record() for method, figures in of_role.items()}
            for role, of_role in card.faithfulness.get(dataset, {}).items()
        }
    table = _tabulate(entries, say)
    table["n"] = _tabulate_counts(
        {role: {name: one.n for name, one in of_role.items()} for role, of_role in entries.items()}
    )
    return table


def tabulate_pointing(card: ExplanationCard, dataset: str) -> Table:
    """Column title to cells: how often the strongest spot lies in the outline, and how much of the map does.

    Methods are rows; every network has two columns, and the numbers of cases stand last.
    """
    found = card.localisation.get(dataset, {})
    hits = _tabulate(found, lambda figures: percent_with_limits(figures.hit.record()))
    shares = _tabulate(found, lambda figures: percent_with_limits(figures.energy.record()))
    table = {"Method": hits.pop("Method")}
    for role, cells in hits.items():
        table[f"{role}: peak inside"] = cells
        table[f"{role}: share inside"] = shares[role]
    table["n"] = _tabulate_counts(
        {role: {name: one.hit.n for name, one in of_role.items()} for role, of_role in found.items()}
    )
    return table


def find_baselines(card: ExplanationCard, dataset: str) -> tuple[Interval, Interval] | None:
    """What needs no network: the outlines' median share of the picture, and how often they hold its middle.

    None where the set has no outlines.
    """
    figures: Sequence[LocalisationFigures] = [
        one for of_role in card.localisation.get(dataset, {}).values() for one in of_role.values()
    ]
    if not figures:
        return None
    fullest = max(figures, key=lambda one: one.area.n)
    return fullest.area.record(), fullest.centre.record()


def tabulate_different(cases: Sequence[AgreedCase], modality: Modality) -> Table:
    """Column title to cells, a row a case."""

    def name(code: str) -> str:
        return finding_noun(modality.finding(code).name)

    calls = [next(iter(case.called.values())) for case in cases]
    return {
        "Case": [case.image_id for case in cases],
        "Both call it": [name(code) for code in calls],
        "It is": [
            f"{name(case.label)}{'' if case.label == code else ' (both wrong)'}"
            for case, code in zip(cases, calls, strict=True)
        ],
        "Order of places (ρ)": [say_number(case.rank) for case in cases],
        "Marked by both": [_share(case.overlap) for case in cases],
        "Apart": [_share(case.distance) for case in cases],
    }


def _tabulate(found: Mapping[Role, Mapping[str, object]], say: Callable[..., str]) -> Table:
    roles = [role for role in ROLES if found.get(role)]
    methods = order_methods({method for role in roles for method in found[role]})
    table: Table = {"Method": [title_method(method) for method in methods]}
    for role in roles:
        table[ROLE_TITLES[role]] = [
            say(found[role][method]) if method in found[role] else LACKING for method in methods
        ]
    return table


def _tabulate_counts(found: Mapping[Role, Mapping[str, int]]) -> list[str]:
    """A method's numbers of cases; one where all networks have the same."""
    counts: dict[str, set[int]] = {}
    for of_role in found.values():
        for method, n in of_role.items():
            counts.setdefault(method, set()).add(n)
    return [" / ".join(map(str, sorted(counts[method], reverse=True))) for method in order_methods(counts)]


def say_number(value: float | None) -> str:
    """Two decimals with a true minus sign."""
    if value is None:
        return LACKING
    text = f"{abs(value):.2f}"
    return f"−{text}" if value < 0 and float(text) else text


def _share(value: float | None) -> str:
    return LACKING if value is None else f"{value:.0%}".replace("%", "\N{NO-BREAK SPACE}%")

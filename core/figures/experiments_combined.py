"""Two runs of a suite read together: what each flags alone, what both flag, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.figures.combinations import find_gain
from core.figures.nouns import count_of, plural
from core.figures.wording import in_points, percent_with_limits
from core.types import CombinationTable, CombinedCalls, Role, Strategy

READERS: Mapping[Role, str] = {"student": "first network", "teacher": "second network"}
"""What the two runs are called inside a sentence; the first one reads first in a cascade."""

WAYS: Mapping[Strategy, str] = {
    "either": "Either flags (OR)",
    "both": "Both flag (AND)",
    "mean": "Mean of both probabilities",
    "max": "Larger of both probabilities",
    "cascade": "Cascade: the second where the first is in doubt",
}
_TITLES: Mapping[Strategy, str] = {
    **WAYS,
    "student": "First network alone",
    "teacher": "Second network alone",
    "mean": "Mean of both",
    "max": "Larger of both",
    "cascade": "Cascade",
}
"""Short enough for a phone beside a figure."""

NOT_DEPLOYED = "The model that wins the leaderboard is not the model you would deploy"


@dataclass(frozen=True)
class Reading:
    """One way to read the cases.

    Attributes:
        name: for a table, and inside a sentence after "by".
        calls: what it flags.
        wins: whether it is the leaderboard's champion alone.
    """

    name: str
    calls: CombinedCalls
    wins: bool = False


def tabulate_readings(readings: Sequence[Reading]) -> dict[str, list[str]]:
    """Column title to cells, one line a reading."""
    return {
        "Read by": [f"{one.name}{' (wins the leaderboard)' if one.wins else ''}" for one in readings],
        "Sensitivity": [percent_with_limits(one.calls.sensitivity) for one in readings],
        "Specificity": [percent_with_limits(one.calls.specificity) for one in readings],
        "Flagged": [percent_with_limits(one.calls.flagged) for one in readings],
    }


def conclude_readings(readings: Sequence[Reading], noun: str) -> str:
    """What the figures on screen say of the leaderboard's winner, in one or two sentences.

    The winner is only said not to be the one to deploy where another reading finds more at no lower
    specificity and limits of both sensitivities do not overlap.
    """
    winner = next((one for one in readings if one.wins), None)
    if winner is None:
        return "Neither of these two wins the leaderboard, so nothing follows for its winner."
    own = winner.calls
    more = [one for one in readings if one.calls.sensitivity.value > own.sensitivity.value]
    better = [one for one in more if one.calls.specificity.value >= own.specificity.value]
    if not more:
        return (
            f"At these thresholds nothing here finds more {plural(noun)} than the leaderboard's winner alone "
            f"({percent_with_limits(own.sensitivity)})."
        )
    best = max(better or more, key=lambda one: one.calls.sensitivity.value)
    figures = (
        f"{best.name} finds {percent_with_limits(best.calls.sensitivity)} of "
        f"{count_of(own.sensitivity.n, noun)} at a specificity of "
        f"{percent_with_limits(best.calls.specificity)}, the winner alone "
        f"{percent_with_limits(own.sensitivity)} at {percent_with_limits(own.specificity)}"
    )
    if not better:
        return (
            f"More {plural(noun)} are found only at the price of more false alarms: {figures}. Which of them "
            "to deploy depends on what a miss costs; at the same specificity they are compared below."
        )
    if best.calls.sensitivity.low > own.sensitivity.high:
        return f"**{NOT_DEPLOYED}**, at these thresholds: {figures}."
    return (
        f"At these thresholds another reading does no worse in both: {figures}. The limits overlap, so other "
        "cases may say otherwise."
    )


def rename_strategies(table: CombinationTable) -> CombinationTable:
    """The table with titles for two runs of a suite in place of those for a pair."""
    rows = tuple(replace(row, title=_TITLES.get(row.name, row.title)) for row in table.rows)
    return replace(table, rows=rows)


def conclude_gains(table: CombinationTable, winner: Role | None, noun: str) -> str:
    """What a comparison at the same specificity says of the leaderboard's winner; see :func:`find_gain`."""
    if winner is None:
        return "Neither of these two wins the leaderboard, so nothing follows for its winner."
    gains = {row.title: gain for row in table.rows if (gain := find_gain(row, winner)) is not None}
    shown = [f"{title} {in_points(gain)}" for title, gain in gains.items() if gain.low > 0]
    where = f"{table.n:,} test pictures, {count_of(table.positives, noun)}"
    if shown:
        return (
            f"**{NOT_DEPLOYED}**: at its own specificity each of these finds more {plural(noun)} of 100 than "
            f"the winner alone: {'; '.join(shown)} ({where})."
        )
    return (
        f"Nothing here is shown to find more {plural(noun)} than the leaderboard's winner alone at the same "
        f"specificity ({where}): on these figures it may be deployed as well as any."
    )

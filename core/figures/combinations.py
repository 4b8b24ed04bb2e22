"""What reading with both networks gains over one of them, strategy by strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.figures.nouns import capital, case_of, count_of, plural
from core.figures.palette import OTHER, POSITIVE, RULE
from core.figures.wording import percent_with_limits
from core.types import Combination, CombinationTable, Interval, Role

_ROW_PX = 44

SERVED_NAMES: Mapping[Role, str] = {"teacher": "teacher", "student": "student"}
"""What both networks are called inside a sentence, where they are a pair's."""


def find_gain(row: Combination, against: Role) -> Interval | None:
    """A strategy's sensitivity minus that of ``against`` at the same specificity; None against itself.

    None, too, for a strategy without one false alarm: a single network's curve that rises straight up there
    has no one sensitivity at 100 % specificity, so a difference from its middle would say nothing.
    """
    if row.specificity.value == 1:
        return None
    found = [entry.difference for entry in row.matched if entry.against == against]
    return found[0] if found and found[0].defined else None


def plot_gains(table: CombinationTable, *, against: Role) -> go.Figure:
    """Points with limits: sensitivity gained over one network alone at the same held-out specificity.

    Args:
        table: from :func:`core.evaluation.combinations.compare_combinations`.
        against: the single network, ``"student"`` or ``"teacher"``.

    Returns:
        Figure with one line a strategy that has a gain, the first one on top; filled points where the limits
        leave out 0.
    """
    rows = [(row.title, gain) for row in table.rows if (gain := find_gain(row, against)) is not None]
    figure = go.Figure()
    for title, gain in rows:
        told = gain.low > 0 or gain.high < 0
        figure.add_trace(
            go.Scatter(
                x=[100 * gain.value],
                y=[title],
                mode="markers",
                marker={
                    "size": 11,
                    "color": POSITIVE if told else "rgba(0,0,0,0)",
                    "line": {"width": 2, "color": POSITIVE if told else OTHER},
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * (gain.high - gain.value)],
                    "arrayminus": [100 * (gain.value - gain.low)],
                    "color": POSITIVE if told else OTHER,
                    "thickness": 2,
                    "width": 5,
                },
                hovertemplate=f"{title}: {_points(gain)}<extra></extra>",
            )
        )
    figure.add_vline(x=0, line={"color": OTHER, "width": 1, "dash": "dot"})
    figure.update_layout(
        height=70 + _ROW_PX * len(rows),
        margin={"l": 4, "r": 12, "t": 8, "b": 60},
        showlegend=False,
        xaxis={
            "title": "more found of 100",
            "gridcolor": RULE,
            "zeroline": False,
            "fixedrange": True,
        },
        yaxis={"autorange": "reversed", "automargin": True, "fixedrange": True},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure


def describe_gains(
    table: CombinationTable, *, against: Role, noun: str, called: Mapping[Role, str] = SERVED_NAMES
) -> str:
    """The figure in words, for its text twin; ``called`` names both networks inside a sentence."""
    parts = [
        f"{row.title}: {_points(gain)}" for row in table.rows if (gain := find_gain(row, against)) is not None
    ]
    return (
        f"{capital(plural(noun))} found per 100 beyond the {called[against]} alone at the same specificity, "
        f"n = {table.n}. {'; '.join(parts)}."
    )


def summarise_gains(
    table: CombinationTable, *, against: Role, noun: str, called: Mapping[Role, str] = SERVED_NAMES
) -> str:
    """Whether any combination finds more than one network alone, in one or two sentences."""
    together = [row for row in table.rows if row.name not in ("teacher", "student", "control")]
    gains = {row.title: gain for row in together if (gain := find_gain(row, against)) is not None}
    if not gains:
        return f"Nothing can be compared: {_why_not(table, together, noun)}."
    better = [f"{title} ({_points(gain)})" for title, gain in gains.items() if gain.low > 0]
    cascade = next((row for row in table.rows if row.name == "cascade" and not row.problem), None)
    reads = (
        f" In the cascade the {called['teacher']} reads {percent_with_limits(cascade.teacher_reads)} of all "
        "cases."
        if cascade
        else ""
    )
    if better:
        return (
            f"**At the same specificity these find more {plural(noun)} than the {called[against]} alone:** "
            f"{'; '.join(better)}.{reads}"
        )
    return (
        "**No way of combining the two networks is shown to find more "
        f"{plural(noun)} than the {called[against]} alone** at the same specificity "
        f"(n = {table.n:,}, {count_of(table.positives, noun)}).{reads}"
    )


def tabulate_combinations(
    table: CombinationTable, called: Mapping[Role, str] = SERVED_NAMES
) -> dict[str, list[str]]:
    """Column title to cells, one line a strategy."""
    columns: dict[str, list[str]] = {
        "Flag by": [row.title for row in table.rows],
        "Sensitivity": [percent_with_limits(row.sensitivity) for row in table.rows],
        "Specificity": [percent_with_limits(row.specificity) for row in table.rows],
        f"{capital(called['teacher'])} reads": [_describe_reads(row) for row in table.rows],
    }
    singles: tuple[Role, ...] = ("student", "teacher")
    for against in singles:
        columns[f"Gain over {called[against]} alone, same specificity"] = [
            "–" if (gain := find_gain(row, against)) is None else _points(gain) for row in table.rows
        ]
    return columns


def _describe_reads(row: Combination) -> str:
    """Only a cascade's share is an estimate; the other strategies read all cases or none by design."""
    if row.problem or row.name == "cascade":
        return percent_with_limits(row.teacher_reads)
    return "every case" if row.teacher_reads.value == 1 else "no case"


def _why_not(table: CombinationTable, together: Sequence[Combination], noun: str) -> str:
    if not table.positives:
        return f"these {table.n:,} cases hold no {case_of(noun)}"
    if not together:
        return "there is no combination"
    if all(row.specificity.value == 1 for row in together):
        return (
            "no strategy raises a false alarm on these cases, and without one there is no single sensitivity "
            "to compare with"
        )
    return together[0].problem or "one network alone has no curve on these cases"


def _points(gain: Interval) -> str:
    value, low, high = (
        f"{100 * share:+.1f}".replace("-", "−") for share in (gain.value, gain.low, gain.high)
    )
    return f"{value} ({low} to {high}) points"

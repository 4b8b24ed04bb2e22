"""The comparison in words: one sentence for the verdict, plain clauses for what it rests on.

Terminal and page say the same; nothing here draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.figures.nouns import count_of
from core.figures.wording import in_points, signed, signed_with_limits, with_limits
from core.types import (
    AucComparison,
    CalibrationComparison,
    ChangedCases,
    Comparison,
    FoundTable,
    Interval,
    NonInferiority,
    Verdict,
)

HEADLINES: Mapping[str, str] = {
    "yes": "Yes, within the margins set: the student may replace its teacher",
    "no": "No: the student should not replace its teacher",
    "cannot_tell": "Cannot tell: a loss beyond the margins is neither ruled out nor shown",
    "undefined": "Cannot be judged on these cases",
}
SHORT: Mapping[str, str] = {
    "yes": "may replace",
    "no": "should not replace",
    "cannot_tell": "cannot tell",
    "undefined": "cannot be judged",
    "helped": "helped",
    "harmed": "did harm",
    "not_shown": "not shown to help",
    "no_control": "no control",
}
_SUBJECTS: Mapping[str, str] = {
    "yes": "the student may replace its teacher within the margins set",
    "no": "the student should not replace its teacher",
    "cannot_tell": "it cannot be told whether the student may replace its teacher",
    "undefined": "the student cannot be judged against its teacher",
}


def _inside(interval: Interval, *, digits: int = 3, scale: float = 1.0, unit: str = "") -> str:
    """The same for use inside brackets: ``"−0.007, limits −0.027 to +0.012"``."""
    text = signed_with_limits(interval, digits=digits, scale=scale, unit=unit)
    joint = ", " if " (no limits" in text else ", limits "
    return text.replace(" (", joint, 1).removesuffix(")")


def describe_verdict(comparison: Comparison, noun: str) -> str:
    """The verdict in one sentence, with the figures that it rests on.

    Args:
        comparison: one set of cases.
        noun: what a positive case is called, singular, for example ``"melanoma"``.
    """
    verdict = comparison.verdict
    where = f"On {comparison.title} (n = {comparison.n:,}, {comparison.positives:,} with {noun})"
    return (
        f"{where} {_SUBJECTS[verdict.replace]}: {_auc_clause(verdict.auc)}, and "
        f"{_sensitivity_clause(verdict.sensitivity)}; {_taught_clause(verdict)}."
    )


def title_aim(name: str, noun: str) -> str:
    """An operating point as what it aims at, for example ``"Catch at least 90 of 100 with melanoma"``."""
    rate, _, share = name.rpartition("_")
    if rate == "sensitivity" and share.isdigit():
        return f"Catch at least {share} of 100 with {noun}"
    if rate == "specificity" and share.isdigit():
        return f"Leave alone at least {share} of 100 of the others"
    if name == "youden":
        return "Balance misses and false alarms"
    return name.replace("_", " ").capitalize()


def _auc_clause(test: NonInferiority) -> str:
    margin = f"{test.margin:.3f}".rstrip("0")
    figures = f"student − teacher = {_inside(test.difference)}"
    if test.state == "undefined":
        return f"its AUC cannot be compared ({test.difference.method})"
    if test.difference.method == "identical rankings":
        return "both networks rank these cases in exactly the same order"
    if test.state == "better":
        return f"its AUC is higher ({figures})"
    if test.state == "worse":
        return f"its AUC is lower by more than {margin} ({figures})"
    if test.state == "not_worse":
        lower = "is a little lower, but " if test.difference.high < 0 else "is "
        return f"its AUC {lower}not worse by more than {margin} ({figures})"
    lower = "its AUC is lower, and " if test.difference.high < 0 else ""
    return f"{lower}a loss of more than {margin} in AUC is not ruled out ({figures})"


def _sensitivity_clause(test: NonInferiority) -> str:
    margin = f"{test.margin * 100:.1f}".removesuffix(".0")
    figures = _inside(test.difference, digits=1, scale=100, unit=" points")
    if test.state == "undefined":
        return f"its sensitivity cannot be compared ({test.difference.method})"
    if test.state == "better":
        return f"its sensitivity is higher ({figures})"
    if test.state == "worse":
        return f"its sensitivity is lower by more than {margin} points ({figures})"
    if test.state == "not_worse":
        return f"its sensitivity is not worse by more than {margin} points ({figures})"
    lower = "its sensitivity is lower, and " if test.difference.high < 0 else ""
    return f"{lower}a loss of more than {margin} points of sensitivity is not ruled out ({figures})"


def _taught_clause(verdict: Verdict) -> str:
    if verdict.control_difference is None:
        return "no control was measured, so what the teacher's lessons were worth is unknown"
    figures = f"student − control = {_inside(verdict.control_difference)}"
    return {
        "helped": f"the teacher's lessons helped ({figures})",
        "harmed": f"the same network does better without the teacher's lessons ({figures})",
        "not_shown": f"the teacher's lessons are not shown to have helped ({figures})",
    }.get(verdict.taught, f"what the lessons were worth is undefined ({figures})")


def describe_needed(verdict: Verdict, noun: str) -> str:
    """How many cases would settle what cannot be told; empty where nothing is open."""
    parts = []
    if verdict.auc.cases_needed:
        parts.append(f"about {_rounded(verdict.auc.cases_needed)} cases of this mixture for the AUC")
    if verdict.sensitivity.cases_needed:
        parts.append(
            f"about {_rounded(verdict.sensitivity.cases_needed)} cases with {noun} for the sensitivity"
        )
    if not parts:
        return ""
    return (
        f"To settle it with these margins: {' and '.join(parts)} (rough; were both networks equally good, "
        "four such studies in five would show it)."
    )


def describe_price(comparison: Comparison) -> str:
    """What a verdict on AUC and sensitivity leaves out: a loss of specificity, where one is shown."""
    table = comparison.tables.get("teacher")
    if table is None or not table[1].difference.high < 0:
        return ""
    figures = _inside(table[1].difference, digits=1, scale=100, unit=" points")
    return f"At these thresholds the student flags more of the others: specificity {figures}."


def _rounded(count: int) -> str:
    """Two leading digits are all that a rough figure is worth."""
    step = 10 ** max(len(str(count)) - 2, 0)
    return f"{round(count / step) * step:,}"


def describe_auc(test: AucComparison, other: str) -> str:
    """Both areas and the test of their difference.

    Args:
        test: the student's first.
        other: ``"teacher"`` or ``"control"``.
    """
    if test.state == "undefined":
        return f"AUC: {test.difference.method}."
    if test.state == "identical":
        return f"AUC: student and {other} rank every case alike ({with_limits(test.first, digits=3)})."
    areas = (
        f"AUC: student {with_limits(test.first, digits=3)}, {other} {with_limits(test.second, digits=3)}; "
        f"difference {signed_with_limits(test.difference)}"
    )
    return f"{areas}, {p_value(test.p)} (DeLong)." if test.state == "ok" else f"{areas}."


def describe_found(table: FoundTable, right: str, other: str = "teacher") -> str:
    """How many each network judged rightly, the difference and McNemar's test.

    Args:
        table: of the student against another network.
        right: what judging rightly is, for example ``"finds"``.
        other: ``"teacher"`` or ``"control"``.
    """
    if not table.n:
        return "No such cases."
    student, of_other = table.both + table.only_first, table.both + table.only_second
    text = (
        f"The student {right} {student} of {table.n}, the {other} {of_other}: "
        f"{in_points(table.difference)}; McNemar's test {p_value(table.mid_p)} "
        f"(mid-p; exact {p_value(table.exact_p)})."
    )
    if table.groups < table.n:
        text += (
            f" The {table.n} cases are {table.groups} groups (same lesion, patient or picture): the "
            "limits count groups, the test takes cases for independent."
        )
    return text


def p_value(p: float) -> str:
    """``"p = 0.45"``, ``"p = 0.003"``, ``"p < 0.001"``."""
    if math.isnan(p):
        return "p undefined"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


FEW_POSITIVES = 30
"""Below so many, DeLong's limits of a high AUC are a little short, see docs/decisions.md."""


def describe_few(comparison: Comparison, noun: str) -> str:
    """What to make of AUC limits that rest on few positive cases; empty where there are enough."""
    if not 0 < comparison.positives < FEW_POSITIVES:
        return ""
    return (
        f"Limits of the AUC rest on {count_of(comparison.positives, noun)} and are a little short: in "
        "simulations a loss of exactly the margin passed for a smaller one in 4 to 9 of 100 studies, where "
        "2.5 are meant."
    )


def describe_changes(
    changes: ChangedCases, noun: str, *, positives: int | None = None, negatives: int | None = None
) -> str:
    """What the change of network costs or saves in 1,000 cases like these.

    Args:
        changes: from the comparison.
        noun: what a positive case is called, singular.
        positives, negatives: how many cases of each kind there are; of a kind with 0, nothing is said.
    """
    found = _more(changes.net_found, f"with {noun}")
    alarms = _more(changes.net_alarms, "false alarms")
    if positives == 0:
        return f"In 1,000 such cases, none of them with {noun}, the student raises {alarms} its teacher."
    if negatives == 0:
        return f"In 1,000 such cases, all of them with {noun}, the student finds {found} its teacher."
    return (
        f"In 1,000 cases of this mixture the student finds {found} its teacher, "
        f"and raises {alarms} its teacher."
    )


def _more(interval: Interval, what: str) -> str:
    if not interval.defined:
        number = "an unknown number" if what.startswith("with ") else "an unknown number of"
        return f"{number} {what}, compared with"
    count = round(interval.value)
    limits = f"limits {signed(interval.low, digits=0)} to {signed(interval.high, digits=0)}"
    if math.isnan(interval.low) or math.isnan(interval.high):
        limits = interval.method
    if count == 0:
        return f"as many {what} ({limits}) as"
    return f"{abs(count)} {'more' if count > 0 else 'fewer'} {what} ({limits}) than"


def describe_fairness(rows: Sequence[CalibrationComparison]) -> str:
    """Whether "distillation improves calibration" survives an equal correction of both networks."""
    found = {(row.metric, row.stage): row.differences.get("teacher") for row in rows}
    before, after = found.get(("brier", "as_trained")), found.get(("brier", "scaled"))
    if before is None or after is None or not (before.defined and after.defined):
        return "Calibration cannot be compared on these cases."
    first, second = _closer(before), _closer(after)
    if first == second:
        claim = f"Both as trained and after each network has its own temperature, the student's {first}"
    else:
        claim = f"As trained, the student's {first}; after each network has its own temperature, its {second}"
    return (
        f"{claim} (Brier score, student − teacher: {_inside(before)} as trained; {_inside(after)} after; "
        "below 0 favours the student)."
    )


def _closer(interval: Interval) -> str:
    if interval.high < 0:
        return "probabilities are closer to the truth than its teacher's"
    if interval.low > 0:
        return "probabilities are further from the truth than its teacher's"
    return "probabilities are not shown to be closer to the truth than its teacher's, nor further from it"

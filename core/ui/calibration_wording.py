"""What calibration records mean, in plain words; no Streamlit here, so that every sentence is tested."""

from __future__ import annotations

import math

from core.figures.nouns import state
from core.figures.wording import NO_BREAK, ROLE_TITLES, name_role, of_100, percent, percent_with_limits
from core.types import (
    EceByBins,
    Interval,
    MapMethod,
    OverallCalibration,
    Recalibration,
    ReliabilityBin,
    Role,
)

RANGES = ((0.1, 0.3), (0.0, 0.1), (0.3, 0.5), (0.5, 1.0), (0.0, 1.0))
"""Ranges of probability for the first sentence: the first one where every network has enough cases."""

MAP_TITLES: dict[MapMethod, str] = {
    "as_shipped": "As shipped",
    "as_trained": "As trained",
    "temperature": "Temperature",
    "platt": "Platt scaling",
    "isotonic": "Isotonic",
}
MAP_EXPLANATIONS: dict[MapMethod, str] = {
    "as_shipped": "The probabilities of this application, unchanged.",
    "as_trained": "The probabilities before this pair's own temperature was applied.",
    "temperature": "One number makes all probabilities bolder or more timid. The order of the classes stays.",
    "platt": "A straight line on the log odds: shifts and stretches. The order of the cases stays.",
    "isotonic": "Any curve that never falls. It needs many cases and makes many probabilities equal.",
}
_SAME, _NOTHING = 0.005, 0.0005
_HUNDRED = 100


def describe_share(part: ReliabilityBin, role: Role, noun: str) -> str:
    """What a network says, and how often it turned out true, for one range of probability that has cases.

    With fewer than 100 cases the counts themselves are named, as "50 of 100" would promise more.
    """
    said, share = f"{part.mean_prob * 100:.0f}{NO_BREAK}%", part.observed.value
    often = of_100(share) if part.n >= _HUNDRED else f"{round(share * part.n)} of {part.n}"
    return (
        f"When the {name_role(role)} says about {said}, {often} such cases turn out to {state('be', noun)}."
    )


def describe_basis(part: ReliabilityBin) -> str:
    """Limits and cases behind :func:`describe_share`."""
    seen = part.observed
    few = "; few cases, read with care" if part.state == "few" else ""
    limits = (
        seen.method
        if math.isnan(seen.low) or math.isnan(seen.high)
        else f"{seen.level * 100:.0f}{NO_BREAK}% limits {seen.low * 100:.0f} to {seen.high * 100:.0f} of 100"
    )
    return f"{limits}; n = {part.n} cases given {_range(part)}{few}"


def judge_overall(overall: OverallCalibration, role: Role, noun: str) -> str:
    """Too high, too low, too extreme, too timid, or no sign of either: one sentence on all cases."""
    start = (
        f"Over all cases the {name_role(role)} says {percent(overall.mean_prob)} on average, and "
        f"{percent_with_limits(overall.observed)} {state('are', noun)}"
    )
    if not overall.intercept.defined:
        return f"{start}; more cannot be said, as {_reason(overall.intercept)}."
    faults = []
    if side := _side(overall.intercept, 0):
        faults.append("too low" if side > 0 else "too high")
    if overall.slope.defined and (side := _side(overall.slope, 1)):
        faults.append("too extreme" if side < 0 else "too timid")
    if faults:
        return f"{start}: its probabilities are {' and '.join(faults)}, beyond what chance explains."
    return f"{start}: no sign that its probabilities are too high, too low, too extreme or too timid."


def judge_ece(found: EceByBins, bins: int, role: Role) -> str:
    """Whether the calibration error is more than what few cases alone would show."""
    at = found.bins.tolist().index(bins)
    ece, low, high = (float(x[at]) for x in (found.ece, found.chance_low, found.chance_high))
    start = (
        f"**{ROLE_TITLES[role]}:** the average gap is {ece * 100:.1f} points with {bins} bins. A perfectly "
        f"calibrated network would show {low * 100:.1f} to {high * 100:.1f} on as many cases"
    )
    if ece > high:
        return f"{start}: **more than chance explains**."
    return f"{start}: **within what chance explains**."


def judge_map(result: Recalibration, method: MapMethod, role: Role, noun: str, gap: str = "ece") -> str:
    """What a map does to the average gap of cases that it was not fitted on; ``gap`` names the error."""
    temperature = result.map.parameters.get("temperature")
    if method == "temperature" and temperature is not None and abs(temperature - 1) < _SAME:
        return (
            "The pair already ships with the temperature that suits these "
            f"{result.map.n:,} validation cases: fitting it again changes nothing."
        )
    change = result.differences[gap]
    fitted = (
        f"{MAP_TITLES[method]}, fitted on {result.map.n:,} validation cases ({result.map.n_positive:,} with "
        f"{noun}),"
        if result.map.n
        else "Taking the pair's own temperature back"
    )
    if not change.defined:
        return f"What it changes cannot be measured here: {_reason(change)}."
    if abs(change.value) < _NOTHING:
        return f"{fitted} leaves the {name_role(role)}'s average gap as it is."
    verb = "lowers" if change.value < 0 else "raises"
    size = abs(change.value) * 100
    effect = f"{fitted} {verb} the {name_role(role)}'s average gap by {size:.1f} points"
    if math.isnan(change.low) or math.isnan(change.high):
        return f"{effect} ({change.method})."
    limits = f"{change.level * 100:.0f}{NO_BREAK}% limits {_points(change.low)} to {_points(change.high)}"
    certain = "beyond chance" if _side(change, 0) else "which may be chance"
    return f"{effect} ({limits}), {certain}."


def _range(part: ReliabilityBin) -> str:
    return f"{part.low * 100:.0f} to {part.high * 100:.0f}{NO_BREAK}%"


def _points(share: float) -> str:
    return show_number(share * 100, 1)


def describe_ties(before: int, after: int, n: int) -> str | None:
    """That a map made many probabilities equal, from the numbers of different ones; None where it did not."""
    if after > before / 2:
        return None
    return (
        f"It gives these {n:,} cases only {after:,} different probabilities (before: {before:,}), so many "
        "cases can no longer be ranked against each other."
    )


def show_number(value: float, digits: int) -> str:
    """A number with a true minus sign; what rounds to 0 has no sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _side(interval: Interval, ideal: float) -> int:
    """1 where both limits lie above the ideal, -1 where both lie below, else 0."""
    return int(interval.low > ideal) - int(interval.high < ideal)


def _reason(interval: Interval) -> str:
    reason = interval.method.removeprefix("undefined: ")
    return {"one class only": "all cases are of one kind"}.get(reason, reason)

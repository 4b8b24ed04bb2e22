"""What the checks of a heat map found, for readers who know pictures and not networks."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.figures.wording import LIMITS, signed
from core.types import CheckName, Trust, TrustCheck, TrustState

TRUST_TITLES: Mapping[TrustState, str] = {
    "holds": "Passed every check",
    "unshown": "Not shown to be right",
    "fails": "Failed a check",
}
TRUST_MARKS: Mapping[TrustState, str] = {"holds": "✓", "unshown": "?", "fails": "✗"}
"""Beside the words, never instead of them."""

CHECK_TITLES: Mapping[CheckName, str] = {
    "not_degenerate": "Shows something",
    "planted_spot": "Finds a known spot",
    "faithful": "Marks what counts",
    "stable": "Lasts when the picture hardly changes",
    "learned": "Depends on what was learned",
}

WHAT_IT_MEANS = (
    "Passing every check does not make a map right: no check spoke against it. The checks are about the "
    "network's answer, which may itself be wrong."
)


def title_trust(state: TrustState) -> str:
    """A badge of a few words."""
    return TRUST_TITLES[state]


def describe_trust(trust: Trust, *, finding: str) -> tuple[str, ...]:
    """One sentence a check, in order.

    Args:
        trust: of one map.
        finding: the class explained as it stands inside a sentence, for example ``"melanoma"``.
    """
    return tuple(describe_check(check, trust, finding=finding) for check in trust.checks)


def describe_check(check: TrustCheck, trust: Trust, *, finding: str) -> str:
    """What one check found, with its number, in a sentence or two.

    Args:
        check: one of ``trust.checks``.
        trust: of the same map.
        finding: as in :func:`describe_trust`.
    """
    if check.name == "not_degenerate":
        return _describe_soundness(check)
    if check.name == "planted_spot":
        return _SPOT[check.state]
    if check.name == "faithful":
        return _describe_faithfulness(check, trust, finding)
    if check.name == "stable":
        return _describe_stability(check, trust)
    return _describe_learning(check)


def explain_hiding(trust: Trust) -> str:
    """Why a map is hidden until asked for, in a sentence; empty where no check failed."""
    failed = {check.name: check for check in trust.checks if check.state == "fails"}
    if not failed:
        return ""
    clauses = [
        f"it {check.reason}" if name == "not_degenerate" else _HIDING[name] for name, check in failed.items()
    ]
    return f"Hidden, because {_join(clauses)}. A picture like this would mislead more than it shows."


_HIDING: Mapping[CheckName, str] = {
    "planted_spot": "the method that drew it misses a spot that it should find",
    "faithful": "what it marks counts less for the answer than places picked at random",
    "stable": "it becomes another map when the picture hardly changes",
    "learned": "it hardly depends on what the network learned",
}

_SPOT: Mapping[TrustState, str] = {
    "holds": "In test networks that answer by a red spot, the method marks that spot.",
    "unshown": "Whether the method marks the spot by which test networks answer was not tried.",
    "fails": "In test networks that answer by a red spot, the method marks another place.",
}


def _describe_soundness(check: TrustCheck) -> str:
    if check.state == "fails":
        return f"The map {check.reason}."
    if check.state == "unshown":
        return "The map is empty: there is nothing in it that could be right or wrong."
    return "The map marks some places more than others."


def _describe_faithfulness(check: TrustCheck, trust: Trust, finding: str) -> str:
    curves = trust.faithfulness
    if curves is None or check.reason:
        return f"Whether the map marks what counts for {finding} is not shown: {check.reason}."
    count, gaps = len(curves.random_gaps), curves.random_gaps
    measured = (
        f"With only the marked places shown, {finding} is {_points(check.value)} than with only the others "
        "shown, on average over how much counts as marked"
    )
    if check.state == "holds":
        return (
            f"{measured}; that is more than with any of {count} random orders of places "
            f"({signed(100 * float(gaps.max()), digits=1)} at most)."
        )
    if check.state == "fails":
        return (
            f"{measured}; that is worse than with any of {count} random orders of places "
            f"({signed(100 * float(gaps.min()), digits=1)} at worst)."
        )
    spread = f"{signed(100 * float(gaps.min()), digits=1)} to {signed(100 * float(gaps.max()), digits=1)}"
    return f"{measured}; {count} random orders of places give {spread}, so that chance would do as well."


def _points(gap: float) -> str:
    """``"15.3 percentage points more probable"``."""
    return f"{abs(100 * gap):.1f} percentage points {'less' if gap < 0 else 'more'} probable"


def _describe_stability(check: TrustCheck, trust: Trust) -> str:
    if not trust.stability:
        return f"Whether the map lasts when the picture hardly changes is not shown: {check.reason}."
    words, lowest = min(trust.stability, key=lambda entry: entry[1])
    opening = {
        "holds": "The map stays much the same when the picture hardly changes",
        "unshown": "The map changes more than it should when the picture hardly changes",
        "fails": "The map becomes another one when the picture hardly changes",
    }[check.state]
    note = f" {check.reason[0].upper()}{check.reason[1:]}." if check.reason else ""
    return (
        f"{opening}: {_rho(lowest)} with the picture {words} (1 is the same order of places, 0 none).{note}"
    )


def _describe_learning(check: TrustCheck) -> str:
    if check.reason:
        return f"Whether the map depends on what the network learned is not shown: {check.reason}."
    found = check.over_cases
    measured = _rho(check.value)
    if found is not None:
        limits = f"{LIMITS} {_number(found.low)} to {_number(found.high)}"
        measured += f" over {found.n} held-out pictures ({limits})"
    if check.state == "fails":
        return f"With the network's weights shuffled, such maps look much the same: {measured}."
    if check.state == "unshown":
        return f"With the network's weights shuffled, such maps keep some of their order: {measured}."
    return f"With the network's weights shuffled, such maps come out different: {measured}."


def _rho(value: float) -> str:
    if math.isnan(value):
        return "ρ unknown"
    return f"ρ = {_number(value)}"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−").replace("−0.00", "0.00")


def _join(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"

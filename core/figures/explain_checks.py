"""What came of a map's checks, in words for a reader who must decide whether to believe it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.types import CheckName, Trust, TrustCheck, TrustState

MARKS: Mapping[TrustState, str] = {
    "holds": "✓ passed its checks",
    "unshown": "? not shown",
    "fails": "✕ failed a check",
}
"""With a sign of its own each, so that no colour is needed."""

TITLES: Mapping[TrustState, str] = {
    "holds": "Passed its checks",
    "unshown": "Not shown to be right or wrong",
    "fails": "Failed a check",
}

_ASKED: Mapping[CheckName, str] = {
    "not_degenerate": "Is there a map at all?",
    "planted_spot": "Does the method find a planted spot?",
    "faithful": "Do the marked places matter to the answer?",
    "stable": "Does the map survive mirroring and slight noise?",
    "learned": "Does the map depend on what the network learned?",
}
_ANSWERS: Mapping[TrustState, str] = {"holds": "yes", "unshown": "not shown", "fails": "no"}


def describe_check(check: TrustCheck) -> str:
    """Question, answer, and what was measured, in one line."""
    details = []
    if math.isfinite(check.value):
        measured = _number(check.value)
        limit = f", held against {_number(check.limit)}" if math.isfinite(check.limit) else ""
        details.append(f"measured {measured}{limit}")
    if check.reason:
        details.append(check.reason)
    end = f" ({'; '.join(details)})" if details else ""
    return f"{_ASKED[check.name]} {_ANSWERS[check.state]}{end}"


def describe_trouble(trust: Trust) -> str:
    """The first failed check, or the first that shows nothing; empty where all hold."""
    for state in ("fails", "unshown"):
        for check in trust.checks:
            if check.state == state:
                return f"{describe_check(check)}."
    return ""


def describe_curves(trust: Trust) -> str:
    """The areas under deletion and insertion curves, against random orders; empty where there are none."""
    found = trust.faithfulness
    if found is None:
        return ""
    return (
        f"Taking the marked places away first leaves an area of {found.deletion_auc:.2f} under the "
        f"probability (random orders: {found.random_deletion_aucs.min():.2f} to "
        f"{found.random_deletion_aucs.max():.2f}; lower is better); giving them back first, "
        f"{found.insertion_auc:.2f} (random orders: {found.random_insertion_aucs.min():.2f} to "
        f"{found.random_insertion_aucs.max():.2f}; higher is better)."
    )


def _number(value: float) -> str:
    text = f"{abs(value):.2f}"
    return f"−{text}" if value < 0 and float(text) else text

"""Numbers as people read them; figures and pages say them the same way."""

from __future__ import annotations

import math

from core.types import Interval, Role

NO_BREAK = "\N{NO-BREAK SPACE}"
"""Before a per cent sign, which must not begin a line alone."""

LIMITS = f"95{NO_BREAK}% limits"
"""What the uncertainty of a figure is called on every page."""

ROLE_TITLES: dict[Role, str] = {
    "teacher": "Teacher",
    "student": "Student",
    "second_student": "Second student",
    "control": "Control",
}


def name_role(role: Role) -> str:
    """A role inside a sentence, for example ``"second student"``."""
    return ROLE_TITLES[role].lower()


def all_networks(count: int) -> str:
    """The networks of a pair together inside a sentence: ``"both networks"``, ``"all networks"``."""
    return "both networks" if count == 2 else "all networks"


def percent(share: float) -> str:
    """A share in [0, 1] as per cent with one decimal; what rounds to 0 or 100 but is not, says so."""
    if 0 < share < 0.0005:
        return f"<{NO_BREAK}0.1{NO_BREAK}%"
    if 0.9995 < share < 1:
        return f">{NO_BREAK}99.9{NO_BREAK}%"
    return f"{share * 100:.1f}{NO_BREAK}%"


def of_100(share: float) -> str:
    """A share in [0, 1] as a natural frequency, for example ``"90 of 100"``."""
    return "an unknown number of 100" if math.isnan(share) else f"{share * 100:.0f} of 100"


def with_limits(interval: Interval, *, digits: int = 2) -> str:
    """``"0.84 (0.80–0.88)"``; where it is undefined, the reason in words."""
    if not interval.defined:
        return interval.method
    if math.isnan(interval.low) or math.isnan(interval.high):
        return f"{interval.value:.{digits}f} ({interval.method})"
    return f"{interval.value:.{digits}f} ({interval.low:.{digits}f}–{interval.high:.{digits}f})"


def percent_with_limits(interval: Interval) -> str:
    """``"88.0 % (80.9–92.7)"``; where it is undefined, the reason in words."""
    if not interval.defined:
        return interval.method
    if math.isnan(interval.low) or math.isnan(interval.high):
        return f"{percent(interval.value)} ({interval.method})"
    return f"{percent(interval.value)} ({interval.low * 100:.1f}–{interval.high * 100:.1f})"


def signed(value: float, *, digits: int = 3) -> str:
    """``"+0.010"``, ``"−0.007"``; what rounds to nothing has no sign."""
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def signed_with_limits(interval: Interval, *, digits: int = 3, scale: float = 1.0, unit: str = "") -> str:
    """``"−0.007 (−0.027 to +0.012)"``; where it is undefined or has no limits, the reason in words."""
    if not interval.defined:
        return interval.method
    value = signed(interval.value * scale, digits=digits) + unit
    if math.isnan(interval.low) or math.isnan(interval.high):
        return f"{value} ({interval.method})"
    low, high = (signed(limit * scale, digits=digits) for limit in (interval.low, interval.high))
    return f"{value} ({low} to {high})"


def in_points(interval: Interval) -> str:
    """A difference of shares in percentage points, ``"+1.7 points (−4.0 to +7.4)"``."""
    return signed_with_limits(interval, digits=1, scale=100, unit=" points")

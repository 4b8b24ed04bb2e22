"""Numbers as people read them; figures and pages say them the same way."""

from __future__ import annotations

import math


def percent(share: float) -> str:
    """A share in [0, 1] as per cent with one decimal; what rounds to 0 or 100 but is not, says so."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 < share < 1:
        return "> 99.9 %"
    return f"{share * 100:.1f} %"


def of_100(share: float) -> str:
    """A share in [0, 1] as a natural frequency, for example ``"90 of 100"``."""
    return "an unknown number of 100" if math.isnan(share) else f"{share * 100:.0f} of 100"

"""Colours that read on a light and on a dark page, and for readers with colour vision deficiency."""

from __future__ import annotations

from plotly.colors import sample_colorscale

from core.types import Role

POSITIVE = "#D55E00"
"""Vermilion of Okabe and Ito: the finding that must not be missed."""

OTHER = "#7C8F98"
"""Slate: every other finding."""

TRACK = "rgba(124, 143, 152, 0.18)"
"""What a bar runs in."""

ROLE_COLOURS: dict[Role, str] = {
    "teacher": "#2A87C2",
    "student": "#D55E00",
    "second_student": "#A83C84",
    "control": "#7C8F98",
}
"""Blue, vermilion, plum and slate: told apart with any colour vision, and at 3 : 1 or more on light and dark
pages; dashes and symbols say the same."""

ROLE_DASHES: dict[Role, str] = {
    "teacher": "solid",
    "student": "dash",
    "second_student": "dashdot",
    "control": "dot",
}
ROLE_SYMBOLS: dict[Role, str] = {
    "teacher": "square",
    "student": "circle",
    "second_student": "triangle-up",
    "control": "diamond",
}

BOTH, BOTH_DASH = "#F0E442", "dot"
"""Yellow of Okabe and Ito: what two networks have in common, drawn over a picture on a dark halo."""

RULE = "rgba(124, 143, 152, 0.45)"

_STOPS = 24
_CLEAR_BELOW, _FULL_FROM = 0.08, 0.45


def evidence_colorscale() -> list[list[float | str]]:
    """Viridis (perceptually uniform, colour-blind-safe), fading out where there is little evidence.

    Returns:
        Plotly colour scale: [position in [0, 1], ``"rgba(...)"``] from nothing (clear) to most (yellow).
    """
    scale: list[list[float | str]] = []
    positions = [stop / _STOPS for stop in range(_STOPS + 1)]
    for position, rgb in zip(positions, sample_colorscale("Viridis", positions), strict=True):
        ramp = min(max((position - _CLEAR_BELOW) / (_FULL_FROM - _CLEAR_BELOW), 0.0), 1.0)
        alpha = ramp * ramp * (3 - 2 * ramp)
        scale.append([position, rgb.replace("rgb(", "rgba(").replace(")", f", {alpha:.3f})")])
    return scale

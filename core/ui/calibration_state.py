"""Which division of the cases, and which bin of which network, the page about calibration shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from core.types import Binning, ReliabilityCurve, Role

ROLE_KEY = "calibration_role"


@dataclass(frozen=True)
class Division:
    """How the reader cuts the cases.

    Attributes:
        bins, binning: number and kind of bins.
        end: where the axes end, in (0, 1].
        cases: names the cases that are cut, so that a bin of others is never taken for one of these.
    """

    bins: int
    binning: Binning
    end: float
    cases: str

    @property
    def gap(self) -> str:
        """Name of the calibration error over such bins in the metric registry."""
        return "ece" if self.binning == "width" else "ece_equal_mass"

    @property
    def name(self) -> str:
        """For keys of widgets that belong to this division."""
        return f"{self.bins}_{self.binning}_{self.cases}"


def student_first(roles: Iterable[Role]) -> list[Role]:
    """The roles, the student before the others."""
    return sorted(roles, key=lambda role: role != "student")


def bin_key(role: Role, division: Division) -> str:
    """Key of the widget that chooses a bin."""
    return f"calibration_bin_{role}_{division.name}"


def find_marked(role: Role, roles: Iterable[Role], division: Division, curve: ReliabilityCurve) -> int | None:
    """Index of the bin whose cases are listed; None for the roles whose cases are not."""
    if st.session_state.get(ROLE_KEY, student_first(roles)[0]) != role:
        return None
    chosen = st.session_state.get(bin_key(role, division))
    return find_first_bin(curve) if chosen is None else chosen


def find_first_bin(curve: ReliabilityCurve) -> int:
    """The bin of 20 %, or the fullest one where that is empty."""
    at = next(index for index, part in enumerate(curve.bins) if part.high > 0.2)
    return at if curve.bins[at].n else max(range(len(curve.bins)), key=lambda index: curve.bins[index].n)


def take_click(key: str, role: Role, division: Division) -> None:
    """Put the bin that was clicked on in a diagram on screen; a click beside the points changes nothing."""
    points = st.session_state[key].selection.points
    if points and "customdata" in points[0]:
        st.session_state[ROLE_KEY] = role
        st.session_state[bin_key(role, division)] = int(points[0]["customdata"][0])

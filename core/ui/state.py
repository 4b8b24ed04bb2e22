"""What one browser session knows: its cases and what was computed for them; nothing outlives the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from core.figures.panels import Backdrop
from core.types import (
    AttentionMaps,
    Case,
    FamiliarityVerdict,
    Heatmap,
    LatencyReport,
    MapAgreement,
    Prediction,
    QualityVerdict,
    Refusal,
    RegionNotes,
    Trust,
    WindowSensitivity,
)

if TYPE_CHECKING:
    from core.explain.faithfulness import RandomReference
    from core.explain.subject import Subject

_READING, _REFUSED, _UPLOADS = "reading", "refused_files", "uploads"
_CASES, _KEPT = "uploaded_cases", "kept_readings"
_MOST = 8
"""Readings that are kept of one upload, so that going back to a slice asks nothing twice; the oldest goes."""


@dataclass
class Reading:
    """One case and its results, keyed by the SHA-256 of the network's file and what was asked of it."""

    case: Case
    predictions: dict[tuple[str, ...], Prediction] = field(default_factory=dict)
    heatmaps: dict[tuple[str, ...], Heatmap] = field(default_factory=dict)
    map_errors: dict[tuple[str, ...], str] = field(default_factory=dict)
    trusts: dict[tuple[str, ...], Trust] = field(default_factory=dict)
    check_errors: dict[tuple[str, ...], str] = field(default_factory=dict)
    references: dict[str, Mapping[str, RandomReference]] = field(default_factory=dict)
    agreements: dict[tuple[str, ...], tuple[MapAgreement, RegionNotes]] = field(default_factory=dict)
    pass_seconds: dict[str, float] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    attention: dict[tuple[str, ...], AttentionMaps | None] = field(default_factory=dict)
    backdrops: dict[str, Backdrop] = field(default_factory=dict)
    latency: dict[tuple[str, ...], tuple[LatencyReport, ...]] = field(default_factory=dict)
    sweeps: dict[tuple[str, ...], WindowSensitivity] = field(default_factory=dict)
    maps_drawn: bool = False
    verdict: QualityVerdict | None = None
    familiarity: dict[str, FamiliarityVerdict] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """Files of the last upload that were not read, and whether any other file of it was."""

    files: tuple[Refusal, ...] = ()
    others_read: bool = False


def get_reading() -> Reading | None:
    """The case on screen, None before the first one."""
    return st.session_state.get(_READING)


def set_case(case: Case) -> Reading:
    """Put a case on screen that stands alone; everything known of other cases and files is forgotten."""
    set_cases((case,), case)
    set_refused(Refused())
    return st.session_state[_READING]


def set_cases(cases: Sequence[Case], first: Case) -> Reading:
    """Keep the cases of one upload and put one on screen; those of an earlier upload are forgotten."""
    st.session_state[_CASES] = tuple(cases)
    st.session_state[_KEPT] = {}
    st.session_state[_READING] = None
    return show_case(first)


def show_case(case: Case) -> Reading:
    """Put one of :func:`get_cases` on screen, with what is known of it.

    Times measured on one slice of a series are those of the series: they depend on its size alone.
    """
    kept: dict[str, Reading] = st.session_state[_KEPT]
    before, reading = get_reading(), kept.pop(case.case_id, None) or Reading(case)
    if before is not None and case.series and before.case.series == case.series:
        reading.latency = before.latency
    kept[case.case_id] = st.session_state[_READING] = reading
    while len(kept) > _MOST:
        del kept[next(iter(kept))]
    return reading


def get_cases() -> tuple[Case, ...]:
    """Every case that may be put on screen: those of the last upload, or a sample alone."""
    return st.session_state.get(_CASES, ())


def get_refused() -> Refused:
    """What was not read of the last upload."""
    return st.session_state.get(_REFUSED, Refused())


def set_refused(refused: Refused) -> None:
    """Remember what was not read; the case on screen stays."""
    st.session_state[_REFUSED] = refused


def uploader_key() -> str:
    """Key of the upload widget; a new one after :func:`empty_uploader`."""
    return f"upload_{st.session_state.get(_UPLOADS, 0)}"


def empty_uploader() -> None:
    """Replace the upload widget by a fresh one, so that it shows no file and keeps none in memory."""
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1

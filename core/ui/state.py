"""What one browser session knows: its case and what was computed for it; nothing outlives the session."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from core.errors import TwinLensError
from core.figures.panels import Backdrop
from core.types import AttentionMaps, Case, Heatmap, LatencyReport, Prediction, QualityVerdict

_READING, _ERROR, _UPLOADS = "reading", "intake_error", "uploads"


@dataclass
class Reading:
    """One case and its results, keyed by the SHA-256 of the network's file and what was asked of it."""

    case: Case
    predictions: dict[tuple[str, ...], Prediction] = field(default_factory=dict)
    heatmaps: dict[tuple[str, ...], Heatmap] = field(default_factory=dict)
    attention: dict[tuple[str, ...], AttentionMaps | None] = field(default_factory=dict)
    backdrops: dict[str, Backdrop] = field(default_factory=dict)
    latency: dict[tuple[str, ...], tuple[LatencyReport, ...]] = field(default_factory=dict)
    maps_drawn: bool = False
    verdict: QualityVerdict | None = None


def get_reading() -> Reading | None:
    """The case on screen, None before the first one."""
    return st.session_state.get(_READING)


def set_case(case: Case) -> Reading:
    """Put a case on screen; everything known of the previous one is forgotten."""
    st.session_state[_READING] = Reading(case)
    st.session_state[_ERROR] = None
    return st.session_state[_READING]


def get_error() -> TwinLensError | None:
    """Why the last file was not read, None if it was."""
    return st.session_state.get(_ERROR)


def set_error(error: TwinLensError | None) -> None:
    """Remember why a file was not read; the case on screen stays."""
    st.session_state[_ERROR] = error


def uploader_key() -> str:
    """Key of the upload widget; a new one after :func:`empty_uploader`."""
    return f"upload_{st.session_state.get(_UPLOADS, 0)}"


def empty_uploader() -> None:
    """Replace the upload widget by a fresh one, so that it shows no file and keeps none in memory."""
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1

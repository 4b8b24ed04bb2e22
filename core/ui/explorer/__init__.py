"""The threshold explorer: a small component of our own, because a drag must be followed without the server.

A Plotly slider would follow a drag too, but it cannot tell the server where it was let go, cannot be typed
into, and cannot hold a table that a screen reader reads. Everything it shows is computed in ``core``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.ui.explorer.choice import ExplorerChoice

_FOLDER = Path(__file__).resolve().parent
_AIM = "explorer_aim"
_SCRIPTS = ("charts.js", "readout.js", "explorer.js")


def show_explorer(data: Mapping[str, Any], *, key: str) -> ExplorerChoice:
    """Draw the explorer.

    Args:
        data: from :func:`core.figures.threshold_explorer.build_explorer`.
        key: of the component; names what a probability means in it. Under a new key a threshold is forgotten,
            an aim is kept.

    Returns:
        The choice as of the last time that the reader let go.
    """
    kept = f"{key}_kept"
    start = st.session_state.get(kept) or st.session_state.get(_AIM) or data["choice"]
    result = _component()(data={**data, "choice": start}, key=key, on_choice_change=_note)
    chosen = st.session_state[kept] = result.choice or start
    if chosen["kind"] == "aim":
        st.session_state[_AIM] = chosen
        return ExplorerChoice(chosen["name"], None)
    index = min(max(int(chosen["index"]), 0), len(data["grid"]) - 1)
    return ExplorerChoice(None, float(data["grid"][index]))


def _note() -> None:
    """Streamlit keeps the component's state only where a callback is named."""


@cache
def _component() -> Any:
    read = {path.name: path.read_text(encoding="utf-8") for path in _FOLDER.iterdir() if path.is_file()}
    return st.components.v2.component(
        "twinlens_threshold_explorer",
        html=read["explorer.html"],
        css=read["explorer.css"],
        js="\n".join(read[name] for name in _SCRIPTS),
    )

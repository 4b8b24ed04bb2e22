"""A slice on screen: its window, the viewer, what the file says of the scan, and a copy to keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures.ct_slice import plot_slice, stamp_picture, write_png
from core.modalities.base import Modality
from core.types import Case, Window
from core.ui.frame import NOTICE
from core.ui.plain import escape_markdown
from core.ui.slices import name_place

_WINDOW = "window"
NOT_THEIRS = "not the networks' window"
FIXED = "8-bit picture: its window is fixed and unknown"
_MODEBAR = {
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "toImage"],
}

# A constant of ours; no text of a user ever comes near it. On touch screens a finger scrolls the page.
_STYLE = """<style>
.st-key-twinlens_slice {background: #000000; border-radius: 6px; overflow: hidden;}
.st-key-twinlens_slice [data-testid="stPlotlyChart"] {background: #000000;}
.st-key-twinlens_slice .heatmaplayer image, .st-key-twinlens_slice .imagelayer image
  {image-rendering: pixelated;}
@media (pointer: coarse) {.st-key-twinlens_slice .draglayer {pointer-events: none;}}
</style>"""


@dataclass(frozen=True)
class View:
    """A case as it is shown; the networks see the case itself.

    Attributes:
        pixels: (H, W, 3) uint8.
        stamp: what they are seen through, for every figure that shows them; empty for photographs.
        window: what Hounsfield units are shown in; None without.
    """

    pixels: NDArray[np.uint8]
    stamp: str = ""
    window: Window | None = None


def view_case(case: Case, modality: Modality) -> View:
    """The case in the window that the reader has chosen."""
    trained = modality.trained_window
    if trained is None:
        return View(case.pixels)
    if case.hounsfield is None:
        return View(case.pixels, FIXED)
    chosen = _find_window(modality) or trained
    if chosen == trained:
        return View(case.pixels, trained.stamp, trained)
    return View(chosen.apply(case.hounsfield), f"{chosen.stamp} · {NOT_THEIRS}", chosen)


def show_slice(case: Case, modality: Modality) -> None:
    """Draw warnings, the choice of a window, the slice in it, and a copy of it to keep."""
    st.html(_STYLE)
    for warning in case.warnings:
        st.warning(escape_markdown(warning), icon=":material/warning:")
    if case.hounsfield is not None:
        _choose_window(modality)
    view = view_case(case, modality)
    place = name_place(case)
    with st.container(key="twinlens_slice"):
        st.plotly_chart(
            plot_slice(
                view.pixels,
                stamp=view.stamp,
                corner=place,
                hounsfield=case.hounsfield,
                window=view.window,
                view=case.series or case.case_id,
            ),
            theme=None,
            key="slice_viewer",
            config=_MODEBAR,
            alt=f"The {modality.image_name} that was read. {view.stamp}. {place}",
        )
    st.caption(_explain(case, view, modality))
    st.download_button(
        "Keep this picture (PNG)",
        write_png(stamp_picture(view.pixels, (view.stamp, *((place,) if place else ()), NOTICE))),
        file_name=_name_file(case, view),
        mime="image/png",
        on_click="ignore",
        icon=":material/download:",
        help="The picture as it is shown, with its window written below it. It holds no name of the file and "
        "nothing of the file but pixels.",
    )


def show_facts(case: Case) -> None:
    """What the file says of the scan, and what was dropped; nothing for a case without facts."""
    if not case.facts:
        return
    with st.expander("What the file says of the scan"):
        st.table(
            {
                "What": [escape_markdown(what) for what, _ in case.facts],
                "Value": [escape_markdown(value) for _, value in case.facts],
            },
            border="horizontal",
            hide_header=True,
            hide_index=True,
        )
        st.caption(
            "Nothing else was kept. Names, dates, numbers of patients and studies, and everything else that "
            "may identify a person were dropped while the file was read."
        )


def _find_window(modality: Modality) -> Window | None:
    name = st.session_state.get(_WINDOW)
    return next((window for window in modality.windows if window.name == name), None)


def _choose_window(modality: Modality) -> None:
    trained = modality.windows[0]
    titles = {window.name: window.title for window in modality.windows}
    titles[trained.name] = f":material/check: {trained.title}"
    if _find_window(modality) is None:
        st.session_state[_WINDOW] = trained.name
    st.segmented_control(
        "Window",
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        key=_WINDOW,
        persist_state="session",
        wrap=True,
    )
    st.caption(
        ":material/check: used by the networks. Any other window changes what you see, and nothing else."
    )


def _explain(case: Case, view: View, modality: Modality) -> str:
    if case.hounsfield is None:
        return (
            "This picture holds no Hounsfield units, so its window is fixed, and unknown: other windows "
            "cannot be shown, and the networks may see it through a window they were not trained on."
        )
    trained = modality.trained_window
    shown = "You see the slice in the window of the networks."
    if view.window != trained and trained is not None:
        shown = (
            f"The networks saw the slice in another window ({trained.stamp}); their answers do not change."
        )
    return f"{shown} Under the pointer: Hounsfield units. Drag to enlarge, double-click to go back."


def _name_file(case: Case, view: View) -> str:
    """A name of ours: the reader's file name may hold a patient's."""
    parts = ["twinlens"]
    if case.position:
        parts.append(f"slice-{case.position}")
    parts.append(view.window.name if view.window else "as-stored")
    return "-".join(parts) + ".png"

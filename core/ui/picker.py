"""Choosing a case: a file of the reader's own, or a drawn sample; the last thing chosen is on screen."""

from __future__ import annotations

import streamlit as st

from core.errors import TwinLensError
from core.figures.picture import encode_picture
from core.intake.quality import assess_quality
from core.intake.raster import read_case
from core.intake.synthetic import SAMPLES, draw_sample
from core.modalities.base import Modality
from core.types import Case
from core.ui import state
from core.ui.frame import show_error

FILE_TYPES = ["png", "jpg", "jpeg", "tif", "tiff"]
_SAMPLE = "sample"
_LABEL = "Generated: "


def choose_case(modality: Modality) -> Case:
    """Draw the upload widget and the samples; return the case on screen, at first the first sample."""
    key = state.uploader_key()
    st.file_uploader(
        f"Upload a {modality.image_name}",
        type=FILE_TYPES,
        key=key,
        on_change=_take_upload,
        args=(key, modality.name),
        help="PNG, JPEG or TIFF. The file is read in memory and never stored.",
    )
    if error := state.get_error():
        show_error("This file was not read. The result below is still the previous one.", error)
    reading = state.get_reading()
    if reading is None or reading.case.modality != modality.name:
        reading = _show_first_sample()
    if _SAMPLE not in st.session_state:
        st.session_state[_SAMPLE] = _name_sample(reading.case)
    st.pills(
        "or a generated sample (a drawing, not a patient)",
        list(SAMPLES),
        format_func=_title_sample,
        key=_SAMPLE,
        on_change=_take_sample,
        wrap=True,
    )
    return reading.case


def show_case(case: Case, modality: Modality) -> None:
    """The photograph as uploaded, its name as plain text, and what is to be said of its quality."""
    st.image(
        encode_picture(case.pixels),
        width="stretch",
        alt=f"The {'generated picture' if case.generated else modality.image_name} that was read",
    )
    st.text(case.title)
    if case.generated:
        st.caption(
            ":material/draw: Generated, not a patient. It shows how the page works; what the networks say "
            "of a drawing means nothing."
        )
    else:
        height, width = case.pixels.shape[:2]
        st.caption(" ".join((f"{width} × {height} pixels.", *case.notes)))
        for warning in assess_quality(case):
            st.warning(str(warning), icon=":material/photo_camera:")


def _take_upload(key: str, modality: str) -> None:
    upload = st.session_state.get(key)
    if upload is None:
        # The widget empties itself for a moment when one file replaces another: the case stays on screen.
        state.set_error(None)
        return
    try:
        state.set_case(read_case(upload.getvalue(), title=upload.name, modality=modality))
    except TwinLensError as error:
        state.set_error(error)
        return
    st.session_state[_SAMPLE] = None


def _take_sample() -> None:
    name = st.session_state.get(_SAMPLE)
    if name is not None:
        state.set_case(_sample(name))
        state.empty_uploader()
        return
    reading = state.get_reading()
    st.session_state[_SAMPLE] = _name_sample(reading.case) if reading else None


def _show_first_sample() -> state.Reading:
    first = next(iter(SAMPLES))
    st.session_state[_SAMPLE] = first
    return state.set_case(_sample(first))


def _name_sample(case: Case) -> str | None:
    """Which sample a case is; None for an uploaded one."""
    titles = {sample.title: name for name, sample in SAMPLES.items()}
    return titles.get(case.title) if case.generated else None


def _title_sample(name: str) -> str:
    return SAMPLES[name].title.removeprefix(_LABEL).capitalize()


@st.cache_resource(show_spinner="Drawing the sample …", max_entries=16)
def _sample(name: str) -> Case:
    return draw_sample(name)

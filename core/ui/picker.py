"""Choosing a case: a file of the reader's own, or a sample; the last thing chosen is on screen."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.errors import TwinLensError
from core.figures.field import outline_box
from core.figures.picture import encode_picture
from core.intake.dicom_facts import find_other_kind
from core.intake.samples import list_samples, open_sample
from core.modalities.base import Crop, Modality, Preprocessing
from core.types import Case
from core.ui import gate, state
from core.ui.frame import show_error
from core.ui.plain import escape_markdown
from core.ui.slices import choose_slice
from core.ui.uploads import describe_refusal, offer_upload
from core.ui.windows import show_facts, show_slice

_SAMPLE = "sample"
_CROP_WIDTH, _WORDS_WIDTH = 110, 180
_PARTS: dict[Crop, tuple[str, str]] = {
    "field_of_view": ("the outlined field of view", "No dark surround was found"),
    "body": ("the body, without the table and the air around it", "No body was found"),
}
"""What a crop keeps, and what is said where it keeps everything."""


def choose_case(modality: Modality) -> Case:
    """Draw the upload widget, the samples and the way through several pictures; return the case on screen.

    That is the first sample at first.

    A modality without samples has no case before the first upload; the page then ends here.
    """
    reading = state.get_reading()
    if reading is not None and reading.case.modality != modality.name:
        state.empty_uploader()
        reading = None
    offer_upload(modality)
    reading = reading or _show_first_sample(modality)
    samples = list_samples(modality.name)
    if samples:
        st.session_state[_SAMPLE] = _name_sample(reading.case)
        st.pills(
            _title_samples(modality.name),
            list(samples),
            format_func=lambda name: samples[name].label,
            key=_SAMPLE,
            on_change=_take_sample,
            args=(modality.name,),
            wrap=True,
        )
    return choose_slice(reading.case)


def show_case(case: Case, modality: Modality, *, preprocessing: Preprocessing | None = None) -> None:
    """The photograph, its name as plain text, where it comes from, and the verdict on its quality.

    Args:
        case: on screen.
        modality: of the case.
        preprocessing: of the networks; where it crops, what they see is drawn beside the photograph.
    """
    if modality.windows:
        show_slice(case, modality)
        if preprocessing is not None:
            show_frame(case, preprocessing)
        _show_words(case, modality)
        return
    name = f"The {'generated picture' if case.generated else modality.image_name} that was read"
    if preprocessing is not None:
        _show_crop(case, preprocessing, name)
    else:
        st.image(encode_picture(case.pixels), width="stretch", alt=name)
    _show_words(case, modality)


def show_warnings(case: Case, modality: Modality) -> None:
    """What the file warns of, above the result that it puts in doubt; a slice's stand above the slice.

    That it is of another kind is left to the gate, which does not read it.
    """
    if modality.windows:
        return
    for warning in case.warnings:
        if warning == find_other_kind(case.warnings):
            continue
        st.warning(escape_markdown(warning), icon=":material/warning:")


def _show_words(case: Case, modality: Modality) -> None:
    """The name, the verdict, and what the file says of itself."""
    st.text(case.title)
    _show_verdict(case, modality)
    height, width = case.pixels.shape[:2]
    if case.generated:
        st.caption(
            ":material/draw: Generated, not a patient. It shows how the page works; what the networks say "
            "of a drawing means nothing."
        )
    else:
        st.caption(" ".join((f"{width} × {height} pixels.", *case.notes)))
    if case.source:
        st.caption(f":material/photo_library: {case.source}")
    show_facts(case)


def _show_crop(case: Case, preprocessing: Preprocessing, name: str) -> None:
    box = preprocessing.locate(case.pixels)
    if box is None:
        st.image(encode_picture(case.pixels), width="stretch", alt=name)
        return
    outlined = outline_box(case.pixels, (box.top, box.left, box.height, box.width))
    st.image(encode_picture(outlined), width="stretch", alt=f"{name}, with the field of view outlined")
    show_frame(case, preprocessing)


def show_frame(case: Case, preprocessing: Preprocessing) -> None:
    """What of the picture the networks see, small, with its size in words; nothing without a crop."""
    box = preprocessing.locate(case.pixels)
    if box is None:
        return
    see = "see" if gate.read_verdict(case).readable else "would see"
    part, lacking = _PARTS[preprocessing.crop]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        frame = encode_picture(np.ascontiguousarray(box.crop(case.pixels)))
        st.image(frame, width=_CROP_WIDTH, alt=f"The part of it that the networks {see}")
        with st.container(width=_WORDS_WIDTH):
            if box.found and (box.height, box.width) == case.pixels.shape[:2]:
                st.caption(f"Nothing had to be cut away: the networks {see} the whole picture")
            elif box.found:
                st.caption(f"The networks {see} {part}: {box.width} × {box.height} pixels")
            else:
                st.caption(f"{lacking}: the networks {see} the whole picture")


def _show_verdict(case: Case, modality: Modality) -> None:
    verdict = gate.read_verdict(case)
    words = gate.describe_state(verdict, modality)
    if not verdict.readable:
        st.caption(f":material/block: **{words}**")
    elif case.generated or not verdict.measures:
        return
    elif verdict.state == "gradable":
        st.caption(f":material/check_circle: **{words}**: every measure is in its usual range.")
    for reason in verdict.reasons if verdict.state == "doubtful" else ():
        st.warning(reason, icon=":material/photo_camera:")


def _take_sample(modality: str) -> None:
    name = st.session_state.get(_SAMPLE)
    if name is None:
        reading = state.get_reading()
        st.session_state[_SAMPLE] = _name_sample(reading.case) if reading else None
        return
    try:
        case = _sample(modality, name)
    except TwinLensError as error:
        state.set_refused(state.Refused((describe_refusal(error),)))
        return
    state.set_case(case)
    state.empty_uploader()


def _show_first_sample(modality: Modality) -> state.Reading:
    """The first sample becomes the case; without one there is nothing to show before an upload."""
    for name in list_samples(modality.name):
        try:
            case = _sample(modality.name, name)
        except TwinLensError as error:
            show_error("The sample case cannot be read.", error)
            break
        st.session_state[_SAMPLE] = name
        return state.set_case(case)
    st.info(f"Upload a {modality.image_name} to begin.", icon=":material/upload:")
    st.stop()


def _title_samples(modality: str) -> str:
    drawn = all(sample.title.startswith("Generated: ") for sample in list_samples(modality).values())
    return "or a generated sample (a drawing, not a patient)" if drawn else "or a sample"


def _name_sample(case: Case) -> str | None:
    """Which sample a case is; None for an uploaded one."""
    titles = {sample.title: name for name, sample in list_samples(case.modality).items()}
    return titles.get(case.title) if case.generated or case.source else None


@st.cache_resource(show_spinner="Opening the sample …", max_entries=32)
def _sample(modality: str, name: str) -> Case:
    return open_sample(modality, name)

"""Files of the reader's own: read once, kept as cases, and forgotten as files."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import DecodeError, TwinLensError
from core.figures.nouns import plural
from core.intake.budget import NOTHING, add_cases
from core.intake.limits import DEFAULT_LIMITS
from core.intake.sandbox import warm_up
from core.intake.uploads import read_uploads
from core.modalities.base import Modality
from core.types import Batch, Case, Refusal
from core.ui import state
from core.ui.budget import Upload, take_files
from core.ui.slices import group_cases

FILE_TYPES = ("png", "jpg", "jpeg", "tif", "tiff", "dcm", "dicom")
_LISTED = 5
"""Refused files that are listed at once; more are a click away."""


def offer_upload(modality: Modality) -> None:
    """Draw the upload widget; files that are chosen are read at once and the page starts over with them.

    The type is told by the bytes. Files of computed tomography often have no suffix, so there every name is
    accepted.
    """
    files = st.file_uploader(
        f"Upload {plural(modality.image_name)}",
        type=None if modality.windows else list(FILE_TYPES),
        accept_multiple_files=True,
        key=state.uploader_key(),
        help="PNG, JPEG, TIFF or DICOM, one file or several; the slices of a series are put in order. Files "
        "are read in memory and never stored. Of a DICOM file only the picture and a few facts about the "
        "scan are kept: names, dates and numbers of persons are dropped while it is read.",
    )
    if files:
        _take(files, modality)
        st.rerun()
    _show_refused()


def expect_upload() -> None:
    """Start what decodes, so that the first upload need not wait for it.

    Called when the answers stand: before, it would take the processor from them.
    """
    warm_up()


def read_within_budget(uploads: Sequence[Upload], *, modality: str) -> Batch:
    """Read files as far as one session may hold them.

    Args:
        uploads: of the widget; they replace everything the session holds.
        modality: registry name.

    Returns:
        Every case there was room for; a series for which there is too little room is refused as a whole.
    """
    try:
        files = take_files(uploads)
    except DecodeError as error:
        return Batch((), (describe_refusal(error),))
    batch = read_uploads(files, modality=modality)
    kept: list[Case] = []
    refused, held = list(batch.refused), NOTHING
    for group in group_cases(batch.cases):
        try:
            held = add_cases(group, title=group[0].title, held=held)
        except DecodeError as error:
            refused.append(describe_refusal(error))
        else:
            kept += group
    return Batch(tuple(kept), tuple(refused))


def describe_refusal(error: TwinLensError) -> Refusal:
    """An error about a file in its three parts."""
    return Refusal(error.subject, error.problem, error.remedy)


def _take(files: Sequence[UploadedFile], modality: Modality) -> None:
    """Read the files and put the first picture, or the middle of the first series, on screen."""
    many = f"{len(files)} files, one after the other" if len(files) > 1 else "the file"
    with st.spinner(f"Reading {many} (at most {DEFAULT_LIMITS.batch_s:g} seconds) …"):
        batch = read_within_budget(files, modality=modality.name)
    if batch.cases:
        first = group_cases(batch.cases)[0]
        state.set_cases(batch.cases, first[(len(first) - 1) // 2])
    state.set_refused(state.Refused(batch.refused, others_read=bool(batch.cases)))
    forget_files(files)


def forget_files(files: Sequence[UploadedFile]) -> None:
    """Drop the files as they were sent, which may name a person, from this session and from the server."""
    state.empty_uploader()
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        return
    for file in files:
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _show_refused() -> None:
    """Every file that was not read: its name as plain text, why, and what to do."""
    refused = state.get_refused()
    if not refused.files:
        return
    count = len(refused.files)
    what = "This file was not read." if count == 1 else f"{count} files were not read."
    rest = (
        "The others of the upload were."
        if refused.others_read
        else "The result below is still the previous one."
    )
    st.error(f"**{what} {rest}**", icon=":material/error:")
    for refusal in refused.files[:_LISTED]:
        st.text(_say(refusal))
    if refused.files[_LISTED:]:
        with st.expander(f"{count - _LISTED} more files that were not read"):
            for refusal in refused.files[_LISTED:]:
                st.text(_say(refusal))


def _say(refusal: Refusal) -> str:
    return f"{refusal.subject}: {refusal.problem}.\n{refusal.remedy}."

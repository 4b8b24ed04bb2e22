"""What is said of the part of a picture that the networks see."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

WHOLE = "Nothing had to be cut away: the networks see the whole picture"


def page() -> None:
    import streamlit as st

    from core.intake.raster import read_case
    from core.modalities.base import Preprocessing
    from core.ui.picker import show_frame

    case = read_case(st.session_state["file"], title="slice.png", modality="ct")
    show_frame(case, Preprocessing(height=64, width=64, crop="body"))


def said(tissue: np.ndarray) -> str:
    """The caption for a slice that is tissue where ``tissue`` (H, W) bool says so."""
    noise = np.random.default_rng(0).integers(0, 20, tissue.shape)
    buffer = BytesIO()
    Image.fromarray((noise + 180 * tissue).astype(np.uint8)).save(buffer, "PNG")
    at = AppTest.from_function(page, default_timeout=60)
    at.session_state["file"] = buffer.getvalue()
    at.run()
    assert not at.exception
    return at.caption[0].value


def test_a_slice_that_is_body_from_edge_to_edge_is_not_said_to_be_cut() -> None:
    assert said(np.ones((96, 96), bool)) == WHOLE


def test_a_body_is_said_to_be_cut_out() -> None:
    tissue = np.zeros((96, 96), bool)
    tissue[30:60, 20:80] = True
    words = said(tissue)
    assert words.startswith("The networks see the body, without the table and the air around it: ")
    assert words != WHOLE


def test_a_picture_without_a_body_is_said_to_have_none() -> None:
    assert said(np.zeros((96, 96), bool)).startswith("No body was found: the networks see the whole picture")

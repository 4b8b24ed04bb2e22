"""The gate on a page: a refused picture has reasons and no prediction, and the way past it is shut again."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.figures.field import EDGE, LINE, outline_box
from core.intake import samples
from core.intake.samples import list_samples, read_retina
from core.modalities.base import MODALITIES
from core.types import QualityMeasure, QualityVerdict
from core.ui.gate import describe_state, tabulate_measures

PAGE = Path(__file__).with_name("gate_page.py")
FUNDUS = MODALITIES.get("fundus")


def start() -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=120).run()
    assert not at.exception
    return at


def choose(at: AppTest, name: str) -> AppTest:
    at.pills[0].set_value(name).run()
    assert not at.exception
    return at


def predicted(at: AppTest) -> bool:
    return any(heading.value == "Prediction" for heading in at.subheader)


def captions(at: AppTest) -> str:
    return "\n".join(caption.value for caption in at.caption)


def png(pixels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_first_case_is_a_real_photograph_that_is_read() -> None:
    at = start()
    assert predicted(at)
    assert not at.error
    assert not at.toggle
    assert at.text[0].value == "Photograph: healthy left eye"
    assert "scikit-image" in captions(at)
    assert "**Gradable**" in captions(at)
    assert "field of view: 1399 × 1405 pixels" in captions(at)
    assert "not a patient" not in captions(at)


@pytest.mark.parametrize(
    ("name", "word"),
    [("dark", "Too dark"), ("blurred", "Blurred"), ("cut", "cut off"), ("foreign", "colours")],
)
def test_a_refused_sample_has_reasons_and_no_prediction(name, word) -> None:
    at = choose(start(), name)
    assert not predicted(at)
    title = "Not a fundus photograph" if name == "foreign" else "Ungradable: retake"
    panel = next(error.value for error in at.error if word in error.value)
    assert title in panel
    assert at.expander[0].label == "What was measured"
    assert len(at.table[0].value) == 7
    assert "not kept" in at.table[0].value.iloc[:, -1].tolist()
    assert at.toggle[0].value is False


def test_the_way_past_the_gate_warns_and_is_shut_for_the_next_case() -> None:
    at = choose(start(), "dark")
    at.toggle[0].set_value(True).run()
    assert predicted(at)
    assert any("Read against the quality check" in warning.value for warning in at.warning)
    assert any("Too dark" in error.value for error in at.error)
    choose(at, "foreign")
    assert not predicted(at)
    assert at.toggle[0].value is False
    choose(at, "dark")
    assert not predicted(at)
    choose(at, "healthy")
    assert predicted(at)
    assert not at.warning


def test_uploads_are_judged_as_samples_are() -> None:
    at = start()
    eye = np.asarray(Image.fromarray(read_retina().pixels).resize((400, 400)))
    at.file_uploader[0].set_value(("eye.png", png(eye), "image/png")).run()
    assert predicted(at)
    at.file_uploader[0].set_value(("dim.png", png((eye * 0.34).astype(np.uint8)), "image/png")).run()
    assert predicted(at)
    assert [warning.value for warning in at.warning] == [
        "Rather dark: small lesions may not show. Retake with more light if you can."
    ]
    at.file_uploader[0].set_value(("night.png", png((eye * 0.15).astype(np.uint8)), "image/png")).run()
    assert not predicted(at)
    at.toggle[0].set_value(True).run()
    assert predicted(at)
    at.file_uploader[0].set_value(("night2.png", png((eye * 0.15).astype(np.uint8)), "image/png")).run()
    assert not predicted(at)


def test_a_missing_package_leaves_the_page_to_uploads(monkeypatch) -> None:
    st.cache_resource.clear()
    monkeypatch.setattr(samples.importlib.util, "find_spec", lambda name: None)
    at = start()
    assert not predicted(at)
    assert any("scikit-image" in text.value for text in at.text)
    assert "Upload a fundus photograph to begin." in [info.value for info in at.info]
    monkeypatch.undo()
    at.file_uploader[0].set_value(("eye.png", png(read_retina().pixels[::4, ::4]), "image/png")).run()
    assert predicted(at)


def test_samples_have_no_drawing_among_photographs_that_is_called_a_photograph() -> None:
    assert {sample.title.partition(":")[0] for sample in list_samples("fundus").values()} == {
        "Photograph",
        "Altered photograph",
        "Generated",
    }


def test_states_and_bounds_in_words() -> None:
    assert describe_state(QualityVerdict("foreign"), FUNDUS) == "Not a fundus photograph"
    table = tabulate_measures(
        (
            QualityMeasure("a", 1.234, low=2.0, digits=1),
            QualityMeasure("b", 3.0, high=4.0),
            QualityMeasure("c", 3.0, 1.0, 4.0),
            QualityMeasure("d", 3.0),
        )
    )
    assert list(table.values()) == [
        ["a", "b", "c", "d"],
        ["1.2", "3", "3", "3"],
        ["at least 2.0", "at most 4", "1 to 4", "any"],
        ["not kept", "kept", "kept", "kept"],
    ]


def test_a_box_is_outlined_where_it_is_and_the_picture_is_left_alone() -> None:
    pixels = np.full((100, 200, 3), 90, np.uint8)
    drawn = outline_box(pixels, (20, 40, 50, 100))
    assert drawn.shape == pixels.shape
    assert (pixels == 90).all()
    assert tuple(drawn[20, 90]) == EDGE
    assert tuple(drawn[21, 90]) == LINE
    assert tuple(drawn[69, 139]) == EDGE
    assert (drawn[25:65, 45:135] == 90).all()
    assert (drawn[:20] == 90).all()
    assert (drawn[70:] == 90).all()
    large = outline_box(np.zeros((1300, 650, 3), np.uint8), (0, 0, 1300, 650))
    assert large.shape == (640, 320, 3)
    assert outline_box(np.zeros((1, 1, 3), np.uint8), (0, 0, 1, 1)).shape == (1, 1, 3)

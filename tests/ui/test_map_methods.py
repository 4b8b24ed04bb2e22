"""The choice of a method above the maps: what is drawn of which network, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.bundle import Pair
from core.types import Case
from tests.hybrid_pair import build_hybrid_pair
from tests.pair_factory import sample_pixels


def page(models: str, name: str, case: object) -> None:
    import streamlit as st

    from core.bundle import load_pair
    from core.ui import state
    from core.ui.maps import show_maps

    if state.get_reading() is None:
        state.set_case(case)
    show_maps(load_pair(name, models), state.get_reading().case, st.container())


@pytest.fixture(scope="module")
def hybrid_models(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hybrid")
    build_hybrid_pair(pair, folder)
    return folder


def start(models: Path, pair: Pair) -> AppTest:
    case = Case("a", sample_pixels(1), pair.card.modality, "lesion")
    at = AppTest.from_function(page, args=(models, pair.card.pair, case), default_timeout=240).run()
    assert not at.exception
    return at


def titles(at: AppTest) -> list[str]:
    chart = json.loads(at.get("plotly_chart")[0].proto.spec)
    return [note["text"] for note in chart["layout"]["annotations"] if note["text"].startswith("<b>")]


def first_map(at: AppTest) -> object:
    return json.loads(at.get("plotly_chart")[0].proto.spec)["data"][0]["z"]


def texts(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.subheader, *at.markdown, *at.caption))


def test_convolutional_networks_offer_no_choice(pair_models: Path, pair: Pair) -> None:
    at = start(pair_models, pair)
    assert not at.get("button_group")
    assert "attention" not in texts(at).lower()


def test_a_transformer_offers_three_methods_and_the_student_keeps_grad_cam(
    hybrid_models: Path, pair: Pair
) -> None:
    at = start(hybrid_models, pair)
    (choice,) = at.get("button_group")
    assert choice.value == "gradcam"
    assert choice.options == ["Grad-CAM", "Attention rollout", "Attention for the answer"]
    assert titles(at) == ["<b>Teacher</b>", "<b>Student</b>"]
    assert "How alike the teacher’s maps are" in texts(at) and "the student’s maps" not in texts(at)
    assert texts(at).count("Spearman's ρ") + texts(at).count("cannot be said") == 2

    at = at.get("button_group")[0].set_value("rollout").run()
    assert not at.exception
    assert titles(at) == ["<b>Teacher: Attention rollout</b>", "<b>Student: Grad-CAM</b>"]
    assert "It stays the same whichever answer is chosen" in texts(at)
    assert "The student has no attention of this kind" in texts(at)
    assert "made in different ways cannot be compared" in texts(at)
    before = first_map(at)
    at = at.selectbox(key="explained_class").set_value(pair.card.classes[-1]).run()
    assert first_map(at) == before

    at = at.get("button_group")[0].set_value("gradient_rollout").run()
    assert titles(at)[0] == "<b>Teacher: Attention for the answer</b>"
    assert "It changes with the answer chosen above" in texts(at)
    alts = [chart.proto.alt for chart in at.get("plotly_chart")]
    assert alts and all("the attention that spoke for" in alt for alt in alts)

"""The page about distillation says what the engine measures, and has words for what is lacking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import bundle
from core.bundle import Pair
from core.evaluation.compare import compare_networks, list_operating_points
from core.evaluation.held_out import load_held_out, load_validation
from core.figures import comparison_wording as words
from core.ui import sizes
from tests.pair_factory import PAIR, ROOT
from tests.small_world import DATASET


@pytest.fixture(autouse=True)
def empty_caches() -> Iterator[None]:
    """Tests change what a pair ships without changing the SHA-256 that caches go by."""
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def open_page() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return at.switch_page("pages/3_Distillation.py").run()


@pytest.fixture
def complete(complete_models: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setattr(bundle, "MODELS_DIR", complete_models)
    return bundle.load_pair(PAIR, complete_models)


def box(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.info, *at.success, *at.error))


def test_the_verdict_is_the_engine_s(complete: Pair) -> None:
    at = open_page()
    assert not at.exception and not at.error
    held_out = load_held_out(complete, DATASET)
    points = list_operating_points(complete, held_out, load_validation(complete))
    expected = compare_networks(held_out, points["sensitivity_90"], resamples=20)
    assert words.describe_verdict(expected, "melanoma") in box(at)
    assert words.HEADLINES[expected.verdict.replace] in box(at)
    assert len(at.get("plotly_chart")) == 2
    headings = [element.value for element in at.header]
    assert headings == [
        "Student minus teacher, student minus control",
        "Who finds what",
        "Does distillation improve calibration?",
        "In which patients?",
        "What is kept, what is saved",
    ]
    # two by two of either kind, calibration, compression; one set of cases needs no list of sets
    assert len(at.table) == 4


def test_the_margin_follows_the_slider(complete: Pair) -> None:
    at = open_page()
    auc, sensitivity = at.slider
    auc.set_value(0.1)
    sensitivity.set_value(20)
    at.run()
    assert not at.exception
    assert "more than 0.1" in box(at) and "more than 20 points" in box(at)


def test_another_aim_is_judged_at_its_own_thresholds(complete: Pair) -> None:
    at = open_page()
    at.selectbox(key="distillation_aim").set_value("youden").run()
    assert not at.exception
    held_out = load_held_out(complete, DATASET)
    points = list_operating_points(complete, held_out, load_validation(complete))
    expected = compare_networks(held_out, points["youden"], resamples=20)
    assert words.describe_verdict(expected, "melanoma") in box(at)


def test_time_is_measured_on_request_only(complete: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "_RUNS", 3)
    at = open_page()
    assert at.table[-1].value["Teacher → student"].iloc[-1] == "not measured"
    at.button(key="distillation_latency").click().run()
    assert not at.exception
    assert " → " in at.table[-1].value["Teacher → student"].iloc[-1]
    assert not [button for button in at.button if button.key == "distillation_latency"]


def test_a_pair_without_a_control_says_so(complete: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    table = complete.predictions()
    monkeypatch.setattr(Pair, "predictions", lambda _: table[table["role"] != "control"])
    at = open_page()
    assert not at.exception
    assert "no control was measured" in box(at)


def test_a_pair_without_predictions_says_so(models: Path) -> None:
    at = open_page()
    assert not at.exception
    assert "This page cannot be shown." in at.error[0].value
    assert "ships no held-out predictions" in at.text[0].value

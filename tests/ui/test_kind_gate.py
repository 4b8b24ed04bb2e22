"""A picture unlike those of training has reasons and no prediction; drawings of ours are not judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.bundle import Pair, load_pair
from core.predict import judge_familiarity, open_predictor, predict_case
from core.types import Case
from tests.kind_factory import add_check, foreign_pixels
from tests.pair_factory import PAIR, sample_pixels

PAGE = Path(__file__).with_name("kind_gate_page.py")
NEAR = Case("near", sample_pixels(3), "dermoscopy", "near")
FAR = Case("far", foreign_pixels(), "dermoscopy", "far")


@pytest.fixture(scope="module")
def models(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    add_check(pair, folder)
    return folder


def show(case: Case, models: Path, monkeypatch, at: AppTest | None = None) -> AppTest:
    monkeypatch.setenv("KIND_GATE_MODELS", str(models))
    at = at or AppTest.from_file(str(PAGE), default_timeout=120)
    at.session_state["case_of_the_test"] = case
    at.run()
    assert not at.exception
    return at


def predicted(at: AppTest) -> bool:
    return any(heading.value == "Prediction" for heading in at.subheader)


def test_a_familiar_picture_is_read_without_a_word(models, monkeypatch):
    at = show(NEAR, models, monkeypatch)
    assert predicted(at) and not at.error and not at.toggle


def test_an_unfamiliar_one_is_refused_until_asked_for(models, monkeypatch):
    at = show(FAR, models, monkeypatch)
    assert not predicted(at)
    panel = next(error.value for error in at.error if "Not like the dermoscopy photographs" in error.value)
    assert "This does not look like the pictures that the student was trained on." in panel
    assert "than in all 20 dermoscopy photographs" in panel
    assert at.expander[0].label == "How often this check is right"
    assert at.table[0].value["Pictures"].tolist() == ["stripes"]
    at.toggle[0].set_value(True).run()
    assert predicted(at)
    assert any("Read against the check" in warning.value for warning in at.warning)
    again = show(replace(FAR, case_id="another"), models, monkeypatch, at)
    assert not predicted(again)


def test_our_own_drawings_are_not_judged(models, monkeypatch):
    assert predicted(show(replace(FAR, generated=True), models, monkeypatch))


def test_a_pair_without_a_check_refuses_nothing(pair: Pair, pair_models: Path, monkeypatch):
    assert judge_familiarity(pair, predict_case(open_predictor(pair, "student"), FAR).features) is None
    assert predicted(show(FAR, pair_models, monkeypatch))


def test_the_verdict_is_that_of_the_students_features(models: Path):
    pair = load_pair(PAIR, models)
    predictor = open_predictor(pair, "student")
    verdicts = [judge_familiarity(pair, predict_case(predictor, case).features) for case in (NEAR, FAR)]
    assert [verdict.state for verdict in verdicts if verdict] == ["familiar", "unfamiliar"]


def test_a_file_that_names_another_kind_is_not_read_until_asked_for(models, monkeypatch):
    said = "The file says it is computed tomography, not a dermoscopy photograph."
    case = replace(NEAR, case_id="ct", warnings=(f"{said} The networks were not trained for it.",))
    at = show(case, models, monkeypatch)
    assert not predicted(at)
    assert any(said in error.value for error in at.error)
    at.toggle[0].set_value(True).run()
    assert predicted(at)
    assert predicted(show(replace(NEAR, warnings=("Look for a name.",)), models, monkeypatch))

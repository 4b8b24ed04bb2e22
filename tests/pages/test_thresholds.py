"""The page about thresholds, run as a script; the explorer itself is tested in a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import bundle
from core.evaluation.held_out import load_held_out
from tests.pair_factory import PAIR, ROOT
from tests.small_world import DATASET, TEST, VAL


@pytest.fixture
def at(complete_models: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(bundle, "MODELS_DIR", complete_models)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return app.switch_page("pages/1_Thresholds.py").run()


def text(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.markdown, *at.caption, *at.info))


def test_it_says_on_what_it_was_measured_and_chosen(at: AppTest) -> None:
    assert not at.exception
    assert f"{TEST} cases" in text(at)
    assert f"chosen on {VAL} other cases" in text(at)


def test_missed_cases_are_counted_from_the_predictions(at: AppTest, complete_models: Path) -> None:
    pair = bundle.load_pair(PAIR, complete_models)
    cases = load_held_out(pair, DATASET)
    sentence = next(line for line in text(at).split("\n") if "missed at the" in line)
    assert sentence.startswith(f"Of {int(cases.truth.sum())} melanomas")


def test_a_wider_set_of_findings_brings_both_definitions(at: AppTest, complete_models: Path) -> None:
    choice = next(box for box in at.selectbox if box.label == "Counts as positive")
    choice.select("cancer").run()
    assert not at.exception
    table = next(table.value for table in at.table if "Summed probability" in str(table.value))
    cases = load_held_out(bundle.load_pair(PAIR, complete_models), DATASET, positives=("mel", "bcc", "akiec"))
    called = np.array(cases.classes)[cases.probs["teacher"].argmax(axis=1)]
    share = np.mean(called[cases.truth] == cases.target[cases.truth])
    assert table["Teacher"].iloc[0].startswith(f"{share * 100:.1f}\u00a0%")


def test_own_choice_of_findings_may_be_emptied_without_an_error(at: AppTest) -> None:
    choice = next(box for box in at.selectbox if box.label == "Counts as positive")
    choice.select("own").run()
    at.multiselect[0].set_value([]).run()
    assert not at.exception
    assert "No finding is chosen" in text(at)


def test_the_clinic_s_answers_reach_the_recommendation(at: AppTest) -> None:
    ratio = next(box for box in at.number_input if "weighs as much" in box.label)
    ratio.set_value(99.0).run()
    assert not at.exception
    assert "it would be 1.0\u00a0% for every network" in text(at)


def test_a_pair_without_predictions_is_explained(pair_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MODELS_DIR", pair_models)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page("pages/1_Thresholds.py").run()
    assert not app.exception
    assert "ships no held-out predictions" in "\n".join(element.value for element in app.text)


def test_probabilities_can_be_moved_to_the_clinic_s_prevalence(at: AppTest) -> None:
    share = next(box for box in at.number_input if "in your clinic" in box.label)
    share.set_value(2.0).run()
    assert "the switch above corrects them" in text(at)
    before = next(line for line in text(at).split("\n") if "Recommended" in line)
    at.toggle[0].set_value(True).run()
    assert not at.exception
    assert "Probabilities are adjusted from 33.3\u00a0% to 2.0\u00a0%" in text(at)
    assert next(line for line in text(at).split("\n") if "Recommended" in line) != before

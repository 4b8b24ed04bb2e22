"""Every page with a pair that serves a second student: three networks are shown, and none is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import bundle
from core.bundle import Pair
from core.evaluation.held_out import load_held_out
from core.evaluation.size_audit import audit_sizes
from core.figures.size_wording import describe_student, recommend
from core.figures.wording import percent
from core.intake.samples import open_first_sample
from core.predict import open_predictor, predict_case
from core.types import LatencyReport
from core.ui import sizes
from tests.lung_pair import LUNG_DATASET
from tests.pair_factory import ROOT

TITLES = ["Teacher", "Student", "Second student"]


@pytest.fixture(autouse=True)
def lung_only(lung_models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(bundle, "MODELS_DIR", lung_models)
    st.cache_data.clear()
    yield
    st.cache_data.clear()


def open_page(name: str = "") -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at = at.switch_page(f"pages/{name}.py").run() if name else at.run()
    assert not at.exception and not at.error
    return at


def words(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.markdown, *at.caption, *at.info, *at.warning))


def advice(pair: Pair) -> str:
    return recommend(audit_sizes(pair, load_held_out(pair, LUNG_DATASET)))


def test_a_case_is_read_by_all_three(lung_pair: Pair) -> None:
    at = open_page()
    case = open_first_sample("ct")
    want = [predict_case(open_predictor(lung_pair, role), case) for role in lung_pair.served_roles]
    cards = [element.value for element in at.subheader][:3]
    assert cards == TITLES
    assert [metric.value for metric in at.metric[:3]] == [percent(found.positive_prob) for found in want]
    box = (*at.info, *at.warning)[0].value
    assert "The second student" in box and ("does not flag" in box) != want[2].flagged
    assert "Which both" not in box and "from which both students learned" in words(at)
    assert "Second student: " in words(at)
    assert "How big and how fast" in [element.value for element in at.header]
    verdicts = words(at)
    assert "second student is bigger than its teacher (3.3 times the parameters)" in verdicts
    assert "Use the student" in verdicts or "No student here saves anything" in verdicts
    assert "Three networks, one picture." in verdicts


def test_the_networks_are_audited_on_their_page(lung_pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page("9_About_the_networks")
    assert advice(lung_pair) in words(at)
    table = at.table[0].value
    assert list(table.columns[1:]) == TITLES
    assert "Time of a reading here, median" not in list(table.iloc[:, 0])
    assert [element.value for element in at.subheader][:3] == TITLES

    def take_turns(runs, **_: object) -> dict[str, LatencyReport]:
        medians = {"teacher": 10.0, "student": 4.0, "second_student": 51.0}
        return {role: LatencyReport(role, medians[role], 60, 1, 60, 0.1, 15, 2, 1) for role in runs}

    monkeypatch.setattr(sizes, "measure_interleaved", take_turns)
    at.button(key="about_latency").click().run()
    assert not at.exception
    table = at.table[0].value
    timed = table[table.iloc[:, 0] == "Time of a reading here, median"].iloc[0]
    assert list(timed)[1:] == ["10.0\u00a0ms", "4.0\u00a0ms", "51.0\u00a0ms"]
    assert "slower than its teacher (5.1 times the time)" in words(at)
    assert not [button for button in at.button if button.key == "about_latency"]


def test_distillation_says_which_student_to_use(lung_pair: Pair) -> None:
    at = open_page("3_Distillation")
    audit = audit_sizes(lung_pair, load_held_out(lung_pair, LUNG_DATASET))
    assert "Which student to use" in [element.value for element in at.subheader]
    assert advice(lung_pair) in words(at)
    assert all(describe_student(student) in words(at) for student in audit.students)
    assert list(at.table[-1].value.columns[1:]) == TITLES
    assert "second student" in words(at) and "second_student" not in words(at)


def test_thresholds_list_four_roles(lung_pair: Pair) -> None:
    said = words(open_page("1_Thresholds"))
    missed = next(line for line in said.split("\n") if "missed at the thresholds" in line)
    assert all(f"{name} " in missed for name in ("teacher", "student", "second student", "control"))
    assert "second_student" not in said


def test_calibration_judges_four_roles(lung_pair: Pair) -> None:
    at = open_page("2_Calibration")
    assert [element.value for element in at.subheader if element.value in (*TITLES, "Control")][:4] == [
        *TITLES,
        "Control",
    ]
    said = words(at)
    assert "When the second student says about" in said and "second_student" not in said


@pytest.mark.parametrize(
    "page", ["", "1_Thresholds", "2_Calibration", "3_Distillation", "9_About_the_networks"]
)
def test_what_must_stand_beside_the_figures_does(page: str, lung_pair: Pair, lung_models: Path) -> None:
    assert lung_pair.card.caution == ""
    path = lung_pair.folder / bundle.CARD_NAME
    before = path.read_text(encoding="utf-8")
    card = lung_pair.card.model_copy(update={"caution": "These figures flatter."})
    try:
        path.write_text(card.model_dump_json(), encoding="utf-8")
        warned = [element.value for element in open_page(page).warning]
    finally:
        path.write_text(before, encoding="utf-8")
    assert "These figures flatter." in warned
    assert "These figures flatter." not in words(open_page(page))

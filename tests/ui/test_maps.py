"""Maps and attention on a page: what is said of which network, for which class, over which picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.bundle import Pair
from core.predict import open_predictor, predict_case
from core.types import Case
from tests.fundus_pair import fundus_pixels
from tests.pair_factory import sample_pixels


def page(models: str, name: str, cases: list, crops: dict) -> None:
    import streamlit as st

    from core.bundle import load_pair
    from core.ui import state
    from core.ui.maps import show_maps

    pair = load_pair(name, models)
    for role, crop in crops.items():
        entry = pair.card.networks[role]
        fields = {"preprocessing": entry.preprocessing.model_copy(update={"crop": crop})}
        pair.card.networks[role] = entry.model_copy(update=fields)
    case = cases[st.number_input("case", 0, len(cases) - 1, key="case")]
    reading = state.get_reading()
    if reading is None or reading.case is not case:
        state.set_case(case)
    show_maps(pair, case, st.container())


CASES = [Case(f"eye{seed}", fundus_pixels(seed), "fundus", "eye") for seed in range(6)]


def start(models: Path, name: str = "fundus", cases: list[Case] = CASES, **crops: str) -> AppTest:
    at = AppTest.from_function(page, args=(models, name, cases, crops), default_timeout=240).run()
    assert not at.exception
    return at


def charts(at: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def texts(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.subheader, *at.markdown, *at.caption))


def gate(at: AppTest) -> dict:
    return next(t for chart in charts(at) for t in chart["data"] if t["coloraxis"] == "coloraxis2")


def test_gates_of_the_student_stay_when_the_answer_changes(fundus_models: Path) -> None:
    at = start(fundus_models)
    assert "What the student's own attention weighed" in texts(at)
    assert "the teacher's own attention" not in texts(at)
    assert "each of 4 places" in texts(at)
    assert "Spearman" in texts(at) or "cannot be said" in texts(at)
    assert len(charts(at)) == 6
    assert all(chart.proto.alt for chart in at.get("plotly_chart"))
    before = gate(at)["z"]
    at.selectbox(key="explained_class").set_value("mild").run()
    assert not at.exception
    assert gate(at)["z"] == before
    at.number_input(key="case").set_value(1).run()
    assert gate(at)["z"] != before


def test_every_case_starts_with_the_students_most_probable_grade(
    fundus_models: Path, fundus_pair: Pair
) -> None:
    student = open_predictor(fundus_pair, "student", threads=1)
    wanted = [predict_case(student, case).ranked()[0][0] for case in CASES]
    at = start(fundus_models)
    assert at.selectbox(key="explained_class").value == wanted[0]
    other = next(code for code in fundus_pair.card.classes if code != wanted[0])
    at.selectbox(key="explained_class").set_value(other).run()
    at.toggle(key="independent_scales").set_value(True).run()
    assert at.selectbox(key="explained_class").value == other, "a choice holds for its case"
    place = next((n for n, code in enumerate(wanted) if code != other), 1)
    at.number_input(key="case").set_value(place or 1).run()
    assert at.selectbox(key="explained_class").value == wanted[place or 1]


def test_maps_lie_over_the_frame_and_unlike_frames_are_not_linked(
    fundus_models: Path, fundus_pair: Pair
) -> None:
    at = start(fundus_models)
    frame = fundus_pair.network("student").preprocessing.frame(CASES[0].pixels)
    assert frame.shape != CASES[0].pixels.shape
    images = [image for chart in charts(at) for image in chart["layout"]["images"]]
    assert {(image["sizey"], image["sizex"]) for image in images} == {frame.shape[:2]}
    assert "the others follow" in texts(at) and "the part that the networks see" in texts(at)
    at = start(fundus_models, teacher="none")
    layout = charts(at)[0]["layout"]
    sizes = [(image["sizey"], image["sizex"]) for image in layout["images"]]
    assert sizes == [CASES[0].pixels.shape[:2], frame.shape[:2]]
    assert "matches" not in layout["xaxis2"]
    assert "zoomed by itself" in texts(at)


def test_the_stretched_gate_states_its_range(fundus_models: Path) -> None:
    at = start(fundus_models)
    axes = [chart["layout"]["coloraxis2"] for chart in charts(at) if "coloraxis2" in chart["layout"]]
    assert [(axis["cmin"], axis["cmax"]) for axis in axes] == [(0, 1), (0, 1)]
    at.toggle(key="stretched_gate_student").set_value(True).run()
    axes = [chart["layout"]["coloraxis2"] for chart in charts(at) if "coloraxis2" in chart["layout"]]
    assert all(0 < axis["cmin"] < axis["cmax"] < 1 for axis in axes)
    assert all("stretched to" in axis["colorbar"]["title"]["text"] for axis in axes)


def test_a_flat_gate_is_said_and_not_drawn(fundus_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.ui import attention

    monkeypatch.setattr(attention, "is_flat", lambda maps: True)
    at = start(fundus_models)
    assert len(at.info) == 1
    assert len(charts(at)) == 4
    assert not [toggle for toggle in at.toggle if toggle.key == "stretched_gate_student"]


def test_networks_without_gates_have_no_such_section(pair_models: Path, pair: Pair) -> None:
    case = Case("a", sample_pixels(1), pair.card.modality, "lesion")
    at = start(pair_models, pair.card.pair, [case, case])
    assert "own attention" not in texts(at)
    assert "the part that the networks see" not in texts(at)
    assert "those of the picture, not of the patient" not in texts(at)
    assert at.selectbox(key="explained_class").value == pair.card.classes[0]
    assert len(charts(at)) == 2

"""The page about calibration: the figures of the metrics, every control, and states in words."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import bundle
from core.bundle import PREDICTIONS_NAME, load_pair, save_pair
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.reliability import compute_reliability
from core.figures.reliability import describe_bin
from core.figures.wording import percent
from core.metrics.ece import BINS, ece
from core.ui.calibration_state import ROLE_KEY, Division, bin_key
from tests.pair_factory import PAIR, ROOT

SHIPPED = ROOT / "models"
PAGE = "pages/2_Calibration.py"


def start() -> AppTest:
    st.cache_data.clear()
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return at.switch_page(PAGE).run()


def texts(at: AppTest) -> str:
    elements = (*at.markdown, *at.caption, *at.subheader, *at.info, *at.text)
    return "\n".join(element.value for element in elements).replace("\N{NO-BREAK SPACE}", " ")


def widget(elements, label: str):
    return next(element for element in elements if element.label == label)


@pytest.fixture
def small(complete_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundle, "MODELS_DIR", complete_models)
    return complete_models


@pytest.fixture(scope="module")
def shipped() -> AppTest:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "MODELS_DIR", SHIPPED)
        at = start()
    assert not at.exception
    return at


def test_the_shipped_pair_in_words_and_figures(shipped: AppTest) -> None:
    pair = load_pair("melanoma", SHIPPED)
    cases = load_held_out(pair, list_held_out(pair)[0])
    text = texts(shipped)
    assert shipped.subheader[0].value.startswith("When the student says about ")
    assert f"n = {cases.n}" in text and "497 validation cases" in text
    first = shipped.table[0].value
    assert list(first.columns[1:]) == ["Teacher", "Student", "Control"]
    row = first[first.iloc[:, 0].str.startswith("Average gap")].iloc[0]
    assert row["Student"].startswith(percent(ece(cases.positive_prob["student"], cases.truth)))
    assert len(shipped.get("plotly_chart")) == 7
    # it ships with these validation cases' own temperature, and the card's figure is this page's
    entry = pair.card.reports["isic2017"].metrics["student"]["ece"]
    assert entry.value == pytest.approx(ece(cases.positive_prob["student"], cases.truth), abs=1e-6)


def test_every_chart_has_its_words(shipped: AppTest) -> None:
    for chart in shipped.get("plotly_chart"):
        assert len(chart.proto.alt) > 80 and "held-out cases" in chart.proto.alt


def test_cases_of_the_bin_are_listed(shipped: AppTest) -> None:
    pair = load_pair("melanoma", SHIPPED)
    cases = load_held_out(pair, list_held_out(pair)[0])
    curve = compute_reliability(cases.positive_prob["student"], cases.truth, cases.groups, bins=BINS)
    table = shipped.dataframe[0].value
    part = next(part for part in curve.bins if part.high > 0.2)
    assert sorted(table["Image"]) == sorted(cases.image_ids[part.cases])


def test_another_data_set_has_bins_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MODELS_DIR", SHIPPED)
    at = start()
    widget(at.selectbox, "Measured on").set_value("ph2").run()
    assert not at.exception
    cases = load_held_out(load_pair("melanoma", SHIPPED), "ph2")
    curve = compute_reliability(cases.positive_prob["student"], cases.truth, cases.groups, bins=BINS)
    assert list(widget(at.selectbox, "Bin").options) == [describe_bin(part) for part in curve.bins]


def test_bins_and_their_kind_change_every_figure(small: Path) -> None:
    at = start()
    assert not at.exception
    at.slider[0].set_value(5).run()
    assert "with 5 bins" in texts(at) and not at.exception
    widget(at.button_group, "Bins of").set_value("mass").run()
    assert not at.exception
    assert any("equally many cases" in cell for cell in at.table[0].value.iloc[:, 0])


def test_a_bin_is_chosen_by_keyboard_and_an_empty_one_says_so(small: Path) -> None:
    at = start()
    cases = load_held_out(load_pair(PAIR, small), list_held_out(load_pair(PAIR, small))[0])
    widget(at.button_group, "Network").set_value("teacher").run()
    curve = compute_reliability(cases.positive_prob["teacher"], cases.truth, cases.groups, bins=BINS)
    filled = next(index for index, part in enumerate(curve.bins) if part.n)
    empty = next(index for index, part in enumerate(curve.bins) if not part.n)
    key = bin_key("teacher", Division(BINS, "width", 1.0, f"{cases.dataset}_mel"))
    at.selectbox(key=key).set_value(filled).run()
    assert len(at.dataframe[0].value) == curve.bins[filled].n
    assert "The teacher said" in texts(at) and "says little" in texts(at)
    at.selectbox(key=key).set_value(empty).run()
    assert not at.dataframe and "no case a probability in this bin" in texts(at)
    assert at.session_state[ROLE_KEY] == "teacher"


@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_every_correction_is_measured(small: Path, method: str) -> None:
    at = start()
    widget(at.button_group, "Correction").set_value(method).run()
    assert not at.exception
    table = at.table[-1].value
    assert list(table.columns)[1] == "As shipped" and list(table.columns)[3] == "Change"
    if method == "isotonic":
        assert any("fewer than 1,000" in warning.value for warning in at.warning)


def test_other_positives_are_named(small: Path) -> None:
    at = start()
    widget(at.selectbox, "Counts as positive").set_value("cancer").run()
    assert not at.exception
    assert "skin cancer" in texts(at)


def change_predictions(source: Path, target: Path, edit) -> None:  # type: ignore[no-untyped-def]
    pair = load_pair(PAIR, source)
    buffer = io.BytesIO()
    edit(pair.predictions()).to_parquet(buffer, index=False)
    files = {name: pair.read(name) for name in pair.card.files} | {PREDICTIONS_NAME: buffer.getvalue()}
    save_pair(pair.card, files, target)


def test_without_a_control_there_are_two_of_everything(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_predictions(small, tmp_path, lambda table: table[table["role"] != "control"])
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    at = start()
    assert not at.exception
    assert list(at.table[0].value.columns[1:]) == ["Teacher", "Student"]
    assert len(at.get("plotly_chart")) == 5


@pytest.mark.parametrize("split", ["val", "test"])
def test_one_class_only_is_said_in_words(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    def edit(table):  # type: ignore[no-untyped-def]
        return table[(table["split"] != split) | (table["target"] != "mel")]

    change_predictions(small, tmp_path, edit)
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    at = start()
    assert not at.exception
    if split == "val":
        assert any("No correction can be fitted" in error.value for error in at.error)
        assert "needs positive and negative ones" in texts(at)
    else:
        assert "all cases are of one kind" in texts(at)
        assert any("one class only" in cell for cell in at.table[0].value["Student"])


def test_a_pair_without_predictions_says_so(models: Path) -> None:
    at = start()
    assert not at.exception
    assert "ships no held-out predictions" in texts(at)

"""The page about topology: its own case, every section, its states in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import bundle
from core.bundle import load_pair, save_pair
from core.figures.topology_words import describe_spot, find_surround, rank_spots
from core.figures.wording import percent
from core.predict import open_predictor, predict_case
from core.release.topology_reference import compute_topology_reference
from core.topology.grey import compute_grey
from core.topology.reference import REFERENCE_NAME
from core.types import Case, QualityVerdict, Sample
from core.ui.state import Reading
from core.ui.topology_state import predict_frame
from tests.fundus_pair import FUNDUS_PAIR, fundus_pixels
from tests.pair_factory import ROOT

PAGE = "pages/4_Topology.py"
CASE = Case("case", fundus_pixels(5), "fundus", "mine.png")
GRADABLE = QualityVerdict("gradable")


def start(models: Path, case: Case = CASE, verdict: QualityVerdict = GRADABLE) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).switch_page(PAGE)
    at.session_state["reading"] = Reading(case, verdict=verdict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "MODELS_DIR", models)
        at.run()
    assert not at.exception
    return at


def texts(at: AppTest) -> str:
    elements = (*at.markdown, *at.caption, *at.subheader, *at.info, *at.text, *at.error)
    return "\n".join(element.value for element in elements).replace("\N{NO-BREAK SPACE}", " ")


def charts(at: AppTest) -> list[str]:
    return [chart.proto.alt for chart in at.get("plotly_chart")]


def press(at: AppTest, models: Path, label: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "MODELS_DIR", models)
        next(button for button in at.button if button.label.startswith(label)).click().run()
    assert not at.exception


@pytest.fixture(scope="module")
def models(fundus_models: Path, tmp_path_factory) -> Path:
    """The fundus pair with averages of its training photographs."""
    pair = load_pair(FUNDUS_PAIR, fundus_models)
    entry = pair.network("student")
    samples = [Sample(str(n), "aptos2019", "", pair.card.classes[n % 4], f"eye{n}") for n in range(8)]
    reference = compute_topology_reference(
        samples,
        entry.topology,
        entry.preprocessing,
        classes=pair.card.classes,
        load=lambda sample: fundus_pixels(int(sample.image_id)),
    )
    folder = tmp_path_factory.mktemp("topology")
    files = {name: pair.read(name) for name in pair.card.files}
    save_pair(pair.card, {**files, REFERENCE_NAME: reference.dump()}, folder)
    return folder


@pytest.fixture(scope="module")
def page(models: Path) -> AppTest:
    return start(models)


def test_the_case_of_the_session_and_every_section(page: AppTest) -> None:
    text = texts(page)
    assert "mine.png" in text
    assert "exactly 0 in 5 of 5" in text and "of the distance between two different eyes" in text
    assert "n = 2, likeness" in text and "The likest average is no diagnosis" in text
    assert page.table[0].value.shape == (13, 5)


def test_every_chart_has_its_words(page: AppTest) -> None:
    assert len(charts(page)) == 2 + 3 + 1 + 5 + 1  # a class without photographs has no panel
    assert all(len(words) > 30 for words in charts(page))


def test_the_list_is_that_of_the_diagram(page: AppTest, models: Path) -> None:
    entry = load_pair(FUNDUS_PAIR, models).network("student")
    frame = entry.preprocessing.frame(CASE.pixels)
    diagram, surround = entry.topology.diagram(frame), find_surround(compute_grey(frame))
    listed = [describe_spot(diagram, index, surround) for index in rank_spots(diagram)]
    assert page.selectbox[-1].options[: len(listed)] == listed


def test_an_unchanged_frame_is_answered_as_the_case(models: Path) -> None:
    pair = load_pair(FUNDUS_PAIR, models)
    for role in ("teacher", "student"):
        whole = predict_case(open_predictor(pair, role), CASE)
        framed = predict_frame(pair, role, CASE, pair.network(role).preprocessing.frame(CASE.pixels))
        assert np.array_equal(whole.probs, framed.probs)


def test_erasing_asks_both_networks_again(models: Path) -> None:
    at = start(models)
    assert not at.metric
    press(at, models, "Erase this feature")
    assert [len(at.metric), len(at.table)] == [2, 3]
    pair = load_pair(FUNDUS_PAIR, models)
    for metric, role in zip(at.metric, ("teacher", "student"), strict=True):
        before = predict_case(open_predictor(pair, role), CASE)
        assert metric.value.startswith(percent(before.positive_prob)) and "→" in metric.value
    assert "no proof" in texts(at) and "of the pixels were changed" in texts(at)


def test_another_case_forgets_the_last_one(models: Path) -> None:
    at = start(models)
    press(at, models, "Erase this feature")
    at.session_state["reading"] = Reading(replace(CASE, case_id="other"), verdict=GRADABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "MODELS_DIR", models)
        at.run()
    assert not at.exception and not at.metric
    assert at.session_state["topology_work"].case_id == "other"


def test_without_averages_the_page_says_so(fundus_models: Path) -> None:
    at = start(fundus_models)
    assert "ships no averages" in texts(at) and "grey values" in texts(at)
    assert not [words for words in charts(at) if "n = " in words]


def test_a_grey_card_has_no_spots(models: Path) -> None:
    flat = replace(CASE, pixels=np.full((64, 64, 3), 120, np.uint8))
    at = start(models, flat)
    assert "no dark or bright spots" in texts(at)
    assert "nan" not in texts(at).lower().split()


def test_a_refused_picture_gets_no_figure(models: Path) -> None:
    refused = QualityVerdict("ungradable", ("Too dark: take it again.",))
    at = start(models, verdict=refused)
    assert "Too dark" in texts(at) and not charts(at) and not at.metric
    assert not at.selectbox and not at.header


def test_a_pair_without_topology_says_so_and_offers_another(
    pair_models: Path, models: Path, tmp_path: Path
) -> None:
    st.cache_data.clear()
    for source in (pair_models, models):
        for folder in source.iterdir():
            if (folder / "card.json").is_file():
                (tmp_path / folder.name).symlink_to(folder)
    at = start(tmp_path)
    assert "take no topology" in texts(at) and not charts(at)
    press(at, tmp_path, f"Show {bundle.load_pair('fundus', tmp_path).card.title}")
    assert "take no topology" not in texts(at) and charts(at)


def test_alone_there_is_nothing_to_offer(pair_models: Path) -> None:
    at = start(pair_models)
    assert "take no topology" in texts(at) and "No other pair" in texts(at) and not at.button

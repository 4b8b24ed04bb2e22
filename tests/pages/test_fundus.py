"""Fundus photographs on the pages: grades, the gate, and going from one kind of image to another and back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import bundle
from core.figures.wording import percent
from core.intake.samples import list_samples, open_sample
from core.modalities.fundus import FUNDUS
from core.predict import open_predictor, predict_case
from core.types import SERVED_ROLES
from core.ui.wording import describe_grade
from tests.pair_factory import ROOT

PAGES = [None, *sorted((ROOT / "pages").glob("*.py"))]
UNREADABLE = tuple(name for name in list_samples("fundus") if name != "healthy")


@pytest.fixture
def both(fundus_models: Path, complete_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The application sees a dermoscopy and a fundus pair."""
    for models in (complete_models, fundus_models):
        shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def fundus_only(fundus_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundle, "MODELS_DIR", fundus_models)
    return fundus_models


def start(page: Path | None = None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    return at if page is None else at.switch_page(str(page.relative_to(ROOT))).run()


def choose_sample(at: AppTest, name: str) -> AppTest:
    return at.get("button_group")[-1].set_value(name).run()


def words(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*at.markdown, *at.info, *at.warning, *at.error))


def test_the_sample_is_graded_as_core_says(fundus_only) -> None:
    at = start()
    assert not at.exception
    pair = bundle.load_pair("fundus", fundus_only)
    case = open_sample("fundus", next(iter(list_samples("fundus"))))
    for place, role in enumerate(SERVED_ROLES):
        wanted = predict_case(open_predictor(pair, role), case)
        assert at.metric[place].value == percent(wanted.positive_prob)
        assert describe_grade(wanted, FUNDUS) in words(at)
        bars = json.loads(at.get("plotly_chart")[place].proto.spec)["data"][1]
        assert [float(value) for value in bars["x"]] == pytest.approx(wanted.probs.tolist(), abs=1e-9)


@pytest.mark.parametrize("name", UNREADABLE)
def test_no_silent_prediction_of_a_refused_picture(fundus_only, name) -> None:
    at = choose_sample(start(), name)
    assert not at.exception
    assert at.error and not at.metric and not at.get("plotly_chart")
    at.toggle[0].set_value(True).run()
    assert len(at.metric) == len(SERVED_ROLES) and "Read against the quality check" in words(at)
    again = choose_sample(at, next(other for other in UNREADABLE if other != name))
    assert not again.metric, "the control must be off for a new case"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem if page else "app")
def test_every_page_goes_from_one_kind_to_the_other_and_back(both, page) -> None:
    at = start(page)
    assert not at.exception
    for name in ("fundus", "melanoma", "fundus"):
        at = at.get("button_group")[0].set_value(name).run()
        assert not at.exception, name
        title = bundle.load_pair(name, both).card.title
        assert any(title in caption.value for caption in at.caption)

"""Pages that judge a pair, on held-out cases that a figure has no value for: words, and never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import bundle
from tests.odd_pairs import ODD, build_odd_models
from tests.pair_factory import ROOT

PAGES = ("1_Thresholds", "2_Calibration", "3_Distillation", "9_About_the_networks")


@pytest.fixture(params=ODD, scope="module")
def odd_models(request: pytest.FixtureRequest, complete_models: Path, tmp_path_factory) -> Path:
    return build_odd_models(request.param, complete_models, tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("page", PAGES)
def test_page_stands(odd_models: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MODELS_DIR", odd_models)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception
    shown = [element.value for element in (*at.markdown, *at.caption, *at.text)]
    cells = [str(cell) for table in at.table for cell in table.value.to_numpy().ravel()]
    assert not [text for text in (*shown, *cells) if "nan" in text.lower().split()]

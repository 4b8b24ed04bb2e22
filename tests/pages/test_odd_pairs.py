"""Pages that judge a pair, on held-out cases that a figure has no value for: words, and never a crash."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import bundle
from core.bundle import PREDICTIONS_NAME, load_pair, save_pair
from tests.pair_factory import PAIR, ROOT

Change = Callable[[pd.DataFrame], pd.DataFrame]

ODD: dict[str, Change] = {
    "no control": lambda table: table[table["role"] != "control"],
    "no positive case to report": lambda table: table[(table["split"] == "val") | (table["target"] != "mel")],
    "no positive case to choose on": lambda table: table[
        (table["split"] != "val") | (table["target"] != "mel")
    ],
    "every probability the same": lambda table: table.assign(positive_prob=0.3),
    "certain of everything": lambda table: table.assign(positive_prob=(table["target"] == "mel") * 1.0),
    "two cases": lambda table: pd.concat(
        [table[table["split"] == "val"], table[table["split"] == "test"].groupby("role").head(2)]
    ),
    "one group": lambda table: table.assign(group="all one patient"),
}
PAGES = ("1_Thresholds", "2_Calibration", "3_Distillation")


@pytest.fixture(params=ODD, scope="module")
def odd_models(request: pytest.FixtureRequest, complete_models: Path, tmp_path_factory) -> Path:
    pair = load_pair(PAIR, complete_models)
    buffer = io.BytesIO()
    ODD[request.param](pair.predictions()).to_parquet(buffer, index=False)
    models = tmp_path_factory.mktemp("odd")
    files = {name: pair.read(name) for name in pair.card.files} | {PREDICTIONS_NAME: buffer.getvalue()}
    save_pair(pair.card, files, models)
    return models


@pytest.mark.parametrize("page", PAGES)
def test_page_stands(odd_models: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MODELS_DIR", odd_models)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception
    shown = [element.value for element in (*at.markdown, *at.caption, *at.text)]
    cells = [str(cell) for table in at.table for cell in table.value.to_numpy().ravel()]
    assert not [text for text in (*shown, *cells) if "nan" in text.lower().split()]

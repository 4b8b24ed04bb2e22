"""The page about the networks shows the card, and nothing that is not on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import bundle
from tests.pair_factory import PAIR, ROOT


@pytest.fixture
def about(complete_models: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(bundle, "MODELS_DIR", complete_models)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return at.switch_page("pages/9_About_the_networks.py").run()


def test_figures_are_the_card_s(about: AppTest, complete_models: Path) -> None:
    card = bundle.load_pair(PAIR, complete_models).card
    assert not about.exception
    tables = [element.value for element in about.table]
    assert len(tables) == len(card.reports) + 1
    for table, report in zip(tables, card.reports.values(), strict=False):
        assert list(table.columns[1:]) == [role.capitalize() for role in report.metrics]
        row = table[table.iloc[:, 0] == "ROC-AUC"].iloc[0]
        for role, metrics in report.metrics.items():
            value = metrics["roc_auc"].value
            assert row[role.capitalize()].startswith("undefined" if value is None else f"{value:.3f} (")


def test_data_limits_and_fingerprint_are_named(about: AppTest, complete_models: Path) -> None:
    card = bundle.load_pair(PAIR, complete_models).card
    text = "\n".join(element.value for element in (*about.markdown, *about.caption))
    assert card.intended_use in text
    assert card.split.sha256 in text
    assert all(limit in text for limit in card.limits)
    sources = about.table[-1].value
    assert list(sources["Number"]) == [f"{source.n:,}" for source in card.sources]

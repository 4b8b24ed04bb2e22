"""The section on networks in 8 bits: figures of the report, the cases that change, and an empty state."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core.bundle import load_pair
from core.int8_card import read_int8_report
from tests.pair_factory import PAIR
from tests.shipped_pairs import EACH

SCRIPT = """
from pathlib import Path
from core.bundle import load_pair
from core.ui.int8 import show_int8
show_int8(load_pair({name!r}, Path({models!r})))
"""


def show(name: str, models) -> AppTest:
    page = AppTest.from_string(SCRIPT.format(name=name, models=str(models)), default_timeout=30).run()
    assert not page.exception
    return page


@EACH
def test_every_shipped_pair_shows_its_report(name):
    pair = load_pair(name)
    page = show(name, pair.folder.parent)
    text = " ".join(element.value for element in page.markdown)
    captions = " ".join(element.value for element in page.caption)
    assert "at most 1% of its decisions differ" in captions and "AUC is less by 0.005 at most" in captions
    shipped = [role for role in pair.served_roles if "int8" in pair.precisions(role)]
    assert len(page.subheader) == (len(shipped) if len(shipped) > 1 else 0)
    for place, role in enumerate(shipped):
        report = read_int8_report(pair, role)
        assert f"{report.float32_bytes / report.onnx_bytes:.1f} times less than in float32" in text
        changed = sum(len(drift.flipped) for drift in report.sets.values())
        assert page.expander[2 * place].label.endswith(f"in 8 bits: {changed}")


def test_a_pair_without_says_how_to_make_one(complete_models):
    page = show(PAIR, complete_models)
    assert f"python -m core export {PAIR} --int8" in " ".join(element.value for element in page.markdown)
    assert not page.expander

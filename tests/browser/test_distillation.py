"""The page about distillation in a real Chromium: a margin moves the verdict and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import rest

pytestmark = pytest.mark.browser

PLOT = ".js-plotly-plot"


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1440, "height": 1100})
    page.set_default_timeout(120_000)
    yield page
    page.close()


def test_a_wider_margin_changes_the_verdict_not_the_figures(tab, address) -> None:
    tab.goto(f"{address}/Distillation")
    tab.locator(f"{PLOT} .main-svg").first.wait_for()
    rest(tab)
    verdict = tab.get_by_test_id("stAlert").first
    before = verdict.inner_text()
    margin = tab.get_by_role("slider", name="Loss of AUC that you would accept")
    margin.focus()
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    expect(verdict).not_to_have_text(before, timeout=60_000)
    figures = before[before.index("student − teacher =") :].split(")")[0]
    expect(verdict).to_contain_text(figures)


def test_nothing_leaves_a_phone_s_screen(chromium, address) -> None:
    tab = chromium.new_page(viewport={"width": 390, "height": 844})
    tab.set_default_timeout(120_000)
    tab.goto(f"{address}/Distillation")
    tab.locator(f"{PLOT} .main-svg").first.wait_for()
    rest(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.close()

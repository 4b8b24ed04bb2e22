"""Calibration and distillation in a real Chromium: clicks and margins get the figures of ``core``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.bundle import load_pair
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.reliability import compute_reliability
from core.figures.reliability import describe_bin
from core.metrics.ece import BINS
from tests.pair_factory import PAIR

pytestmark = pytest.mark.browser

PLOT = ".js-plotly-plot"


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1440, "height": 1100})
    page.set_default_timeout(120_000)
    yield page
    page.close()


def rest(page: Page) -> None:
    page.wait_for_timeout(400)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=120_000)


def test_a_click_on_a_bin_lists_its_cases(tab, address, served_models) -> None:
    tab.goto(f"{address}/Calibration")
    tab.locator(f"{PLOT} .scatterlayer .point").first.wait_for()
    rest(tab)
    pair = load_pair(PAIR, served_models)
    cases = load_held_out(pair, list_held_out(pair)[0])
    curve = compute_reliability(cases.positive_prob["teacher"], cases.truth, cases.groups, bins=BINS)
    first = next(index for index, part in enumerate(curve.bins) if part.n)
    heading = tab.get_by_role("heading", name="The cases of a bin")
    heading.scroll_into_view_if_needed()
    before = tab.get_by_text("on average;").first.inner_text()
    chart = tab.locator(PLOT).first
    chart.scroll_into_view_if_needed()
    point = chart.locator(".scatterlayer .point").first
    box = point.bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    sentence = tab.get_by_text("on average;").first
    expect(sentence).not_to_have_text(before, timeout=60_000)
    expect(sentence).to_contain_text("The teacher said")
    expect(sentence).to_contain_text(f"these {curve.bins[first].n} cases")
    expect(tab.get_by_role("combobox", name="Bin")).to_have_value(describe_bin(curve.bins[first]))


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


@pytest.mark.parametrize("page", ["Calibration", "Distillation"])
def test_nothing_leaves_a_phone_s_screen(chromium, address, page) -> None:
    tab = chromium.new_page(viewport={"width": 390, "height": 844})
    tab.set_default_timeout(120_000)
    tab.goto(f"{address}/{page}")
    tab.locator(f"{PLOT} .main-svg").first.wait_for()
    rest(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.close()

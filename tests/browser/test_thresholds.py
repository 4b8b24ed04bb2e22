"""The threshold explorer in a real Chromium: it shows what ``core`` computes, and it shows it at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.bundle import load_pair
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.thresholds import compute_threshold_table
from core.types import Role
from tests.browser.waiting import rest
from tests.pair_factory import PAIR

pytestmark = pytest.mark.browser


@pytest.fixture
def thresholds(chromium: Browser, address: str) -> Page:
    tab = chromium.new_page(viewport={"width": 1440, "height": 1000})
    tab.set_default_timeout(120_000)
    tab.goto(f"{address}/Thresholds")
    expect(cell(tab, "student", "sensitivity")).to_contain_text("%")
    rest(tab)
    yield tab
    tab.close()


def cell(page: Page, role: str, key: str) -> Locator:
    return page.locator(f"[data-cell='{role}.{key}'] b")


def slider(page: Page) -> Locator:
    return page.locator(".explorer .slider")


def sensitivity(models: Path, role: Role, threshold: float) -> str:
    pair = load_pair(PAIR, models)
    cases = load_held_out(pair, list_held_out(pair)[0])
    table = compute_threshold_table(
        cases.positive_prob[role], cases.truth, cases.groups, thresholds=np.array([threshold])
    )
    return f"{table.sensitivity[0] * 100:.1f}\u00a0%"


def typed(page: Page, per_cent: str) -> None:
    field = page.locator(".explorer #threshold")
    field.fill(per_cent)
    field.press("Enter")


def test_a_drag_is_followed_before_it_ends_and_reported_when_it_ends(thresholds, served_models) -> None:
    page = thresholds
    missed = page.get_by_text("missed at the threshold").first
    before = missed.inner_text()
    handle = slider(page)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    y = box["y"] + box["height"] / 2
    start = handle.evaluate("element => element.value / element.max")
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=8)
    index = int(handle.evaluate("element => Number(element.value)"))
    assert index > 250
    shown = float(page.locator(".explorer #threshold").input_value())
    for role in ("teacher", "student", "control"):
        assert cell(page, role, "threshold").inner_text() == f"{shown:.1f}\u00a0%"
        assert cell(page, role, "sensitivity").inner_text() == sensitivity(served_models, role, shown / 100)
    assert missed.inner_text() == before, "the server was asked before the drag ended"
    page.mouse.up()
    expect(missed).not_to_have_text(before, timeout=60_000)
    assert slider(page).evaluate("element => Number(element.value)") == index


def test_typing_and_keys_move_it_as_a_drag_does(thresholds, served_models) -> None:
    page = thresholds
    typed(page, "12.3")
    expect(cell(page, "teacher", "threshold")).to_have_text("12.3 %")
    expect(cell(page, "teacher", "sensitivity")).to_have_text(sensitivity(served_models, "teacher", 0.123))
    rest(page)
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "teacher", "threshold")).to_have_text("12.4 %")
    typed(page, "140")
    expect(page.locator(".explorer #threshold")).to_have_value("12.4")


def test_a_click_on_a_curve_chooses_its_threshold(thresholds) -> None:
    page = thresholds
    before = cell(page, "teacher", "threshold").inner_text()
    chart = page.locator(".explorer .charts svg").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.45)
    expect(cell(page, "teacher", "threshold")).not_to_have_text(before)
    same = {cell(page, role, "threshold").inner_text() for role in ("teacher", "student", "control")}
    assert len(same) == 1
    points = page.locator(".explorer .charts svg").first.locator(".point")
    assert points.evaluate_all("all => all.every(p => p.getAttribute('visibility') === 'visible')")


def test_an_aim_gives_each_network_its_own_threshold(thresholds, served_models) -> None:
    page = thresholds
    button = page.get_by_role("button", name="95 % sensitivity")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    pair = load_pair(PAIR, served_models)
    for role in ("teacher", "student"):
        want = pair.operating_point(role, "sensitivity_95").threshold
        expect(cell(page, role, "threshold")).to_have_text(f"{want * 100:.1f} %")
        expect(cell(page, role, "sensitivity")).to_have_text(sensitivity(served_models, role, want))


def test_the_clinic_moves_what_depends_on_it_and_keeps_the_threshold(thresholds) -> None:
    page = thresholds
    typed(page, "8.0")
    rest(page)
    sens, ppv = (cell(page, "student", key).inner_text() for key in ("sensitivity", "ppv"))
    field = page.get_by_role("spinbutton", name="in your clinic")
    field.fill("2.0")
    field.press("Enter")
    expect(page.get_by_text("where 2 of 100 are").first).to_be_visible(timeout=60_000)
    expect(cell(page, "student", "ppv")).not_to_have_text(ppv)
    assert cell(page, "student", "sensitivity").inner_text() == sens
    assert cell(page, "student", "threshold").inner_text() == "8.0\u00a0%"


def test_clinic_and_aim_stay_when_other_cases_are_shown(thresholds) -> None:
    page = thresholds
    page.get_by_role("button", name="Youden").click()
    rest(page)
    field = page.get_by_role("spinbutton", name="in your clinic")
    field.fill("2.0")
    field.press("Enter")
    rest(page)
    page.get_by_test_id("stSelectbox").filter(has_text="Measured on").locator("input").first.click()
    page.get_by_role("option").nth(1).click()
    rest(page)
    expect(page.get_by_role("spinbutton", name="in your clinic")).to_have_value("2.0")
    expect(page.get_by_role("button", name="Youden")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("missed at the threshold").first).to_be_visible()


def test_on_a_phone_nothing_leaves_the_screen(chromium, address) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(120_000)
    page.goto(f"{address}/Thresholds")
    expect(cell(page, "student", "sensitivity")).to_contain_text("%")
    rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    beyond = page.locator(".explorer").evaluate(
        "root => [...root.querySelectorAll('svg, button, input, td, caption')]"
        ".filter(e => e.getBoundingClientRect().right > root.getBoundingClientRect().right + 0.5)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert beyond == []
    page.close()

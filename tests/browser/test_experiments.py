"""The page about experiments in a real Chromium: nothing sticks out, and a threshold moves the figures."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import rest

pytestmark = pytest.mark.browser

WIDER = "document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"


def open_page(chromium: Browser, address: str, width: int, errors: list[str]) -> Page:
    tab = chromium.new_page(viewport={"width": width, "height": 1000})
    tab.set_default_timeout(120_000)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{address}/Experiments")
    tab.get_by_role("heading", name="Read with two of them").wait_for()
    rest(tab)
    return tab


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_sticks_out_and_nothing_fails(chromium, address, width: int) -> None:
    errors: list[str] = []
    tab = open_page(chromium, address, width, errors)
    expect(tab.get_by_test_id("stDataFrame").first).to_be_visible()
    wide, narrow = (tab.locator(f".st-key-twinlens_{name}") for name in ("wide", "narrow"))
    if wide.count():
        expect(wide).to_be_visible(visible=width > 640)
        expect(narrow).to_be_visible(visible=width <= 640)
    assert tab.evaluate(WIDER) <= 0
    for suite in ("Melanoma, Table I: teachers", "Melanoma, Table II: temperature and weight"):
        tab.get_by_role("radio", name=suite).click()
        expect(tab.get_by_role("heading", name="melanoma document")).to_be_visible()
        rest(tab)
        assert tab.evaluate(WIDER) <= 0
    tab.get_by_role("radio", name="Retinopathy: ablation").click()
    expect(tab.get_by_role("heading", name="What each piece")).to_be_visible()
    rest(tab)
    assert tab.evaluate(WIDER) <= 0 and not errors
    tab.close()


def test_a_threshold_moves_what_is_found(chromium, address) -> None:
    errors: list[str] = []
    tab = open_page(chromium, address, 1440, errors)
    table = tab.get_by_test_id("stTable").last
    first = table.get_by_role("row").nth(1)
    before, second = first.inner_text(), table.get_by_role("row").nth(2).inner_text()
    slider = tab.get_by_role("slider", name="Threshold of the first network")
    slider.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowLeft")
    expect(first).not_to_have_text(before, timeout=60_000)
    assert "First network alone" in before and "First network alone" in first.inner_text()
    assert table.get_by_role("row").nth(2).inner_text() == second, "the other network is as it was"
    assert not errors
    tab.close()


def test_a_row_of_the_table_opens_below(chromium, address) -> None:
    errors: list[str] = []
    tab = open_page(chromium, address, 1440, errors)
    table = tab.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + 16, box["y"] + 2 * 35 + 9 * 35 + 17)
    expect(tab.get_by_text("A linear layer of 128 units before the last one.")).to_be_visible()
    assert not errors
    tab.close()

"""The page about time on a phone, and what it draws after a press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.waiting import rest

pytestmark = pytest.mark.browser

WIDER = "document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"


def test_size_time_and_worth_after_a_press_on_a_phone(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 900})
    page.set_default_timeout(240_000)
    page.goto(f"{address}/Latency")
    page.get_by_text("Nothing is measured yet").wait_for()
    charts = page.get_by_test_id("stPlotlyChart")
    charts.first.wait_for()
    expect(page.get_by_text("time is not measured yet").first).to_be_visible()
    page.get_by_role("button", name="Use time instead of work").click()
    expect(page.get_by_text("ms a picture, one thread").first).to_be_visible(timeout=240_000)
    rest(page)
    expect(page.get_by_role("button", name="Use time instead of work")).to_have_count(0)
    assert page.evaluate(WIDER) <= 0, "nothing sticks out at the side"
    page.close()

"""The page about claims on a phone: rows that unfold, and a file of the reader's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from core.claims.files import TEMPLATE
from tests.browser.waiting import rest

pytestmark = pytest.mark.browser

WIDER = "document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"


def test_a_sum_and_an_own_file_on_a_phone(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 900})
    page.goto(f"{address}/Claims")
    page.get_by_text("Size of the student").click()
    expect(page.get_by_text("5.84, printed 4.5")).to_be_visible()
    assert page.evaluate(WIDER) <= 0, "nothing sticks out at the side"
    page.get_by_text("Check a paper of your own").click()
    page.locator("input[type=file]").set_input_files(TEMPLATE)
    expect(page.get_by_role("heading", name="MINE")).to_be_visible()
    rest(page)
    expect(page.get_by_text("Size of the test part")).to_be_visible()
    assert page.evaluate(WIDER) <= 0
    page.close()

"""Two people at once: what one uploads is never what the other sees, whatever the files are called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from core.types import SERVED_ROLES
from tests.browser.conftest import READY
from tests.browser.test_read_a_case import png, want
from tests.browser.waiting import rest

pytestmark = pytest.mark.browser

PICTURE = "[data-testid=stImage] img"


@contextmanager
def visitor(chromium: Browser, address: str) -> Iterator[Page]:
    """The first page in a browser profile of its own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.goto(address)
    page.get_by_text(READY).wait_for()
    rest(page)
    yield page
    context.close()


def upload(page: Page, content: bytes) -> None:
    page.locator('input[type="file"]').first.set_input_files(
        {"name": "lesion.png", "mimeType": "image/png", "buffer": content}
    )
    expect(page.get_by_test_id("stText").first).to_have_text("lesion.png", timeout=240_000)


def headlines(page: Page, probabilities: list[str]) -> None:
    shown = page.get_by_test_id("stMetricValue")
    for place in range(len(SERVED_ROLES)):
        expect(shown.nth(place)).to_have_text(probabilities[place], timeout=240_000)


def test_one_file_name_with_different_pixels_gives_each_their_own_result(chromium, address, served_models):
    wanted = {seed: want(served_models, seed) for seed in (2, 3)}
    assert wanted[2] != wanted[3]
    with visitor(chromium, address) as first, visitor(chromium, address) as second:
        upload(first, png(2))
        upload(second, png(3))
        headlines(first, wanted[2])
        headlines(second, wanted[3])
        rest(first)
        rest(second)
        pictures = [page.locator(PICTURE).first.get_attribute("src") for page in (first, second)]
        assert pictures[0] != pictures[1]
        upload(first, png(3))
        headlines(first, wanted[3])
        rest(first)
        assert first.locator(PICTURE).first.get_attribute("src") == pictures[1]
        headlines(second, wanted[3])
        upload(second, png(2))
        headlines(second, wanted[2])
        headlines(first, wanted[3])


def test_a_new_visitor_sees_nothing_of_an_earlier_one(chromium, address):
    with visitor(chromium, address) as first:
        upload(first, png(2))
        with visitor(chromium, address) as second:
            expect(second.get_by_text("lesion.png")).to_have_count(0)
            expect(second.get_by_test_id("stText").first).to_contain_text("Generated")

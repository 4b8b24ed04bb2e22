"""Explanations in a real browser: maps, what hides a failed one, a slow one cancelled, a copy to keep."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from core.bundle import load_pair
from tests.browser.waiting import rest
from tests.pair_factory import PAIR

pytestmark = pytest.mark.browser

GRID = ".st-key-twinlens_explain_row .js-plotly-plot"
PATIENCE_MS = 240_000
TITLES = ("Teacher · Grad-CAM", "Student · Grad-CAM", "Teacher · LayerCAM", "Student · LayerCAM")
CHECKED = re.compile("Passed every check|Not shown to be right|Failed a check")


@pytest.fixture
def explained(chromium: Browser, address: str) -> Iterator[Page]:
    """The page with its first sample, every quick map drawn and checked."""
    tab = chromium.new_page(viewport={"width": 1440, "height": 1000})
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(f"{address}/Explain")
    tab.locator(f"{GRID} .imagelayer image").first.wait_for()
    for title in TITLES:
        expect(card(tab, title)).to_contain_text(CHECKED, timeout=PATIENCE_MS)
    rest(tab, timeout=PATIENCE_MS)
    yield tab
    tab.close()


def card(page: Page, title: str) -> Locator:
    """The card of one map."""
    return page.locator("[data-testid=stColumn]").filter(has=page.get_by_text(title, exact=True)).last


def drawn(page: Page) -> Locator:
    """Heat maps on the pictures of the grid."""
    return page.locator(f"{GRID} .heatmaplayer .hm")


def test_every_map_is_checked_and_a_failed_one_waits_for_a_click(explained: Page) -> None:
    shows = explained.get_by_text("Show this map all the same")
    failed = shows.count()
    expect(drawn(explained)).to_have_count(4 - failed)
    assert failed, "the student's Grad-CAM of this sample changes with a little noise"
    expect(explained.locator(GRID)).to_contain_text("Hidden, because")
    shows.first.click()
    expect(drawn(explained)).to_have_count(5 - failed)


def test_maps_as_lines_and_a_copy_that_says_what_it_is(explained: Page) -> None:
    assert explained.locator(f"{GRID} .contourlayer .contour").count() == 0
    explained.get_by_text("Lines", exact=True).click()
    explained.locator(f"{GRID} .contourlayer .contour").first.wait_for(state="attached")
    expect(drawn(explained)).to_have_count(0)
    rest(explained, timeout=PATIENCE_MS)
    with explained.expect_download() as download:
        card(explained, "Teacher · LayerCAM").get_by_role("button", name="Keep this map").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert sorted(archive.namelist()) == ["map.json", "map.npy", "overlay.png"]
        note = json.loads(archive.read("map.json"))
        values = np.load(io.BytesIO(archive.read("map.npy")), allow_pickle=False)
        picture = Image.open(io.BytesIO(archive.read("overlay.png")))
    assert (note["role"], note["method"]) == ("teacher", "layercam")
    assert note["layer"] and note["class"] and note["versions"]["torch"] and note["trust"]["checks"]
    assert list(values.shape) == note["shape"] and values.dtype == np.float32
    assert values.min() >= 0 and values.max() == pytest.approx(1)
    assert picture.width >= note["frame"]["width"]


def test_a_slow_method_is_announced_started_cancelled_and_another_still_works(explained: Page) -> None:
    explained.get_by_role("button", name="Occlusion").click()
    announced = explained.get_by_role("button", name="Compute Occlusion")
    expect(
        explained.get_by_text(re.compile("Occlusion takes its time on this machine: teacher"))
    ).to_be_visible()
    rest(explained)
    announced.click()
    expect(explained.get_by_text(re.compile(r"Occlusion, teacher \(1 of 2\)"))).to_be_visible()
    explained.get_by_role("button", name="Cancel", exact=True).click()
    expect(announced).to_be_visible()
    expect(explained.get_by_text(re.compile(r"Occlusion, teacher \(1 of 2\)"))).to_have_count(0)
    expect(explained.locator(GRID)).to_contain_text("Not computed yet")

    rest(explained)
    explained.get_by_role("button", name="Occlusion", exact=False).first.click()
    rest(explained)
    explained.get_by_role("button", name="ScoreCAM").click()
    explained.get_by_role("button", name="Compute ScoreCAM").wait_for()
    rest(explained)
    explained.get_by_role("button", name="Compute ScoreCAM").click()
    for title in ("Teacher · ScoreCAM", "Student · ScoreCAM"):
        expect(card(explained, title)).to_contain_text(CHECKED, timeout=PATIENCE_MS)


def test_what_was_measured_over_many_cases_stands_below(explained: Page, served_models) -> None:
    expect(explained.get_by_role("heading", name="Over many cases")).to_be_visible()
    if load_pair(PAIR, models=served_models).card.explanations is None:
        expect(explained.get_by_text("Nothing was measured of this pair's maps")).to_be_visible()
    else:
        expect(explained.get_by_role("heading", name="Which methods can be believed?")).to_be_visible()

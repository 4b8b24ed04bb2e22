"""What only a browser can do on the page about calibration: click on a bin; and that nothing overflows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.bundle import load_pair
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.reliability import compute_reliability
from core.figures.wording import percent
from core.metrics.ece import BINS
from tests.browser.waiting import rest
from tests.pair_factory import PAIR

pytestmark = pytest.mark.browser

DIAGRAMS = '[data-testid="stPlotlyChart"]'


def opened(chromium: Browser, address: str, width: int) -> Iterator[Page]:
    tab = chromium.new_page(viewport={"width": width, "height": 1000})
    tab.set_default_timeout(120_000)
    tab.goto(f"{address}/Calibration")
    tab.get_by_text("How to read this").wait_for()
    tab.locator(f"{DIAGRAMS} .scatterlayer .points path").first.wait_for()
    rest(tab)
    yield tab
    tab.close()


@pytest.fixture
def wide(chromium: Browser, address: str) -> Iterator[Page]:
    yield from opened(chromium, address, 1440)


@pytest.fixture
def narrow(chromium: Browser, address: str) -> Iterator[Page]:
    yield from opened(chromium, address, 390)


def click_middle(page: Page, selector: str, place: int) -> None:
    mark = page.locator(selector).nth(place)
    mark.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = mark.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.parametrize(("chart", "role"), [(0, "teacher"), (2, "control")])
@pytest.mark.parametrize("layer", [".scatterlayer .points path", ".barlayer .point path"])
def test_a_click_on_a_bin_lists_its_cases(wide, served_models, chart, role, layer) -> None:
    pair = load_pair(PAIR, served_models)
    cases = load_held_out(pair, list_held_out(pair)[0])
    curve = compute_reliability(cases.positive_prob[role], cases.truth, cases.groups, bins=BINS)
    part = [part for part in curve.bins if part.n][1]
    click_middle(wide, f"{DIAGRAMS} >> nth={chart} >> {layer}", 1)
    expect(wide.get_by_text(f"The {role} said {percent(part.mean_prob)} on average")).to_be_visible(
        timeout=60_000
    )
    expect(wide.get_by_text(f"of these {part.n} cases")).to_be_visible(timeout=60_000)


def test_nothing_is_wider_than_a_telephone(narrow) -> None:
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
    for place in range(narrow.locator(DIAGRAMS).count()):
        box = narrow.locator(DIAGRAMS).nth(place).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 391


def test_diagrams_are_square(wide) -> None:
    size = wide.evaluate(
        "(() => { const l = document.querySelector('.js-plotly-plot')._fullLayout;"
        " return [l.xaxis._length, l.yaxis._length]; })()"
    )
    assert size[0] == pytest.approx(size[1], rel=0.02) and size[0] > 200

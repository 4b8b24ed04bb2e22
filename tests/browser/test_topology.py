"""What only a browser can do on the page about topology: click on a point; and that nothing overflows."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import rest
from tests.pair_factory import ROOT

pytestmark = pytest.mark.browser

CHARTS = '[data-testid="stPlotlyChart"]'
END = "Moves are 1-Wasserstein distances"


@pytest.fixture(scope="module")
def fundus_address(fundus_models: Path) -> Iterator[str]:
    """A server of its own, whose only pair takes topology."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = {**os.environ, "TWINLENS_MODELS": str(fundus_models)}
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except (URLError, OSError):
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def opened(chromium: Browser, address: str, width: int) -> Iterator[Page]:
    tab = chromium.new_page(viewport={"width": width, "height": 1000})
    tab.set_default_timeout(120_000)
    tab.goto(f"{address}/Topology")
    tab.get_by_text(END).wait_for()
    tab.locator(f"{CHARTS} .scatterlayer .points path").first.wait_for()
    rest(tab)
    yield tab
    tab.close()


@pytest.fixture
def wide(chromium: Browser, fundus_address: str) -> Iterator[Page]:
    yield from opened(chromium, fundus_address, 1440)


@pytest.fixture
def narrow(chromium: Browser, fundus_address: str) -> Iterator[Page]:
    yield from opened(chromium, fundus_address, 390)


def marks(page: Page) -> str:
    return page.locator('img[alt^="What the networks see. Marked"]').get_attribute("alt") or ""


def click_at(page: Page, chart: int, x: float, y: float) -> None:
    """Click on a place given in the chart's own units."""
    place = page.evaluate(
        """([number, x, y]) => {
          const plot = document.querySelectorAll('.js-plotly-plot')[number], l = plot._fullLayout;
          plot.scrollIntoView({block: 'center'});
          const box = plot.getBoundingClientRect();
          return [box.left + l._size.l + l.xaxis.d2p(x), box.top + l._size.t + l.yaxis.d2p(y)];
        }""",
        [chart, x, y],
    )
    page.wait_for_timeout(500)
    page.mouse.click(*place)


def test_a_click_on_a_point_and_on_a_bar_marks_its_pixels(wide: Page) -> None:
    assert "outside the lit disc" not in marks(wide)
    corner = wide.evaluate(
        """() => { const t = document.querySelectorAll('.js-plotly-plot')[0]._fullData
          .find(t => (t.hovertext || []).some(h => h.startsWith('Dark corner')));
          const i = t.hovertext.findIndex(h => h.startsWith('Dark corner'));
          return [Number(t.x[i]), Number(t.y[i])]; }"""
    )
    click_at(wide, 0, *corner)
    expect(wide.locator('img[alt*="outside the lit disc"]').first).to_be_visible(timeout=60_000)
    rest(wide)
    bar = wide.evaluate(
        """() => { const t = document.querySelectorAll('.js-plotly-plot')[1]._fullData[1];
          return [Number(t.base[0]) + Number(t.x[0]) / 2, Number(t.y[0])]; }"""
    )
    click_at(wide, 1, *bar)
    expect(wide.locator('img[alt*="Marked: bright spot"]')).to_be_visible(timeout=60_000)


def test_the_list_does_the_same_with_the_keyboard(wide: Page) -> None:
    first = marks(wide)
    box = wide.get_by_role("combobox", name="Spot to look at")
    box.focus()
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    wide.wait_for_function(
        """first => document.querySelector('img[alt^="What the networks see. Marked"]').alt !== first""",
        arg=first,
    )


def test_nothing_is_wider_than_a_telephone(narrow: Page) -> None:
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
    for place in range(narrow.locator(CHARTS).count()):
        box = narrow.locator(CHARTS).nth(place).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 391

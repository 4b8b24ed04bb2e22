"""Slices in a real browser: a stack is gone through by keyboard, and no identifier comes back."""

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

import pydicom.data
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import READY
from tests.browser.waiting import rest
from tests.pages.test_ct import NEEDLES, multi_frame_file, slice_file
from tests.pair_factory import ROOT

pytestmark = pytest.mark.browser

VIEWER = ".st-key-twinlens_slice .js-plotly-plot"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ct") / "server.log"


@pytest.fixture(scope="module")
def ct_address(ct_models: Path, log: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--logger.level=debug"]
    with log.open("wb") as stream:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "TWINLENS_MODELS": str(ct_models)},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except (URLError, OSError):
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(params=[1440, 390])
def visit(request: pytest.FixtureRequest, chromium: Browser, ct_address: str) -> Iterator[tuple[Page, list]]:
    """The first page with its drawn slice, and every websocket message that the server sends."""
    page = chromium.new_page(viewport={"width": request.param, "height": 1000})
    page.set_default_timeout(120_000)
    frames: list[bytes] = []

    def keep(payload: str | bytes) -> None:
        frames.append(payload if isinstance(payload, bytes) else payload.encode())

    page.on("websocket", lambda ws: ws.on("framereceived", keep))
    page.goto(ct_address)
    page.get_by_text(READY).wait_for()
    yield page, frames
    page.close()


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    page.locator('input[type="file"]').first.set_input_files(
        [{"name": name, "mimeType": "application/dicom", "buffer": content} for name, content in files]
    )
    # the widget is emptied once its files are read
    chips = page.get_by_test_id("stFileChipName")
    chips.first.wait_for()
    expect(chips).to_have_count(0, timeout=120_000)
    rest(page)


def shown(page: Page, name: str) -> None:
    expect(page.get_by_test_id("stText").get_by_text(name, exact=True)).to_be_visible()


def test_files_become_slices_and_no_identifier_comes_back(visit, log) -> None:
    page, frames = visit
    small = Path(pydicom.data.get_testdata_file("CT_small.dcm")).read_bytes()
    upload(page, ("scan", small))
    expect(page.get_by_test_id("stText").first).to_have_text("scan")
    series = [(f"s{number}.dcm", slice_file(number)) for number in (3, 1, 2)]
    upload(page, *series, ("broken.dcm", series[0][1][:700]))
    expect(page.get_by_test_id("stText").first).to_contain_text("broken.dcm: ")
    expect(page.get_by_text("Slice 2 of 3", exact=True).first).to_be_visible()
    shown(page, "s2.dcm")
    thumb = page.get_by_role("slider", name="Slice (arrow keys move it)")
    thumb.focus()
    thumb.press("ArrowRight")
    shown(page, "s3.dcm")
    page.get_by_role("button", name="Previous").click()
    shown(page, "s2.dcm")
    upload(page, ("frames.dcm", multi_frame_file(4)))
    expect(page.get_by_text("Slice 2 of 4", exact=True).first).to_be_visible()
    rest(page)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    received = b"".join(frames)
    assert b"frames.dcm" in received
    places = {"page": page.content().encode(), "websocket": received, "log": log.read_bytes()}
    for where, text in places.items():
        for needle in (*NEEDLES, "CompressedSamples"):
            assert needle.encode() not in text, (where, needle)


def test_a_window_is_stamped_and_the_ground_is_black(visit) -> None:
    page, _ = visit
    figure = page.locator(VIEWER)
    figure.locator(".heatmaplayer image").wait_for()
    probabilities = page.get_by_test_id("stMetricValue").all_inner_texts()
    page.get_by_role("radio", name="Mediastinal window").click()
    expect(figure.get_by_text("Mediastinal window: centre 40, width 400 HU")).to_be_visible()
    expect(figure.get_by_text("not the networks' window")).to_be_visible()
    rest(page)
    assert page.get_by_test_id("stMetricValue").all_inner_texts() == probabilities
    ground = page.evaluate(f"document.querySelector('{VIEWER}')._fullLayout.paper_bgcolor")
    assert ground == "#000000"
    smoothing = page.evaluate(
        f"getComputedStyle(document.querySelector('{VIEWER} .heatmaplayer image')).imageRendering"
    )
    assert smoothing == "pixelated"
    with page.expect_download() as kept:
        page.get_by_role("button", name="Keep this picture (PNG)").click()
    assert kept.value.suggested_filename == "twinlens-mediastinum.png"

"""A refused photograph in a real browser: the reasons are seen, the prediction is not."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from urllib.error import URLError

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from core.intake.samples import read_retina
from tests.browser.waiting import rest
from tests.pair_factory import ROOT

pytestmark = pytest.mark.browser

PAGE = ROOT / "tests" / "ui" / "gate_page.py"


@pytest.fixture(scope="module")
def gate_address() -> Iterator[str]:
    """A server of the picker and the gate alone, which needs no pair."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(PAGE), "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except (URLError, OSError):
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_dark_upload_is_refused_until_asked_and_again_for_the_next(chromium: Browser, gate_address, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(gate_address)
    prediction = page.get_by_role("heading", name="Prediction")
    prediction.wait_for()
    expect(page.locator("[data-testid=stImage] img")).to_have_count(2)
    dark = (read_retina().pixels[::3, ::3] * 0.2).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(dark).save(buffer, "PNG")
    file = {"name": "night.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    page.locator('input[type="file"]').first.set_input_files(file)
    page.get_by_text("Too dark: retake with more light").wait_for()
    rest(page)
    expect(prediction).to_have_count(0)
    page.get_by_text("Show what the networks say all the same").click()
    prediction.wait_for()
    expect(page.get_by_text("Read against the quality check.")).to_be_visible()
    expect(page.get_by_text("Too dark: retake with more light")).to_be_visible()
    page.get_by_text("Not an eye", exact=True).click()
    page.get_by_text("The colours are not those of a retina.").or_(
        page.get_by_text("There is no bright round field on a dark surround.")
    ).first.wait_for()
    rest(page)
    expect(prediction).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.close()

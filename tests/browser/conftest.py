"""A real server on a free port and a real Chromium; the shipped pair if there is one, else the test pair."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.pair_factory import PAIR, ROOT, build_models, fingerprint

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage", "--disable-sync"]
expect.set_options(timeout=60_000)  # a loaded machine is slow, not wrong
READY = "Zoom or move one picture and the other"


@pytest.fixture(scope="session")
def served_models(request: pytest.FixtureRequest) -> Path:
    shipped = ROOT / "models"
    if (shipped / PAIR / "card.json").is_file():
        return shipped
    return build_models(Path(request.config.cache.mkdir(f"twinlens-pair-{fingerprint()}")))


@pytest.fixture(scope="session")
def address(served_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    with log.open("wb") as stream:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "TWINLENS_MODELS": str(served_models)},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}/_stcore/health", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    named = [os.environ.get("TWINLENS_CHROMIUM"), *NAMES]
    found = next((path for name in named if name and (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """The first page, with its first sample read and both maps drawn."""
    tab = chromium.new_page(viewport={"width": 1440, "height": 1000})
    tab.set_default_timeout(120_000)
    tab.goto(address)
    tab.get_by_text(READY).wait_for()
    tab.locator(".st-key-twinlens_maps_row .js-plotly-plot .imagelayer image").first.wait_for()
    yield tab
    tab.close()

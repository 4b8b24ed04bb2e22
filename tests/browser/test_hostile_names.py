"""Hostile file names in a real browser: words on a page, and nothing asked of anybody else."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from core.intake.titles import clean_title
from tests.browser.test_read_a_case import png
from tests.browser.waiting import rest
from tests.hostile.others import FILE_NAMES

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
# Not sent by a browser: no file system has them, or the widget of photographs wants another ending.
NAMES = [
    title
    for _, title in FILE_NAMES
    if title.endswith(".png") and len(title) < 255 and not {"\0", "\ud83d"} & set(title)
]
WATCH = """
window.__ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = () => window.__ran.push(name);
"""


def read_policy() -> str:
    """The Content-Security-Policy that the documents give to a reverse proxy."""
    words = (ROOT / "docs" / "hostile-input.md").read_text(encoding="utf-8")
    (found,) = re.findall(r'Content-Security-Policy "([^"]+)"', words)
    return found


@pytest.fixture(scope="module")
def names_address() -> Iterator[str]:
    """A server of the picker alone, with the settings of the application."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "tests" / "ui" / "names_page.py")]
    command += ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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
        server.wait(timeout=60)


@pytest.fixture(scope="module")
def hardened(chromium: Browser, names_address: str) -> Iterator[tuple[Page, list[str], list[str]]]:
    """A page behind the documented policy; what it asked of others, and what the policy stopped."""
    context = _open_context(chromium)
    page = context.new_page()
    page.set_default_timeout(120_000)
    asked: list[str] = []
    stopped: list[str] = []

    def answer(route: Route) -> None:
        if not route.request.url.startswith(names_address):
            asked.append(route.request.url)
            route.abort()
        elif route.request.is_navigation_request():
            reply = route.fetch()
            headers = {**reply.headers, "content-security-policy": read_policy(), "x-frame-options": "DENY"}
            route.fulfill(response=reply, headers=headers)
        else:
            route.continue_()

    context.route(re.compile("^https?:"), answer)
    page.on("console", lambda said: stopped.append(said.text) if "Content Security" in said.text else None)
    page.add_init_script(WATCH)
    page.goto(names_address)
    page.get_by_test_id("stText").first.wait_for()
    rest(page)
    yield page, asked, stopped
    context.close()


def _open_context(chromium: Browser) -> BrowserContext:
    """A profile that may reach this machine although its page came through the test, from no known place."""
    try:
        return chromium.new_context(permissions=["local-network-access"])
    except Error:
        return chromium.new_context()  # an older Chromium, which knows no such permission


def as_shown(name: str) -> str:
    """What a page shows of a name that a browser sends, which codes three characters (HTML, 4.10.21.8)."""
    sent = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return clean_title(sent)


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    page.locator('input[type="file"]').first.set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
    )


def check_alive(page: Page) -> None:
    expect(page.get_by_role("heading", name="Read a case")).to_be_visible()
    expect(page.locator('[data-testid="stFileUploader"]').first).to_be_visible()
    assert page.evaluate("window.__ran") == []
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("main a[href*='beacon'], main img[src*='beacon'], main script").count() == 0
    assert "owned" not in page.title()


def test_the_page_works_behind_the_documented_headers(hardened):
    page, asked, stopped = hardened
    upload(page, ("lesion.png", png(2)))
    expect(page.get_by_test_id("stText").first).to_have_text("lesion.png")
    expect(page.locator(".js-plotly-plot .heatmaplayer image").first).to_be_attached()
    rest(page)
    assert stopped == []
    assert asked == []


@pytest.mark.parametrize("part", ["script", "onerror", "style", "beacon"])
def test_the_hostile_name_of_a_picture_is_words_and_nothing_else(hardened, part):
    page, asked, _ = hardened
    name = next(name for name in NAMES if part in name)
    upload(page, (name, png(3)))
    expect(page.get_by_test_id("stText").filter(has_text=as_shown(name)).first).to_be_visible()
    rest(page)
    check_alive(page)
    assert asked == []


def test_hostile_names_of_refused_files_are_words_and_nothing_else(hardened):
    page, asked, _ = hardened
    upload(page, *((name, png(2)[:300]) for name in NAMES))
    expect(page.get_by_text(f"{len(NAMES)} files were not read.")).to_be_visible()
    rest(page)
    page.get_by_text("more files that were not read").click()
    for name in NAMES:
        expect(page.get_by_test_id("stText").filter(has_text=as_shown(name)).first).to_be_visible()
    check_alive(page)
    assert asked == []


def test_hostile_names_of_several_pictures_are_words_and_nothing_else(hardened):
    page, asked, _ = hardened
    upload(page, *((name, png(seed)) for seed, name in enumerate(NAMES)))
    expect(page.get_by_test_id("stText").filter(has_text=as_shown(NAMES[0])).first).to_be_visible()
    rest(page)
    check_alive(page)
    assert asked == []

"""The app's server and a real Chromium, for the benchmarks of the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage", "--disable-sync"]


def open_chromium(playwright: Playwright) -> Browser:
    """The browser that ``TWINLENS_CHROMIUM`` names, or the first that is installed."""
    named = [os.environ.get("TWINLENS_CHROMIUM"), *NAMES]
    found = next((path for name in named if name and (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=ARGUMENTS)


@contextmanager
def start_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the app on a free port; its address, before it answers, and its process, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(timeout=30)

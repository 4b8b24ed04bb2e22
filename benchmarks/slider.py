"""How soon the threshold explorer follows a drag, in a real Chromium with 10,000 held-out cases.

``python -m benchmarks.slider`` copies the shipped pair to a temporary folder with its held-out predictions
redrawn to 10,000 cases, serves it, drags the slider as a hand would, and prints for every step the time from
the browser's input event to the end of the frame that shows it, beside what the server took to answer a
changed prevalence. The first of a few drags warms up and does not count.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pandas as pd
from playwright.sync_api import Page, sync_playwright

from core.bundle import MODELS_DIR, PREDICTIONS_NAME, load_pair, save_pair

ROOT = Path(__file__).resolve().parent.parent
PAIR, DATASET = "melanoma", "isic2017"

_WATCH = """root => {
  window.steps = [];
  root.querySelector('.slider').addEventListener('input', (event) => {
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.steps.push(performance.now() - event.timeStamp);
      channel.port2.postMessage(null);
    });
  });
}"""
"""A message posted in a frame's callback arrives after that frame is drawn."""


def write_models(folder: Path, cases: int) -> None:
    """The shipped pair with ``cases`` held-out cases drawn from its own, moved apart by a little noise."""
    pair = load_pair(PAIR, MODELS_DIR)
    table = pair.predictions()
    rng = np.random.default_rng(0)
    rows = table[(table["dataset"] == DATASET) & (table["split"] == "test")]
    count = int((rows["role"] == "teacher").sum())
    drawn = rng.integers(0, count, cases)
    columns = [f"prob_{code}" for code in pair.card.classes]
    parts = [table[table["split"] == "val"]]
    for _, of_role in rows.groupby("role", sort=False):
        part = of_role.iloc[drawn].copy()
        logits = np.log(part[columns].to_numpy() + 1e-9) + rng.normal(0, 0.15, (cases, len(columns)))
        probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        part[columns] = probs
        positive = [f"prob_{code}" for code in pair.card.positives]
        part["positive_prob"] = part[positive].sum(axis=1)
        part["image_id"] = part["group"] = [f"drawn_{number}" for number in range(cases)]
        parts.append(part)
    buffer = io.BytesIO()
    pd.concat(parts, ignore_index=True).to_parquet(buffer, index=False)
    files = {name: pair.read(name) for name in pair.card.files}
    save_pair(pair.card, files | {PREDICTIONS_NAME: buffer.getvalue()}, folder)


def drag(page: Page, steps: int) -> list[float]:
    """Drag the slider there and back; milliseconds from each input event to the frame that shows it."""
    page.evaluate("window.steps = []")
    slider = page.locator(".explorer .slider")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    if box is None:
        raise RuntimeError("the slider is not on the page")
    y = box["y"] + box["height"] / 2
    start = slider.evaluate("element => element.value / element.max")
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * start, y)
    page.mouse.down()
    for step in range(steps):
        share = 0.05 + 0.85 * abs(1 - 2 * step / steps)
        page.mouse.move(box["x"] + box["width"] * share, y)
        page.wait_for_timeout(16)
    page.mouse.up()
    page.wait_for_timeout(400)
    return page.evaluate("window.steps")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=120, help="mouse positions of one drag")
    parser.add_argument("--drags", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_models(Path(folder), options.cases)
        port = _free_port()
        environment = {**os.environ, "TWINLENS_MODELS": folder}
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        command += [f"--server.port={port}", "--server.address=127.0.0.1"]
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _measure(f"http://127.0.0.1:{port}", options)
        finally:
            server.terminate()
            server.wait(timeout=20)


def _measure(address: str, options: argparse.Namespace) -> None:
    _wait_until_healthy(f"{address}/_stcore/health")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(120_000)
        page.goto(f"{address}/Thresholds")
        page.locator(".explorer .readout td b").first.wait_for()
        page.wait_for_timeout(1500)
        page.locator(".explorer").evaluate(_WATCH)
        drag(page, options.steps)
        times = np.concatenate([drag(page, options.steps) for _ in range(options.drags)])
        rerun = [_rerun(page, share) for share in (3.0, 5.0, 7.0, 9.0, 11.0)]
        browser.close()
    p50, p95 = np.percentile(times, [50, 95])
    print(f"{options.cases:,} cases, {options.drags} drags, {len(times)} steps shown while dragging")
    print(f"input event to shown frame: p50 {p50:.1f} ms, p95 {p95:.1f} ms, max {times.max():.1f} ms")
    print(f"changed prevalence to redrawn explorer, through the server: median {np.median(rerun):.0f} ms")
    print(f"the drag is followed {np.median(rerun) / p50:.0f} times sooner than the server could")


def _rerun(page: Page, per_cent: float) -> float:
    field = page.get_by_role("spinbutton", name="in your clinic")
    field.fill(f"{per_cent:.1f}")
    started = time.perf_counter()
    field.press("Enter")
    page.get_by_text(f"where {per_cent:.3g} of 100").first.wait_for()
    return 1000 * (time.perf_counter() - started)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


if __name__ == "__main__":
    main()

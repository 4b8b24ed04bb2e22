"""What the page of an export costs and how exactly it answers, in a real Chromium.

``python -m benchmarks.web_page`` exports the student of every pair with its page, serves the folder, and
reads the pair's first sample as PNG and as JPEG of several qualities, in turn with the application on the
same bytes. It prints JSON: sizes, median milliseconds by stage, their ratio to the application's (decoding,
preparation and network, on one thread), seconds from opening the page until it takes a picture (from this
machine's disk), and the largest difference of a probability.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from core.bundle import Pair, list_pairs, load_pair
from core.intake.raster import read_case
from core.intake.samples import open_first_sample
from core.portable.folder import export_folder
from core.predict import open_predictor, predict_case

QUALITIES = (75, 85, 95)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the requests off the terminal."""


def draw_files(pair: Pair) -> dict[str, bytes]:
    """The first sample at its own size, as PNG and as JPEG."""
    image = Image.fromarray(open_first_sample(pair.card.modality).pixels)
    files = {}
    for name, options in (
        ("sample.png", {"format": "PNG"}),
        *((f"{quality}.jpg", {"format": "JPEG", "quality": quality}) for quality in QUALITIES),
    ):
        buffer = io.BytesIO()
        image.save(buffer, **options)  # type: ignore[arg-type]
        files[name] = buffer.getvalue()
    return files


def measure(browser: Browser, address: str, pair: Pair, runs: int) -> dict[str, Any]:
    """Times and differences of one pair; page and application take turns on each picture."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    begun = time.perf_counter()
    page.goto(address)
    expect(page.locator("#file")).to_be_enabled(timeout=60_000)
    ready_s = time.perf_counter() - begun
    predictor = open_predictor(pair, "student", threads=1)
    stages: dict[str, list[float]] = {"decode": [], "prepare": [], "network": []}
    application, differences = [], {}
    for name, content in draw_files(pair).items():
        for turn in range(runs + 1 if name == "sample.png" else 1):
            begun = time.perf_counter()
            case = read_case(content, title=name, modality=pair.card.modality)
            wanted = predict_case(predictor, case).probs
            took_ms = (time.perf_counter() - begun) * 1000
            shown = f"{turn}-{name}"
            page.set_input_files("#file", {"name": shown, "mimeType": "", "buffer": content})
            expect(page.locator("#caption")).to_contain_text(shown)
            reading = page.locator("#reading")
            found = json.loads(reading.get_attribute("data-probs") or "[]")
            differences[name] = float(np.abs(np.array(found) - wanted).max())
            if name == "sample.png" and turn:  # the first of each warms up
                application.append(took_ms)
                for stage, ms in json.loads(reading.get_attribute("data-times") or "{}").items():
                    stages[stage].append(ms)
    page.close()
    whole = [sum(times) for times in zip(*stages.values(), strict=True)]
    return {
        "pixels": list(open_first_sample(pair.card.modality).pixels.shape[:2]),
        "runs": runs,
        "ready_s": round(ready_s, 2),
        "page_ms": {stage: round(statistics.median(times), 1) for stage, times in stages.items()},
        "page_total_ms": round(statistics.median(whole), 1),
        "application_ms": round(statistics.median(application), 1),
        "page_over_application": round(statistics.median(whole) / statistics.median(application), 2),
        "largest_difference": differences,
    }


def main() -> None:
    """Print the record of every pair as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="readings of each picture that count")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        record: dict[str, Any] = {"browser": f"Chromium {browser.version}"}
        for name in list_pairs():
            pair = load_pair(name)
            files = export_folder(pair, "student", Path(folder) / name, web=True).record.files
            page = {
                file: entry.bytes
                for file, entry in files.items()
                if file.startswith(("web/", "index", "worker"))
            }
            record[name] = {
                "folder_bytes": sum(entry.bytes for entry in files.values()),
                "network_bytes": files[str(pair.network("student").onnx)].bytes,
                "page_bytes": sum(page.values()),
                "runtime_bytes": sum(size for file, size in page.items() if "/ort" in file),
                **measure(browser, f"http://127.0.0.1:{server.server_port}/{name}/", pair, runs),
            }
        browser.close()
        server.shutdown()
        server.server_close()
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()

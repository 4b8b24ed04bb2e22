"""From choosing a file to both answers on the page, in a real Chromium: ``python -m benchmarks.upload``.

The pair, the page and the pictures are a reader's: JPEGs of the size of a dermatoscope's, uploaded one after
the other into one session on a running server. Taking turns with each upload, this process decodes the same
file, prepares it and runs both networks, on one thread as the page does. Prints JSON, milliseconds as
medians; ``ratio`` is ``browser`` over ``work``.

``work``      decoding here, preparation and both networks: what cannot be left out
``apart``     the same with the file decoded in a child process, and the checks on the picture
``server``    from sending the file until both answers have arrived, for a visitor without a browser
``browser``   from the browser's ``change`` event until both probabilities stand in the document
``painted``   until the end of the frame that shows them
``protocol``  from the ``change`` event until the file has been sent
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import threading
import time
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import open_chromium
from core.bundle import MODELS_DIR, Pair, load_pair
from core.figures.wording import percent
from core.intake.raster import read_case
from core.intake.samples import list_samples, open_sample
from core.intake.uploads import read_uploads
from core.latency import read_machine_load
from core.predict import predict_case
from core.release.reading import PairReader, open_reader
from tests.server.live import Session, serve

ROLES = ("teacher", "student")
READY = "document.querySelectorAll('.st-key-twinlens_maps_row .imagelayer image').length >= 2"
WATCH = """expected => {
  window.found = null;
  const input = document.querySelector('input[type="file"]');
  const read = () => [...document.querySelectorAll('[data-testid="stMetricValue"]')].slice(0, 2)
    .map(one => one.textContent.trim());
  input.addEventListener('change', event => {
    const start = performance.now();
    const seen = {};
    const look = () => {
      const texts = read();
      if (texts.length === 2 && texts.every((text, place) => text === expected[place]) && !seen.answers) {
        seen.answers = performance.now() - start;
        observer.disconnect();
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => {
            const sent = performance.getEntriesByType('resource')
              .filter(one => one.name.includes('upload_file') && one.startTime >= start);
            seen.painted = performance.now() - start;
            seen.protocol = sent.length ? sent[sent.length - 1].responseEnd - start : null;
            window.found = seen;
          };
          channel.port2.postMessage(null);
        });
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, {subtree: true, childList: true, characterData: true});
  }, {once: true, capture: true});
}"""
"""A message posted in a frame's callback arrives after that frame is drawn."""


def make_pictures(reader: PairReader, count: int) -> list[tuple[bytes, list[str]]]:
    """JPEGs, and what the page will show of each; no two neighbours share a probability."""
    modality = reader.pair.card.modality
    cases = [open_sample(modality, name).pixels for name in list_samples(modality)]
    pictures: list[tuple[bytes, list[str]]] = []
    number = 0
    while len(pictures) < count:
        pixels = np.roll(cases[number % len(cases)], 7 * number, 1)
        number += 1
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", quality=90)
        case = read_case(stream.getvalue(), title="a.jpg", modality=modality)
        answers = [percent(one.positive_prob) for one in reader.read(case, ungradable=True).predictions]
        before = pictures[-1][1] if pictures else ["", ""]
        if all(now != then for now, then in zip(answers, before, strict=True)):
            pictures.append((stream.getvalue(), answers))
    return pictures


def time_ms(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e3


def work(reader: PairReader, content: bytes) -> None:
    case = read_case(content, title="a.jpg", modality=reader.pair.card.modality)
    for role in ROLES:
        predict_case(reader.predictors[role], case)


def work_apart(reader: PairReader, content: bytes) -> None:
    (case,) = read_uploads([("a.jpg", content)], modality=reader.pair.card.modality).cases
    reader.read(case, ungradable=True)


def upload_in_browser(page: Page, content: bytes, expected: list[str], number: int) -> dict[str, float]:
    """Choose a file; what the page's own clock says."""
    page.wait_for_selector('input[type="file"]', state="attached")
    page.evaluate(WATCH, expected)
    page.locator('input[type="file"]').first.set_input_files(
        {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": content}
    )
    page.wait_for_function("window.found !== null", polling=50)
    found: dict[str, float] = page.evaluate("window.found")
    come_to_rest(page)
    return found


def come_to_rest(page: Page) -> None:
    page.wait_for_timeout(300)
    page.wait_for_function("document.querySelector('[data-testid=stStatusWidget]') === null")
    page.wait_for_function(READY)


class Visitor(Session):
    """A session without a browser that notes when the answers have arrived."""

    def upload_timed(self, content: bytes, expected: list[str]) -> float:
        """Milliseconds from sending the file to both answers."""
        arrived: list[float] = []
        done = threading.Event()

        def watch() -> None:
            while not done.is_set() and not arrived:
                elements = list(self._elements.values())
                texts = [one.metric.body for one in elements if one.WhichOneof("type") == "metric"]
                if texts[:2] == expected:
                    arrived.append(time.perf_counter())
                time.sleep(0.001)

        watcher = threading.Thread(target=watch)
        start = time.perf_counter()
        watcher.start()
        self.upload(content, "a.jpg")
        done.set()
        watcher.join()
        return (arrived[0] - start) * 1e3


def measure(pair: Pair, count: int) -> dict[str, list[float]]:
    reader = open_reader(pair, ROLES, threads=1)
    pictures = make_pictures(reader, 2 * count + 2)
    times: dict[str, list[float]] = {}
    with serve(MODELS_DIR) as server, sync_playwright() as playwright, Visitor(server) as visitor:
        visitor.visit()
        page = open_chromium(playwright).new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(120_000)
        page.goto(server.address)
        page.wait_for_function(READY)
        come_to_rest(page)
        for number in range(count + 1):
            content, expected = pictures[2 * number]
            other, others = pictures[2 * number + 1]
            found = upload_in_browser(page, content, expected, number)
            row = {
                "work": time_ms(lambda content=content: work(reader, content)),
                "apart": time_ms(lambda content=content: work_apart(reader, content)),
                "server": visitor.upload_timed(other, others),
                "browser": found["answers"],
                "painted": found["painted"],
                "protocol": found["protocol"],
            }
            if number:  # the first upload starts the decoders
                for name, value in row.items():
                    times.setdefault(name, []).append(value)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=20)
    options = parser.parse_args()
    load = read_machine_load()
    times = measure(load_pair("melanoma"), options.uploads)
    median = {name: statistics.median(found) for name, found in times.items()}
    ratios = [browser / alone for browser, alone in zip(times["browser"], times["work"], strict=True)]
    print(
        json.dumps(
            {
                "uploads": options.uploads,
                "load_per_core_before": load,
                "load_per_core_after": read_machine_load(),
                "median_ms": {name: round(value, 1) for name, value in median.items()},
                "p95_ms": {name: round(float(np.percentile(found, 95)), 1) for name, found in times.items()},
                "ratio": round(median["browser"] / median["work"], 2),
                "ratio_quartiles": [round(x, 2) for x in np.percentile(ratios, (25, 75))],
                "ratio_server": round(median["server"] / median["work"], 2),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()

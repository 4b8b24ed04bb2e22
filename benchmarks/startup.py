"""From starting the server to a usable first page, in a real Chromium: ``python -m benchmarks.startup``.

*Usable* means that both networks' probabilities of the sample case stand in the page's document. The browser
runs already, as a reader's does; it opens the address as soon as the server answers. Each round starts a new
server and a new, empty browser context. Prints JSON, seconds as median and range over the rounds:

``server``      start of the process until it answers: Python, Streamlit's command line and its imports
``document``    the address is opened until the frontend's first frame stands: Streamlit's JavaScript
``our_imports`` until the notice of the first page stands: the session starts and ``app.py`` imports ``core``
``answers``     until both probabilities stand: sample, checks, networks opened, both predictions, drawing
``usable``      all of these together
``server_cpu``  processor time of the server until then, which other work on the machine changes less
``maps``        from usable until both heat maps stand: torch is loaded in this time
``parts``       what a fresh Python process needs for each step in turn, without server or browser
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.browser import open_chromium, start_server
from core.latency import read_machine_load

ROOT = Path(__file__).resolve().parent.parent
APP = "[data-testid=stApp]"
NOTICE = ".st-key-twinlens_notice"
PROBABILITIES = """() => {
  const found = [...document.querySelectorAll('[data-testid="stMetricValue"]')].slice(0, 2);
  return found.length === 2 && found.every(one => /\\d/.test(one.textContent));
}"""
MAPS = "document.querySelectorAll('.st-key-twinlens_maps_row .imagelayer image').length >= 2"
PARTS = """
import json, time
times, at = {}, time.perf_counter()
def lap(name):
    global at
    now = time.perf_counter(); times[name] = now - at; at = now
import streamlit.web.cli; lap("import streamlit")
import ast, pathlib
for node in ast.parse(pathlib.Path("app.py").read_text()).body:
    if isinstance(node, ast.ImportFrom): exec(compile(ast.Module([node], []), "app.py", "exec"))
lap("import what app.py imports")
from core.bundle import list_pairs, load_pair
pairs = {name: load_pair(name) for name in list_pairs()}; pair = pairs["melanoma"]; lap("cards of all pairs")
from core.intake.samples import open_first_sample
case = open_first_sample("dermoscopy"); lap("sample drawn")
from core.predict import open_predictor, predict_case, open_familiarity
import onnxruntime; lap("import onnxruntime")
opened = [open_predictor(pair, role, threads=1) for role in ("teacher", "student")]; lap("networks opened")
familiarity = open_familiarity(pair); lap("check on the kind opened")
for one in opened: predict_case(one, case)
lap("both predictions")
print(json.dumps(times))
"""


def measure_parts() -> dict[str, float]:
    """Seconds of each step of the first page in a process of its own."""
    command = [sys.executable, "-c", PARTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure_round(browser: Browser) -> dict[str, float]:
    """One server from its start to its first page with maps."""
    start = time.perf_counter()
    with start_server() as (address, server):
        marks = {"server": _wait_for(address) - start}
        at = time.perf_counter()
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(address, wait_until="commit")
        for name, ready in (
            ("document", f"document.querySelector({APP!r}) !== null"),
            ("our_imports", f"document.querySelector('{NOTICE}') !== null"),
            ("answers", PROBABILITIES),
            ("maps", MAPS),
        ):
            page.wait_for_function(ready, polling=10)
            now = time.perf_counter()
            marks[name] = now - at
            at = now
            if name == "answers":
                times = psutil.Process(server.pid).cpu_times()
                marks["server_cpu"] = times.user + times.system
        context.close()
    marks["usable"] = sum(marks[name] for name in ("server", "document", "our_imports", "answers"))
    return marks


def _wait_for(address: str) -> float:
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return time.perf_counter()
        except (URLError, OSError):
            time.sleep(0.01)


def summarise(rounds: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Median and range of each key over the rounds."""
    return {
        name: {
            "median_s": round(statistics.median(one[name] for one in rounds), 3),
            "least_s": round(min(one[name] for one in rounds), 3),
            "most_s": round(max(one[name] for one in rounds), 3),
        }
        for name in rounds[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    load = read_machine_load()
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        measure_round(browser)  # files into the system's memory, byte code written
        measured = [measure_round(browser) for _ in range(rounds)]
    parts = [measure_parts() for _ in range(3)]
    print(
        json.dumps(
            {
                "rounds": rounds,
                "load_per_core_before": load,
                "load_per_core_after": read_machine_load(),
                **summarise(measured),
                "parts": {name: found["median_s"] for name, found in summarise(parts).items()},
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()

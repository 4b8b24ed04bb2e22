"""Twenty visitors at once on a live server, each with pictures of its own: is each shown its own maps?

    python -m benchmarks.explain_sessions [--visitors 20] [--pictures 3] [--careless | --first-page]

Starts the app on the shipped pairs and speaks Streamlit's own protocol with it, one websocket a visitor
(`tests/server/live.py`). The visitors come one after the other, then all at once, twice: first to "Read a
case", each with several pictures, then with the first of them to "Explain" too, whose checks take seconds.
Every heat map and every picture that a visitor is shown is held against what it was shown alone, bit for bit,
and what it was shown alone on the first page against what `core` computes in this process. Pictures a second
all at once are set against those of the visits one by one: above 1 the cores share the work, and as many as
there are cores is the limit.

``--careless`` serves the same app with a hook on the shared networks (`tests/server/careless.py`) and stays
on the first page, to see that what is wrong then is found.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import psutil

from core.bundle import MODELS_DIR, list_pairs, load_pair
from core.latency import read_machine_load
from tests.server.live import Server, serve
from tests.server.visits import (
    Count,
    Seen,
    Visitor,
    check_first_pages,
    compare,
    plan_visitors,
    visit,
    visit_together,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=3, help="of each visitor")
    parser.add_argument("--careless", action="store_true", help="with a hook on the shared networks")
    parser.add_argument("--first-page", action="store_true", help="leave Explain and its checks out")
    options = parser.parse_args()
    pairs = [load_pair(name) for name in list_pairs()]
    visitors = plan_visitors(pairs, visitors=options.visitors, pictures=options.pictures)
    report: dict[str, object] = {
        "explained": "with a hook on the shared networks" if options.careless else "as shipped",
        "visitors": options.visitors,
        "pairs": [pair.card.pair for pair in pairs],
        "pictures, all different": options.visitors * options.pictures,
        "load a core at the start": read_machine_load(),
    }
    with serve(MODELS_DIR, module="tests.server.careless" if options.careless else "streamlit") as server:
        report["Read a case"] = measure(server, visitors, ())
        if not (options.careless or options.first_page):
            report["Read a case, then Explain"] = measure(
                server, [keep_one(one) for one in visitors], ("Explain",)
            )
    print(json.dumps(report, indent=1))


def keep_one(visitor: Visitor) -> Visitor:
    """The same visitor with the first of its pictures."""
    return replace(
        visitor, pictures=visitor.pictures[:1], maps=visitor.maps[:1], backdrops=visitor.backdrops[:1]
    )


def measure(server: Server, visitors: Sequence[Visitor], pages: Sequence[str]) -> dict[str, object]:
    """Visit one by one, then twice all at once, and count what differs."""
    process, count = psutil.Process(server.pid), Count()
    rss = {"before": read_mb(process)}
    start = time.perf_counter()
    alone = [visit(server, visitor, pages) for visitor in visitors]
    serial_seconds = time.perf_counter() - start
    rss["after visits one by one"] = read_mb(process)
    start = time.perf_counter()
    together = visit_together(server, visitors, pages, count)
    seconds = time.perf_counter() - start
    rss["after visits all at once"] = read_mb(process)
    again = visit_together(server, visitors, pages, count)
    rss["after the same once more"] = read_mb(process)
    for found in (together, again):
        compare(found, alone, count)
    pictures = sum(len(one.pictures) for one in visitors)
    titles = ("upload, on Read a case", *(f"then on {page}" for page in pages))
    return {
        "first pages that lack what core computes": check_first_pages(visitors, alone),
        "heat maps shown": count.maps,
        "wrong heat maps": count.wrong_maps,
        "heat maps of somebody else": count.anothers_maps,
        "pictures shown": count.pictures,
        "wrong pictures": count.wrong_pictures,
        "pictures of somebody else": count.anothers_pictures,
        "errors": count.errors,
        "seconds alone": summarise(alone, titles),
        "seconds all at once": summarise([seen for seen in together if seen], titles),
        "pictures a second, one by one": round(pictures / serial_seconds, 2),
        "pictures a second, all at once": round(pictures / seconds, 2),
        "throughput over the serial limit": round(serial_seconds / seconds, 2),
        "server's memory, MB": rss,
    }


def read_mb(process: psutil.Process) -> int:
    return round(process.memory_info().rss / 1e6)


def summarise(visits: Sequence[list[Seen]], titles: Sequence[str]) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of each page."""
    found = {}
    for place, title in enumerate(titles):
        seconds = [seen.seconds for shown in visits for seen in shown[place :: len(titles)]]
        p50, p95 = np.percentile(seconds, [50, 95]) if seconds else (np.nan, np.nan)
        found[title] = {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}
    return found


if __name__ == "__main__":
    main()

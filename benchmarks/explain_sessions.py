"""Twenty visitors at once on a live server, each with pictures of its own: is each shown its own maps?

    python -m benchmarks.explain_sessions [--visitors 20] [--pictures 3]

Starts the app on the shipped pairs and speaks Streamlit's own protocol with it, one websocket a visitor
(`tests/server/live.py`). First the visitors come one after the other; then all at once. Every heat map and
every picture that a visitor is shown on "Read a case" and on "Explain" is held against what it was shown
alone, bit for bit, and what it was shown alone on the first page against what `core` computes in this
process.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence

import numpy as np
import psutil

from core.bundle import MODELS_DIR, list_pairs, load_pair
from core.latency import read_machine_load
from tests.server.live import serve
from tests.server.visits import Count, Seen, check_first_pages, compare, plan_visitors, visit, visit_together

PAGES = ("Explain",)
TITLES = ("upload, on Read a case", "then on Explain")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=3, help="of each visitor")
    options = parser.parse_args()
    pairs = [load_pair(name) for name in list_pairs()]
    visitors = plan_visitors(pairs, visitors=options.visitors, pictures=options.pictures)
    count = Count()
    with serve(MODELS_DIR) as server:
        process = psutil.Process(server.pid)
        rss = {"server started": read_mb(process)}
        load = read_machine_load()
        alone = [visit(server, visitor, PAGES) for visitor in visitors]
        rss["after visits one by one"] = read_mb(process)
        start = time.perf_counter()
        together = visit_together(server, visitors, PAGES, count)
        seconds = time.perf_counter() - start
        rss["after visits all at once"] = read_mb(process)
        again = visit_together(server, visitors, PAGES, count)
        rss["after the same once more"] = read_mb(process)
    lacking = check_first_pages(visitors, alone)
    compare(together, alone, count)
    compare(again, alone, count)
    report = {
        "visitors": options.visitors,
        "pairs": [pair.card.pair for pair in pairs],
        "pictures uploaded, all different": sum(len(visitor.pictures) for visitor in visitors),
        "load a core at the start": load,
        "first pages that lack what core computes": lacking,
        "heat maps shown": count.maps,
        "wrong heat maps": count.wrong_maps,
        "heat maps of somebody else": count.anothers_maps,
        "pictures shown": count.pictures,
        "wrong pictures": count.wrong_pictures,
        "pictures of somebody else": count.anothers_pictures,
        "errors": count.errors,
        "seconds alone": summarise(alone),
        "seconds all at once": summarise([seen for seen in together if seen]),
        "pictures a second, all at once": round(options.visitors * options.pictures / seconds, 2),
        "server's memory, MB": rss,
    }
    print(json.dumps(report, indent=1))


def read_mb(process: psutil.Process) -> int:
    return round(process.memory_info().rss / 1e6)


def summarise(visits: Sequence[list[Seen]]) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of each page."""
    found = {}
    for place, title in enumerate(TITLES):
        seconds = [seen.seconds for shown in visits for seen in shown[place :: len(TITLES)]]
        p50, p95 = np.percentile(seconds, [50, 95]) if seconds else (np.nan, np.nan)
        found[title] = {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}
    return found


if __name__ == "__main__":
    main()

"""What judging a heat map costs, as ratios measured in one run.

``python -m benchmarks.explain_faithfulness [PAIR] [THREADS]`` prints one JSON object. Taking turns, for
teacher and student: deletion and insertion curves of a Grad-CAM map, and those of the random orders, one
picture after another with both ends asked for each time (what following the paper order by order costs)
against what is served; and a whole judgement. Both ways must give the same figures, or it ends. Milliseconds
are of this machine, only the ratios can be compared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import numpy as np
import torch

from core.bundle import load_pair
from core.explain import faithfulness as served
from core.intake.samples import open_first_sample
from core.latency import measure_interleaved, read_machine_load
from core.predict import build_subject, explain_case, open_network, open_predictor
from core.sessions import INPUT_NAME, build_feeds
from core.trust import build_scorer, judge_map, measure_case_references
from core.types import SERVED_ROLES


def follow_one_by_one(score, x, order):  # type: ignore[no-untyped-def]
    """Both curves of an order, one picture after another, ends included."""
    copies = served._Copies(x)
    deletion = [float(score(copies.take(order, count)[None])[0]) for count in copies.counts]
    insertion = [float(score(copies.give(order, count)[None])[0]) for count in copies.counts]
    return np.array(deletion), np.array(insertion)


def random_orders() -> list[np.ndarray]:
    """The orders of the reference, opposite ones included."""
    rng = np.random.default_rng(served._SEED)
    fields = [rng.random((side, side)).astype(np.float32) for side in served.CELLS]
    orders = [served.order_blocks(field, served.GRID, served.GRID) for field in fields]
    return [*orders, *(order[::-1] for order in orders)]


def build_runs(pair, role, case, code, threads):  # type: ignore[no-untyped-def]
    """Label to what to time; raises where the two ways disagree."""
    network, predictor = open_network(pair, role), open_predictor(pair, role, threads=threads)
    subject = build_subject(pair, role, network, case)
    feeds = build_feeds(predictor.entry.preprocessing, predictor.entry.topology, case.pixels)
    x, score = feeds[INPUT_NAME], build_scorer(predictor, feeds, code)
    heatmap = explain_case(pair, role, network, case, class_code=code, subject=subject)
    reference = measure_case_references(predictor, case, subject=subject)[code]
    order = served.order_blocks(heatmap.values, served.GRID, served.GRID)

    def judge() -> object:
        return judge_map(
            pair, role, network, predictor, case, heatmap, reference, learned=None, subject=subject
        )

    ours = served.measure_faithfulness(score, x, heatmap.values, reference)
    deletion, insertion = follow_one_by_one(score, x, order)
    if not (
        np.allclose(ours.deletion, deletion, atol=1e-5) and np.allclose(ours.insertion, insertion, atol=1e-5)
    ):
        raise RuntimeError(f"{role}: the two ways disagree")
    runs: dict[str, Callable[[], object]] = {
        f"{role}: map, one by one": lambda: follow_one_by_one(score, x, order),
        f"{role}: map, served": lambda: served.measure_faithfulness(score, x, heatmap.values, reference),
        f"{role}: random orders, one by one": lambda: [
            follow_one_by_one(score, x, one) for one in random_orders()
        ],
        f"{role}: random orders, served": lambda: measure_case_references(predictor, case, subject=subject),
        f"{role}: Grad-CAM": lambda: explain_case(
            pair, role, network, case, class_code=code, subject=build_subject(pair, role, network, case)
        ),
        f"{role}: judgement of a map": judge,
    }
    return runs


def main(name: str = "melanoma", threads: str = "1") -> None:
    torch.set_num_threads(int(threads))
    pair = load_pair(name)
    case, code = open_first_sample(pair.card.modality), pair.card.positives[0]
    runs: dict[str, Callable[[], object]] = {}
    for role in SERVED_ROLES:
        runs |= build_runs(pair, role, case, code, int(threads))
    reports = measure_interleaved(runs, threads=int(threads), n=3, warmup=1)
    median = {label: report.median_ms for label, report in reports.items()}

    def ratio(role: str, what: str) -> float:
        return round(median[f"{role}: {what}, one by one"] / median[f"{role}: {what}, served"], 2)

    print(
        json.dumps(
            {
                "pair": name,
                "threads": int(threads),
                "batch": served.BATCH,
                "pictures of a map and of its random orders": {"one by one": [26, 260], "served": [22, 112]},
                "load_per_core": read_machine_load(),
                "noisy": [label for label, report in reports.items() if report.noisy],
                "median_ms": {label: round(value, 1) for label, value in median.items()},
                "one by one over served": {
                    role: {what: ratio(role, what) for what in ("map", "random orders")}
                    for role in SERVED_ROLES
                },
                "one map with its random orders, one by one over served": {
                    role: round(
                        (median[f"{role}: map, one by one"] + median[f"{role}: random orders, one by one"])
                        / (median[f"{role}: map, served"] + median[f"{role}: random orders, served"]),
                        2,
                    )
                    for role in SERVED_ROLES
                },
                "ten methods, one by one over served": {
                    role: round(
                        10
                        * (median[f"{role}: map, one by one"] + median[f"{role}: random orders, one by one"])
                        / (10 * median[f"{role}: map, served"] + median[f"{role}: random orders, served"]),
                        2,
                    )
                    for role in SERVED_ROLES
                },
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

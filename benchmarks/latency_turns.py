"""What single runs in alternation do to times on all cores: ``python -m benchmarks.latency_turns [PAIR]``.

Prints one JSON object: each network's median alternating run by run (A B A B) over its median in turns with
a run-up (A A A B B B), which is how ``python -m core latency`` measures. On all cores the threads of the
network before still spin.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from core.bundle import load_pair
from core.intake.samples import open_first_sample
from core.latency import measure_in_turns, measure_interleaved, read_machine_load
from core.release.latency_networks import list_networks, open_servable
from core.release.latency_report import default_threads
from core.release.runtimes import RUNTIMES, give_threads

RUNS, ROUNDS = 20, 2


def main(name: str = "lung") -> None:
    pair = load_pair(name)
    case = open_first_sample(pair.card.modality)
    servables = [open_servable(pair, role, precision, case) for role, precision in list_networks(pair)]
    load = read_machine_load()
    found = {}
    for threads in default_threads():
        runs = {
            f"{servable.cost.name}, {runtime.title}": run
            for servable in servables
            for runtime in RUNTIMES.values()
            if servable.cost.precision in runtime.precisions
            and (run := runtime.open(servable, threads)) is not None
        }
        ratios: dict[str, list[float]] = {label: [] for label in runs}
        with give_threads(threads):
            for _ in range(ROUNDS):
                single = measure_interleaved(runs, threads=threads, n=RUNS)
                turns = measure_in_turns(runs, turns=RUNS // 5)
                for label, values in ratios.items():
                    values.append(single[label].median_ms / float(np.median(turns[label])))
        found[f"{threads} threads"] = {
            label: [round(v, 2) for v in values] for label, values in ratios.items()
        }
    print(json.dumps({"pair": name, "load_per_core": load, "alternating_over_turns": found}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Would another runtime or 8 bits be faster, and what would they change? ``python -m benchmarks.runtimes``

For the student of every pair: ONNX Runtime and OpenVINO, in float32 and in 8 bits, and OpenVINO in bfloat16,
one thread, one picture, taking turns; every median as a share of ONNX Runtime's in float32. With
TWINLENS_DATA set, also how many decisions on held-out cases bfloat16 changes, which the card's allowance for
8 bits would be held against. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import numpy as np

from core.bundle import Pair, list_pairs, load_pair
from core.data.base import ROOT_VARIABLE, load_pixels
from core.intake.samples import open_first_sample
from core.latency import measure_interleaved, read_machine_load
from core.openvino_session import OpenVinoSession
from core.release.int8_drift import measure_drift
from core.release.unseen import choose_unseen, list_unseen_sets
from core.sessions import OUTPUT_NAME, build_feeds, build_session

ROLE = "student"


def main() -> None:
    root = os.environ.get(ROOT_VARIABLE)
    report = {"load per core": read_machine_load(), "pairs": {}}
    for name in list_pairs():
        pair = load_pair(name)
        report["pairs"][name] = {"time": time_runtimes(pair)} | (
            {"decisions changed by bfloat16": count_changes(pair, Path(root))} if root else {}
        )
    print(json.dumps(report, indent=1))


def time_runtimes(pair: Pair) -> dict[str, object]:
    entry = pair.network(ROLE)
    case = open_first_sample(pair.card.modality)
    feeds = build_feeds(entry.preprocessing, entry.topology, case.pixels)
    content = {precision: pair.read_served(ROLE, precision) for precision in pair.precisions(ROLE)}
    sessions = {}
    for precision, model in content.items():
        sessions[f"ONNX Runtime {precision}"] = build_session(model, threads=1)
        sessions[f"OpenVINO {precision}"] = OpenVinoSession(model, threads=1)
    sessions["OpenVINO bfloat16"] = OpenVinoSession(content["float"], threads=1, arithmetic="bf16")
    runs = {label: partial(session.run, [OUTPUT_NAME], feeds) for label, session in sessions.items()}
    times = measure_interleaved(runs, threads=1, n=60, warmup=8)
    first = times["ONNX Runtime float"].median_ms
    return {
        "of ONNX Runtime in float": {
            label: round(time.median_ms / first, 2) for label, time in times.items()
        },
        "noisy": [label for label, time in times.items() if time.noisy],
    }


def count_changes(pair: Pair, root: Path) -> dict[str, str]:
    entry, content = pair.network(ROLE), pair.read_served(ROLE)
    sessions = [OpenVinoSession(content, arithmetic=arithmetic) for arithmetic in ("f32", "bf16")]
    found = {}
    for dataset in list_unseen_sets(pair):
        samples = choose_unseen(pair, dataset=dataset, root=root)
        answers = [[], []]
        for sample in samples:
            feeds = build_feeds(entry.preprocessing, entry.topology, load_pixels(sample))
            for kept, session in zip(answers, sessions, strict=True):
                kept.append(session.run([OUTPUT_NAME], feeds)[0][0])
        logits = np.array(answers[0]), np.array(answers[1])
        drift = measure_drift(pair, ROLE, samples, logits, title=dataset)
        found[dataset] = f"{len(drift.flipped)} of {drift.n}"
    return found


if __name__ == "__main__":
    main()

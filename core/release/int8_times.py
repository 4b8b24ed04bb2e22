"""How long one picture takes through several versions of a network, and which operators take most of it."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import onnxruntime

from core.int8_card import Int8Time
from core.latency import measure_interleaved
from core.sessions import OUTPUT_NAME, Feeds, build_session

ROUNDS, WARMUP = 60, 8
_PROFILED = 30
_SHOWN = 6
"""Operators that are named; the rest is left out."""


def time_versions(versions: Mapping[str, bytes], feeds: Feeds) -> dict[str, Int8Time]:
    """Time versions of one network on one thread, taking turns, and profile each by itself.

    Args:
        versions: name to serialised model, of the same inputs and outputs.
        feeds: inputs of one picture.

    Returns:
        Name to median and spread in milliseconds; ``operators`` maps the longest-lasting operators to the
        milliseconds all of their kind take together, longest first.
    """
    runs: dict[str, Callable[[], object]] = {
        name: partial(build_session(content, threads=1).run, [OUTPUT_NAME], feeds)
        for name, content in versions.items()
    }
    reports = measure_interleaved(runs, threads=1, n=ROUNDS, warmup=WARMUP)
    return {
        name: Int8Time(
            median_ms=report.median_ms,
            spread=report.spread,
            operators=profile_operators(versions[name], feeds),
        )
        for name, report in reports.items()
    }


def profile_operators(content: bytes, feeds: Feeds) -> dict[str, float]:
    """Milliseconds of one picture by kind of operator on one thread, by ONNX Runtime's own profiler."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_profiling = True
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        for _ in range(_PROFILED):
            session.run([OUTPUT_NAME], feeds)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    taken: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            taken[event["args"]["op_name"]] += event["dur"]
    return {name: round(total / 1000 / _PROFILED, 4) for name, total in taken.most_common(_SHOWN)}

"""What decoding in a child process costs, beside decoding here: ``python -m benchmarks.intake``.

Prints one JSON object. Both ways take turns in one run, so their ratio and difference can be compared with
another machine's; the server is warm. ``cpu_ms`` is processor time of this process alone. ``grown_mib`` is by
how much this process's memory has grown while it holds the result of the largest file, ``decoded_mib`` the
size of that result.
"""

from __future__ import annotations

import json
import statistics
import time
from io import BytesIO
from pathlib import Path

import psutil
import pydicom
from PIL import Image

from core.intake.decoding import decode_upload
from core.intake.limits import DEFAULT_LIMITS
from core.intake.sandbox import decode_apart
from core.intake.wire import Request

RUNS = 15
SLICE = Path(pydicom.__file__).parent / "data" / "test_files" / "CT_small.dcm"


def photograph(height: int, width: int) -> bytes:
    """A JPEG of smooth noise, about as large as a photograph."""
    stream = BytesIO()
    Image.effect_noise((width // 4, height // 4), 40).resize((width, height)).convert("RGB").save(
        stream, "JPEG"
    )
    return stream.getvalue()


def measure(content: bytes, modality: str) -> dict[str, float]:
    """Medians of :data:`RUNS` turns of each way."""
    request = Request("f", modality, b"s" * 32, DEFAULT_LIMITS, content)
    ways = {"here": decode_upload, "apart": decode_apart}
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, decode in ways.items():
            started, spent = time.perf_counter(), time.process_time()
            decode(request)
            wall[name].append((time.perf_counter() - started) * 1e3)
            cpu[name].append((time.process_time() - spent) * 1e3)
    median = {name: statistics.median(values) for name, values in wall.items()}
    return {
        "here_ms": round(median["here"], 2),
        "apart_ms": round(median["apart"], 2),
        "difference_ms": round(median["apart"] - median["here"], 2),
        "fastest_difference_ms": round(min(wall["apart"]) - min(wall["here"]), 2),
        "ratio": round(median["apart"] / median["here"], 2),
        "cpu_ms_of_this_process": round(statistics.median(cpu["apart"]), 2),
        "n": RUNS,
    }


def measure_memory(content: bytes) -> dict[str, float]:
    """How much this process grows with one large result."""
    process = psutil.Process()
    before = process.memory_info().rss
    found = decode_apart(Request("f", "dermoscopy", b"s" * 32, DEFAULT_LIMITS, content))
    grown = process.memory_info().rss - before
    decoded = sum(one.case.pixels.nbytes for one in found) if isinstance(found, tuple) else 0
    return {"grown_mib": round(grown / 2**20, 1), "decoded_mib": round(decoded / 2**20, 1)}


def main() -> None:
    large = photograph(4000, 6000)
    decode_apart(Request("f", "ct", b"s" * 32, DEFAULT_LIMITS, SLICE.read_bytes()))
    result = {
        "memory": measure_memory(large),
        "photograph 600 x 450": measure(photograph(450, 600), "dermoscopy"),
        "CT slice 128 x 128": measure(SLICE.read_bytes(), "ct"),
        "photograph 6000 x 4000": measure(large, "dermoscopy"),
        "load": [round(value, 1) for value in psutil.getloadavg()],
        "cores": psutil.cpu_count(),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

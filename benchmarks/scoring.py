"""What scoring a folder costs beside the networks alone: ``python -m benchmarks.scoring [PAIR]``.

Writes JPEGs (the modality's samples, each shifted and changed in a few pixels) into a temporary folder and
scores them with ``python -m core score`` in a process of its own. Every few hundred files that process is
stopped while ONNX Runtime alone answers some of the same pictures, decoded and prepared beforehand, here, so
that both see the same machine. ONNX Runtime may use the cores in whichever way is faster: several threads
with one picture each, or all threads on one picture. The time that the scoring stood still is taken off.

Prints JSON. ``fraction`` is the scoring's pictures a second over those of ONNX Runtime alone; ``cpu_ms`` is
processor time of a picture, of this process and of its decoders together, which other work on the machine
changes less. Memory is that of the process that scores, without its decoders; ``early`` after a tenth of the
files.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from core.bundle import Pair, load_pair
from core.intake.samples import list_samples, open_sample
from core.latency import read_machine_load
from core.predict import open_predictor
from core.sessions import FEATURES_OUTPUT, OUTPUT_NAME, Feeds, build_feeds
from core.types import Role

ROOT = Path(__file__).resolve().parent.parent
DECODED = 32
"""Pictures that ONNX Runtime alone is given, over and over."""
STOPS = 12
"""Times that it is asked during a run."""
CORES = os.cpu_count() or 1


def write_pictures(folder: Path, modality: str, count: int) -> list[np.ndarray]:
    """JPEGs with different pixels each; the pixels of the first ones."""
    rng = np.random.default_rng(0)
    cases = [case.pixels for name in list_samples(modality) if (case := open_sample(modality, name))]
    first = []
    for number in range(count):
        pixels = np.roll(cases[number % len(cases)], number // len(cases) % 40, 1)
        pixels[:8, :8] = rng.integers(0, 255, 3)
        Image.fromarray(pixels).save(folder / f"{number:05d}.jpg", quality=90)
        if len(first) < DECODED:
            first.append(pixels)
    return first


def build_alone(
    pair: Pair, roles: tuple[Role, ...], pixels: list[np.ndarray]
) -> dict[str, Callable[[], float]]:
    """Ways of running the networks alone; each gives its pictures a second over one round of the pictures."""
    fed: dict[Role, list[Feeds]] = {}
    for role in roles:
        entry = pair.network(role)
        fed[role] = [build_feeds(entry.preprocessing, entry.topology, one) for one in pixels]
    one = {role: open_predictor(pair, role, threads=1).session for role in roles}
    many = {role: open_predictor(pair, role, threads=CORES).session for role in roles}
    pool = ThreadPoolExecutor(CORES)

    def answer(sessions, number: int) -> None:  # type: ignore[no-untyped-def]
        for role in roles:
            sessions[role].run([OUTPUT_NAME, FEATURES_OUTPUT], fed[role][number])

    def side_by_side() -> float:
        start = time.perf_counter()
        list(pool.map(lambda number: answer(one, number), range(len(pixels))))
        return len(pixels) / (time.perf_counter() - start)

    def together() -> float:
        start = time.perf_counter()
        for number in range(len(pixels)):
            answer(many, number)
        return len(pixels) / (time.perf_counter() - start)

    ways = {f"{CORES} threads with a picture each": side_by_side, f"{CORES} threads on one picture": together}
    for run in ways.values():
        run()
    return ways


class Watched:
    """The scoring process: how far it is, what it holds, what it has cost; it can be stopped and go on."""

    def __init__(self, command: list[str], out: Path) -> None:
        self.out = out
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.facts = psutil.Process(self.process.pid)
        self.stopped_s = 0.0

    def done(self) -> int:
        """Rows in the table."""
        return max(self.out.read_bytes().count(b"\n") - 2, 0) if self.out.exists() else 0

    def memory_mib(self) -> float:
        return self.facts.memory_info().rss / 2**20

    def pause(self, run: Callable[[], None]) -> None:
        """Do something while the process stands still; a file under way in a decoder is waited for."""
        start = time.perf_counter()
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        run()
        self.process.send_signal(signal.SIGCONT)
        self.stopped_s += time.perf_counter() - start


def measure(pair: Pair, role: str, roles: tuple[Role, ...], count: int, folder: Path) -> dict[str, object]:
    pixels = write_pictures(folder, pair.card.modality, count)
    ways = build_alone(pair, roles, pixels)
    rates: dict[str, list[float]] = {name: [] for name in ways}
    cpu_alone: list[float] = []
    out = folder.parent / f"{role}.csv"
    command = [sys.executable, "-m", "core", "score", str(folder), "--pair", pair.card.pair]
    command += ["--role", role, "--out", str(out), "--ungradable", "--json"]

    def ask_alone() -> None:
        for name, run in ways.items():
            spent = time.process_time()
            rates[name].append(run())
            if run is next(iter(ways.values())):
                cpu_alone.append((time.process_time() - spent) / len(pixels) * 1e3)

    watched = Watched(command, out)
    memory: list[tuple[int, float]] = []
    cpu_ms = 0.0
    due = count // (STOPS + 1)
    while watched.process.poll() is None:
        done = watched.done()
        if done < count:
            memory.append((done, watched.memory_mib()))
            cpu_ms = spend(watched.facts) / max(done, 1)
        if done >= due and done < count:
            due += count // (STOPS + 1)
            watched.pause(ask_alone)
        time.sleep(0.25)
    record = json.loads(watched.process.communicate()[0])
    best = max(rates, key=lambda name: float(np.median(rates[name])))
    alone = float(np.median(rates[best]))
    rate = count / (record["seconds"] - watched.stopped_s)
    early = max((held for done, held in memory if done <= count / 10), default=float("nan"))
    late = max((held for done, held in memory if done > count / 10), default=float("nan"))
    return {
        "files": count,
        "states": record["states"],
        "files_per_second": round(rate, 1),
        "alone_per_second": {
            name: [round(x, 1) for x in np.percentile(found, (25, 50, 75))] for name, found in rates.items()
        },
        "fastest_alone": best,
        "fraction": round(rate / alone, 3),
        "cpu_ms": round(cpu_ms, 2),
        "cpu_ms_alone": round(float(np.median(cpu_alone)), 2),
        "cpu_fraction": round(float(np.median(cpu_alone)) / cpu_ms, 3),
        "peak_mib": {"early": round(early, 1), "late": round(late, 1)},
        "seconds": round(record["seconds"] - watched.stopped_s, 1),
    }


def spend(process: psutil.Process) -> float:
    """Processor milliseconds of a process and of the processes it started, ended ones included."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pair", nargs="?", default="melanoma")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--role", default="student", help="student, teacher or all")
    options = parser.parse_args()
    pair = load_pair(options.pair)
    roles: tuple[Role, ...] = pair.served_roles if options.role == "all" else (options.role,)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "pictures")
        folder.mkdir()
        found = measure(pair, options.role, roles, options.files, folder)
    head = {"pair": options.pair, "role": options.role, "cores": CORES, "load_per_core": read_machine_load()}
    print(json.dumps({**head, **found}, indent=1))


if __name__ == "__main__":
    main()

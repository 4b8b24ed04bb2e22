"""Damage real files in many ways and ask the decoder about each: a case or a typed refusal, nothing else.

    python -m benchmarks.fuzz_intake --count 20000

Every input is a recipe (`tests/hostile/mutations.py`) drawn from its number, so that a run can be stopped,
resumed and repeated. The decoder runs in one long-lived process with the memory limit of a decoding process;
where that process is ended by memory, time or a crash, the input goes through `read_uploads` as well, which
must then refuse it. What is found is written as recipes into `--findings`; those that are kept in
`tests/hostile/findings.json` are replayed by `tests/intake/test_hostile_fuzz.py`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import resource
import statistics
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from core.atomic import write_atomic
from core.intake.decoding import decode_upload
from core.intake.limits import DEFAULT_LIMITS
from core.intake.uploads import read_uploads
from core.intake.wire import Request
from core.types import Refusal
from tests.hostile.mutations import build, draw, write_recipe
from tests.hostile.promises import check_case, check_refusal
from tests.hostile.seeds import load_seeds

TITLE = "fuzzed.bin"
SLOWEST = 5
SAVE_EVERY = 500
RECYCLE_EVERY = 2_000


@dataclass
class Run:
    """What a run has found so far; stored as JSON."""

    start: int
    next: int = 0
    seconds: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    stopped: list[dict] = field(default_factory=list)
    findings: list[dict] = field(default_factory=list)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    peak_mb: float = 0.0
    peak_at: str = ""


def main() -> None:
    """Run until ``--count`` inputs are done and print what came of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--start", type=int, default=0, help="another number draws other inputs")
    parser.add_argument("--state", type=Path, help="where to keep the run, so that it can be resumed")
    parser.add_argument("--findings", type=Path, help="where to write the recipes of what was found")
    options = parser.parse_args()
    run = _load(options.state, options.start)
    _fuzz(run, options.count, options.state)
    if options.findings:
        write_atomic(options.findings, json.dumps([*run.findings, *run.stopped], indent=1).encode())
    _report(run)


def _load(state: Path | None, start: int) -> Run:
    if state is not None and state.is_file():
        run = Run(**json.loads(state.read_text()))
        if run.start != start:
            raise SystemExit(f"{state.name} holds a run with --start {run.start}")
        return run
    return Run(start)


def _save(run: Run, state: Path | None) -> None:
    if state is not None:
        write_atomic(state, json.dumps(asdict(run)).encode())


def _fuzz(run: Run, count: int, state: Path | None) -> None:
    began = time.monotonic() - run.seconds
    worker = Worker(run.start)
    for number in range(run.next, count):
        if number % RECYCLE_EVERY == RECYCLE_EVERY - 1:
            worker.close()
            worker = Worker(run.start)
        answer = worker.ask(number)
        if answer is None:
            worker.close()
            worker = Worker(run.start)
            answer = _confirm(number, run)
        _count(run, number, answer)
        run.next, run.seconds = number + 1, time.monotonic() - began
        if run.next % SAVE_EVERY == 0:
            _save(run, state)
            print(
                f"{run.next} inputs, {run.next / run.seconds:.0f} a second, {len(run.findings)} found",
                flush=True,
            )
    worker.close()
    _save(run, state)


class Worker:
    """A process that decodes by number, with the memory limit of a decoding process."""

    def __init__(self, start: int) -> None:
        load_seeds()
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, start), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, number: int) -> dict | None:
        """What became of one input; None where the process ended or did not answer in time."""
        try:
            self._ours.send(number)
            if not self._ours.poll(DEFAULT_LIMITS.wall_s):
                return None
            return self._ours.recv()
        except (EOFError, OSError):
            return None

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()


def _work(connection: Connection, start: int) -> None:
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (DEFAULT_LIMITS.memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        number = connection.recv()
        recipe = draw(number, start=start)
        content = build(recipe)
        Path("/proc/self/clear_refs").write_text("5")  # peak memory starts anew
        began = time.perf_counter()
        answer = _try(content, ("ct", "dermoscopy", "fundus")[number % 3])
        answer["ms"] = (time.perf_counter() - began) * 1_000
        answer["seed"] = recipe.seed
        status = Path("/proc/self/status").read_text()
        answer["peak_mb"] = int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1_024
        connection.send(answer)


def _try(content: bytes, modality: str) -> dict:
    try:
        decoded = decode_upload(Request(TITLE, modality, b"k" * 32, DEFAULT_LIMITS, content))
        if isinstance(decoded, Refusal):
            check_refusal(decoded, TITLE)
            return {"outcome": "refused", "says": re.sub(r"\d[\d.,]*", "N", decoded.problem)}
        for one in decoded:
            check_case(one.case, TITLE)
        return {"outcome": "read", "says": ""}
    except Exception as error:  # noqa: BLE001  what is looked for here
        return {"outcome": "fault", "says": f"{type(error).__name__}: {error}"[:300]}


def _confirm(number: int, run: Run) -> dict:
    """An input that ended its process, once more through the door that uploads take."""
    recipe = draw(number, start=run.start)
    began = time.perf_counter()
    batch = read_uploads([(TITLE, build(recipe))], modality=("ct", "dermoscopy", "fundus")[number % 3])
    milliseconds = (time.perf_counter() - began) * 1_000
    says = batch.refused[0].problem if batch.refused else "read, though its decoder ended"
    run.stopped.append({"number": number, "says": says, **write_recipe(recipe)})
    return {
        "outcome": "decoder ended, refused" if batch.refused else "decoder ended, then read",
        "says": says,
        "ms": milliseconds,
        "seed": recipe.seed,
        "peak_mb": 0.0,
    }


def _count(run: Run, number: int, answer: dict) -> None:
    for counts, name in ((run.outcomes, answer["outcome"]), (run.problems, answer["says"])):
        if name:
            counts[name] = counts.get(name, 0) + 1
    if answer["outcome"] == "fault":
        recipe = draw(number, start=run.start)
        run.findings.append({"number": number, "says": answer["says"], **write_recipe(recipe)})
    run.milliseconds.append(round(answer["ms"], 2))
    run.slowest = sorted([*run.slowest, (round(answer["ms"]), number, answer["seed"])], reverse=True)[
        :SLOWEST
    ]
    if answer["peak_mb"] > run.peak_mb:
        run.peak_mb, run.peak_at = answer["peak_mb"], f"{answer['seed']}, number {number}"


def _report(run: Run) -> None:
    print(f"\n{run.next:,} inputs from {len(load_seeds())} seeds in {run.seconds:.0f} s, start {run.start}")
    for name, count in Counter(run.outcomes).most_common():
        print(f"  {count:7,}  {name}")
    print("refused because")
    for name, count in Counter(run.problems).most_common(25):
        print(f"  {count:7,}  {name[:110]}")
    ordered = sorted(run.milliseconds)
    worst = ordered[int(0.99 * (len(ordered) - 1))]
    print(f"milliseconds: median {statistics.median(ordered):.1f}, 99 of 100 below {worst:.0f}")
    for milliseconds, number, seed in run.slowest:
        print(f"  {milliseconds:7} ms  {seed}, number {number}")
    print(f"peak memory of the decoder {run.peak_mb:.0f} MB ({run.peak_at})")
    print(f"ended the decoder's process, then asked once more: {len(run.stopped)}")
    print(f"neither a case nor a typed refusal: {len(run.findings)}")
    for finding in [*run.findings, *run.stopped][:20]:
        print(f"  number {finding['number']}, {finding['seed']}: {finding['says'][:160]}")


if __name__ == "__main__":
    main()

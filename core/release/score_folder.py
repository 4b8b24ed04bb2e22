"""Scoring a folder: every picture in it, through the door that uploads take, into a table to be gone on with.

Each of a few workers takes one file at a time from reading to rows: the child that decodes it, the checks on
the picture and the networks. While one waits for its child, another keeps the processor busy, and no more
pictures are held than there are workers. Rows are written in the order of the files' names.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from threadpoolctl import threadpool_limits

from core.bundle import Pair
from core.errors import ConfigError, QualityError, TwinLensError
from core.intake.sandbox import warm_up
from core.intake.shared_child import FILES, SharedChild
from core.intake.uploads import read_uploads
from core.release.reading import PairReader, open_reader
from core.release.score_table import STATES, ScoreTable, TableHead, open_table, safe_name
from core.sessions import RUNTIME_VARIABLE, RUNTIMES
from core.types import Case, FileStamp, Prediction, Role, RoleScore, ScoreRow, ScoreSummary

AHEAD = 4
"""Files per worker that may be done before the one whose turn it is to be written."""
_SYNC_S = 2.0

OnFile = Callable[[int, int], None]
"""Told the number of files done and of all files."""


def score_folder(
    pair: Pair,
    folder: Path,
    out: Path,
    *,
    roles: Sequence[Role],
    operating_point: str | None = None,
    ungradable: bool = False,
    threads: int = 1,
    workers: int | None = None,
    per_child: int = FILES,
    on_file: OnFile | None = None,
) -> ScoreSummary:
    """Score every file of a folder, those below it too, that a table does not hold yet.

    Args:
        pair: whose networks.
        folder: files whose names, or whose folders' names, begin with a dot are left out, links to folders
            are not followed.
        out: the table; made when missing, gone on with when it was made in the same way.
        roles: networks to ask.
        operating_point: name of the threshold; the card's default if None.
        ungradable: answer also where a check on the picture refuses.
        threads: of each network.
        workers: files worked on at a time; one more than there are cores if None.
        per_child: files that one decoding child sees (:mod:`core.intake.shared_child`).
        on_file: called from this thread.

    Raises:
        ConfigError: no such folder, nothing in it, or a table that does not belong to this run.
        BundleError: the pair's files are damaged, or it has no such threshold.
        OSError: the table cannot be written.
    """
    start = time.perf_counter()
    stamps = list(list_files(folder, but=out))
    if not stamps:
        raise ConfigError(str(folder), "there is no file in it", "Name the folder that holds the pictures")
    reader = open_reader(pair, roles, threads=threads)
    table = open_table(
        out, describe_run(pair, reader, operating_point=operating_point, ungradable=ungradable)
    )
    try:
        todo = [(path, stamp) for path, stamp in stamps if not table.has(stamp)]
        before = len(stamps) - len(todo)
        worker = _Worker(reader, per_child, ungradable=ungradable, operating_point=operating_point)
        count = workers or (os.cpu_count() or 1) + 1
        synced = time.monotonic()
        for number, (stamp, rows) in enumerate(_in_order(worker, todo, count), before + 1):
            table.append(stamp, rows)
            if time.monotonic() - synced > _SYNC_S:
                table.sync()
                synced = time.monotonic()
            if on_file is not None:
                on_file(number, len(stamps))
        return _summarise(table, [stamp for _, stamp in stamps], before, time.perf_counter() - start)
    finally:
        table.close()


def list_files(folder: Path, *, but: Path) -> Iterator[tuple[Path, FileStamp]]:
    """Path and stamp of every file of a folder but one, in the order of their names, folder by folder.

    Raises:
        ConfigError: it is no folder.
        OSError: it, or a folder in it, cannot be listed.
    """
    if not folder.is_dir():
        raise ConfigError(str(folder), "there is no such folder", "Name the folder that holds the pictures")
    own = but.resolve()
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or not path.is_file() or path.resolve() == own:
                continue
            facts = path.stat()
            shown = safe_name(path.relative_to(folder).as_posix())
            yield path, FileStamp(shown, facts.st_size, facts.st_mtime_ns)


def describe_run(
    pair: Pair, reader: PairReader, *, operating_point: str | None, ungradable: bool
) -> TableHead:
    """All that a row depends on beside the file: networks by their SHA-256, thresholds, checks.

    Raises:
        BundleError: the pair has no such threshold.
    """
    networks = {}
    for role in reader.roles:
        entry, point = pair.network(role), pair.operating_point(role, operating_point)
        topology = None if entry.topology is None else entry.topology.model_dump(mode="json")
        networks[role] = {
            "sha256": pair.card.files[entry.onnx or ""],
            "preprocessing": entry.preprocessing.model_dump(mode="json"),
            "topology": topology,
            "temperature": entry.temperature,
            "operating_point": point.name,
            "threshold": point.threshold,
        }
    check = pair.card.familiarity
    facts = {
        "pair": pair.card.pair,
        "modality": pair.card.modality,
        "networks": networks,
        "runtime": os.environ.get(RUNTIME_VARIABLE) or RUNTIMES[0],
        "familiarity": None if check is None else pair.card.files[check.file],
        "ungradable": ungradable,
    }
    return TableHead(facts, reader.roles, pair.card.classes)


class _Worker:
    """From a file to its rows; each thread has a decoding child of its own."""

    def __init__(
        self, reader: PairReader, per_child: int, *, ungradable: bool, operating_point: str | None
    ) -> None:
        self._reader, self._per_child = reader, per_child
        self._ungradable, self._point = ungradable, operating_point
        self._free: SimpleQueue[SharedChild] = SimpleQueue()
        self._children: list[SharedChild] = []

    def open(self, workers: int) -> None:
        """Make the children's places; the children themselves start with their first file."""
        warm_up()
        self._children = [SharedChild(self._per_child) for _ in range(workers)]
        for child in self._children:
            self._free.put(child)

    def close(self) -> None:
        """Let every child end."""
        for child in self._children:
            child.close()

    def score(self, path: Path) -> list[ScoreRow]:
        """The rows of one file, at least one, whatever it holds."""
        try:
            content = path.read_bytes()
        except OSError as error:
            return [ScoreRow("error", f"cannot be read ({error.strerror}). Check the path.")]
        child = self._free.get()
        try:
            batch = read_uploads(
                [(path.name, content)], modality=self._reader.pair.card.modality, decode=child.decode
            )
        finally:
            self._free.put(child)
        del content
        refused = [ScoreRow("error", f"{one.problem}. {one.remedy}.") for one in batch.refused]
        return refused + [self._score_case(case) for case in batch.cases]

    def _score_case(self, case: Case) -> ScoreRow:
        try:
            answer = self._reader.read(case, ungradable=self._ungradable, operating_point=self._point)
        except QualityError as error:
            return ScoreRow("refused", _say(error), frame=case.position)
        return ScoreRow(
            "ok",
            frame=case.position,
            quality=answer.quality.state,
            kind="" if answer.kind is None else answer.kind.state,
            distance=None if answer.kind is None else answer.kind.distance,
            scores={one.role: _score(one) for one in answer.predictions},
        )


def _in_order(
    worker: _Worker, todo: Sequence[tuple[Path, FileStamp]], workers: int
) -> Iterator[tuple[FileStamp, list[ScoreRow]]]:
    """The rows of each file in its turn; a bounded number of files is under way or waits for its turn."""
    waiting: deque[tuple[FileStamp, Future[list[ScoreRow]]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="score")
    worker.open(workers)
    # Threads of BLAS that wait for one another spin, which would cost a picture half as much again.
    kept = threadpool_limits(1, user_api="blas")
    try:
        for path, stamp in todo:
            waiting.append((stamp, pool.submit(worker.score, path)))
            if len(waiting) >= workers * AHEAD:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        kept.restore_original_limits()
        worker.close()


def _score(prediction: Prediction) -> RoleScore:
    return RoleScore(prediction.positive_prob, prediction.flagged, tuple(prediction.probs.tolist()))


def _say(error: TwinLensError) -> str:
    return f"{error.problem}. {error.remedy}."


def _summarise(table: ScoreTable, stamps: Sequence[FileStamp], before: int, seconds: float) -> ScoreSummary:
    counts = [table.files[stamp.name] for stamp in stamps]
    states = {state: sum(count.states[place] for count in counts) for place, state in enumerate(STATES)}
    flagged = {
        role: sum(count.flagged[place] for count in counts) for place, role in enumerate(table.head.roles)
    }
    return ScoreSummary(len(stamps), before, sum(states.values()), states, flagged, seconds)


def _raise(error: OSError) -> None:
    raise error

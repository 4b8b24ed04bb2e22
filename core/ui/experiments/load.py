"""Suites and their results, read once for all sessions and again when a file changes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.errors import DataError
from core.experiments import store
from core.experiments.leaderboard import build_leaderboard
from core.experiments.store import StoredSuite
from core.experiments.suite import SUITES_DIR, Suite, load_suite
from core.experiments.sweeps import record
from core.experiments.sweeps.record import Printed, SweepName, SweepResult
from core.release.ablation_record import AblationReport
from core.types import LeaderboardRow, SuiteResults

TABLES_DIR = Path(record.__file__).resolve().parent
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Board:
    """A suite on the page.

    Attributes:
        suite: as its file says it.
        stored: what was measured; None where nothing is there or it cannot be read.
        problem: why, in words; empty where it is there.
        rows: of the leaderboard; without results they hold what the source prints.
        key: names the files' state, for caches of what is computed from them.
    """

    suite: Suite
    stored: StoredSuite | None
    problem: str
    rows: tuple[LeaderboardRow, ...]
    key: Stamp

    @property
    def results(self) -> SuiteResults | None:
        """What was measured, without the networks' answers."""
        return None if self.stored is None else self.stored.results


@dataclass(frozen=True)
class PrintedRow:
    """A row of a document's table as it is printed: its id, its title, and its figures."""

    id: str
    title: str
    printed: Printed


def load_board(suite: str) -> Board:
    """A suite and what was measured of it; missing results are words in :attr:`Board.problem`."""
    folder = store.RESULTS_DIR
    paths = (SUITES_DIR / f"{suite}.toml", folder / f"{suite}.json", folder / f"{suite}.safetensors")
    return _board(suite, str(folder), _stamp(paths))


def load_sweep(sweep: SweepName) -> SweepResult | str:
    """A sweep's results, or in words why there are none."""
    folder = record.RESULTS_DIR
    return _sweep(sweep, str(folder), _stamp((folder / f"{sweep}.json",)))


def load_ablation() -> AblationReport | str:
    """The retinopathy student's ablation, or in words why there is none."""
    folder = record.ABLATIONS_DIR
    return _ablation(str(folder), _stamp((folder / "fundus-ablation.json",)))


@st.cache_resource(show_spinner=False, max_entries=4)
def read_printed(sweep: SweepName) -> tuple[str, str, tuple[PrintedRow, ...]]:
    """Title, citation and rows of a document's table, read without the training packages."""
    table = tomllib.loads((TABLES_DIR / f"{sweep}.toml").read_text(encoding="utf-8"))
    rows = tuple(
        PrintedRow(row["id"], row["title"], Printed.model_validate(row.get("reported", {})))
        for row in table["rows"]
    )
    return table["title"], table["citation"], rows


def _stamp(paths: tuple[Path, ...]) -> Stamp:
    """Size and time of change of each file; zeros where there is none."""
    found = []
    for path in paths:
        try:
            stat = path.stat()
            found.append((path.name, stat.st_size, stat.st_mtime_ns))
        except FileNotFoundError:
            found.append((path.name, 0, 0))
    return tuple(found)


@st.cache_resource(show_spinner=False, max_entries=8)
def _board(suite: str, folder: str, stamp: Stamp) -> Board:
    described = load_suite(suite)
    try:
        stored = StoredSuite(suite, Path(folder))
        stored.target("test")
    except DataError as error:
        problem = f"{Path(error.subject).name}: {error.problem}. {error.remedy}."
        return Board(described, None, problem, build_leaderboard(described, _nothing(suite)), stamp)
    return Board(described, stored, "", build_leaderboard(described, stored.results), stamp)


@st.cache_resource(show_spinner=False, max_entries=8)
def _sweep(sweep: SweepName, folder: str, stamp: Stamp) -> SweepResult | str:
    try:
        return record.load_sweep(sweep, Path(folder))
    except DataError as error:
        return f"{Path(error.subject).name}: {error.problem}. {error.remedy}."


@st.cache_resource(show_spinner=False, max_entries=4)
def _ablation(folder: str, stamp: Stamp) -> AblationReport | str:
    try:
        return record.load_ablation("fundus", Path(folder))
    except DataError as error:
        return f"{Path(error.subject).name}: {error.problem}. {error.remedy}."


def _nothing(suite: str) -> SuiteResults:
    return SuiteResults(suite, "", (), 0, 0, 0, 0.95, 0, {}, "", (), ())

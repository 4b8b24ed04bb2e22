from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.experiments.conftest import world as world

OPTIONS = ("--only", "1,2", "--seeds", 1, "--jobs", 1, "--resamples", 20, "--track", "none")


def test_runs_measures_and_shows(run, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLENS_DATA", str(world))
    done = run("experiments", "run", "dermamnist", *OPTIONS, "--runs", tmp_path)
    assert done.code == 0, done.err
    assert "2/2  run" in done.err and "SGD, rate 0.1" in done.out and "UNDECIDED: Adam beats SGD" in done.out
    results = tmp_path / "experiments" / "dermamnist" / "results"
    shown = run(
        "experiments", "show", "dermamnist", "--results", results, "--sort", "accuracy", "--json"
    ).json()
    assert [entry["number"] for entry in shown["experiments"]] == [1, 2] and shown["n_test"] == 42
    again = run("experiments", "run", "dermamnist", *OPTIONS, "--runs", tmp_path, "--json")
    assert again.json()["experiments"] == json.loads((results / "dermamnist.json").read_text())["experiments"]
    assert "run 1" not in again.err  # finished runs are not trained again


def test_lists_what_the_source_prints(run) -> None:
    rows = run("experiments", "list", "dermamnist", "--json").json()
    assert rows[7]["name"] == "Batch normalisation" and rows[7]["reported"]["melanoma_recall"] == 0.41


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "dermamnist", "--only", "8,x"), "'x' is not a number"),
        (("run", "dermamnist", "--only", "99"), "no such experiment"),
        (("run", "pears"), "no such suite"),
        (("show", "dermamnist", "--sort", "pears"), "no such metric"),
        (("show", "dermamnist", "--results", "nowhere"), "no results are here"),
    ],
)
def test_mistakes_end_with_one_line(run, arguments, said, world, monkeypatch) -> None:
    monkeypatch.setenv("TWINLENS_DATA", str(world))
    done = run("experiments", *arguments)
    assert done.code == 1 and said in done.err and len(done.err.strip().splitlines()) == 1

"""Commands of the pipeline: what they write, and what they refuse."""

from __future__ import annotations

import json

import pytest

from core.data.manifest import load_manifest
from core.training.presets import load_recipe
from tests.pair_factory import PAIR
from tests.small_world import DATASET, write_isic2018

ONE_SET = ("--set", f'data.datasets=["{DATASET}"]')


@pytest.fixture
def data(tmp_path, monkeypatch):
    for part, first in (("Training", 0), ("Validation", 30), ("Test", 36)):
        write_isic2018(tmp_path / "data", first=first, count=30 if part == "Training" else 6, part=part)
    monkeypatch.setenv("TWINLENS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_ingest_then_split(run, data, tmp_path):
    rows = run("pipeline", "ingest", "mel5-fast", *ONE_SET, "--out", tmp_path / "made", "--json").json()
    manifest = load_manifest(tmp_path / "made" / "manifest.json")
    assert rows == [{"data set": DATASET, **manifest.summarise()[DATASET]}] and rows[0]["images"] == 42

    table = tmp_path / "made" / "split.csv"
    place = ("--manifest", tmp_path / "made" / "manifest.json", "--out", table)
    record = run("pipeline", "split", "mel5-fast", *ONE_SET, *place, "--json").json()
    assert (record["train"], record["val"], record["test"], record["dropped"]) == (27, 9, 6, 0)
    assert len(record["split_sha256"]) == 64 and len(table.read_text().splitlines()) == 43
    assert "split_sha256" in run("pipeline", "split", "mel5-fast", *ONE_SET, *place).out


def test_a_part_of_the_recipe_changes_only_its_own_file(run, data, tmp_path):
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder, more in zip(folders, ((), ("--set", "student.distill.temperature=3.0")), strict=True):
        run("pipeline", "ingest", "mel5-fast", *ONE_SET, *more, "--out", folder)
    names = ("data", "teacher", "student", "card")
    texts = [{name: (folder / "recipe" / f"{name}.json").read_text() for name in names} for folder in folders]
    assert [name for name in names if texts[0][name] != texts[1][name]] == ["student"]
    resolved = json.loads(texts[1]["student"])["student"]
    assert resolved["distill"]["temperature"] == 3.0 and resolved["image_size"] == 64


def test_figures_are_the_card_s(run, pair_models, pair, tmp_path):
    out = tmp_path / "metrics.json"
    shown = run("pipeline", "figures", PAIR, "--models", pair_models, "--out", out, "--json").json()
    assert shown == json.loads(out.read_text())
    assert set(shown) == set(pair.card.reports)
    for name, report in pair.card.reports.items():
        assert shown[name]["n"] == report.n
        for role, metrics in report.metrics.items():
            assert {key: entry["value"] for key, entry in shown[name][role].items()} == {
                key: entry.value for key, entry in metrics.items()
            }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ingest", "mel6", "--out", "made"), "mel6: no such preset"),
        (
            ("split", "mel5", *ONE_SET, "--manifest", "absent.json", "--out", "a.csv"),
            "Run pipeline ingest first",
        ),
        (("figures", "nothing", "--models", ".", "--out", "a.json"), "nothing: no such pair"),
    ],
)
def test_what_cannot_be_is_one_line(run, data, arguments, words):
    found = run("pipeline", *arguments)
    assert found.code == 1 and words in found.err and found.err.count("\n") == 1


def test_without_data(run, monkeypatch, tmp_path):
    monkeypatch.delenv("TWINLENS_DATA", raising=False)
    found = run("pipeline", "ingest", "mel5", "--out", tmp_path)
    assert found.code == 1 and "TWINLENS_DATA: not set" in found.err


def test_a_smoke_run_by_name_is_that_of_the_option():
    assert load_recipe("mel5-fast", ["data.seed=3"]) == load_recipe("mel5", ["data.seed=3"], size="fast")
    assert load_recipe("mel5-fast").folder_name == "mel5-fast"

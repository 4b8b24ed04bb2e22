"""The four commands on heat maps over held-out cases: what they write, print, refuse and document."""

from __future__ import annotations

import json
from functools import partial

import pytest
import typer.core
import typer.main

from core.bundle import load_pair, save_pair, verify_pair
from core.card import SourceEntry
from core.cli import app
from core.cli import pairs as pair_commands
from core.cli.output import WIDTH
from core.explanation_card import EXPLANATIONS_NAME, load_explanations
from core.types import ROLES
from tests.cli.test_commands_page import NAMED, keys
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TEST, write_isic2018, write_ph2

COMMANDS = ("explanations", "faithfulness", "agreement", "pointing")
METHODS = ("gradcam", "layercam")
OUTLINED = 4


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_ph2(write_isic2018(tmp_path_factory.mktemp("sets")), count=OUTLINED)


@pytest.fixture(scope="module")
def models(complete_models, tmp_path_factory):
    base = load_pair(PAIR, complete_models)
    entry = SourceEntry(
        name="ph2", title="PH2", used_for="external reporting", n=OUTLINED, licence="none", citation="none"
    )
    card = base.card.model_copy(
        update={"sources": (*base.card.sources, entry), "caution": "Random weights flatter nobody."}
    )
    files = {name: base.read(name) for name in base.card.files}
    folder = tmp_path_factory.mktemp("models")
    save_pair(card, files, folder)
    return folder


@pytest.fixture
def own_run(run, models, monkeypatch):
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=models))
    return run


@pytest.fixture
def measured(own_run, models, root, tmp_path_factory):
    """The commands on a pair with its record, measured once."""
    if load_pair(PAIR, models).card.explanations is None:
        arguments = ("--images", 3, "--learned-images", 1, "--methods", ",".join(METHODS))
        runs = tmp_path_factory.mktemp("runs")
        found = own_run("explanations", PAIR, "--root", root, *arguments, "--runs", runs, "--json")
        assert f"{TEST + OUTLINED}/{TEST + OUTLINED}" in found.err
        shipped = load_explanations(load_pair(PAIR, models))
        assert shipped is not None and found.json() == json.loads(shipped.dump())
    return own_run


def test_it_is_written_into_the_pair(measured, models):
    pair = load_pair(PAIR, models)
    verify_pair(pair)
    assert EXPLANATIONS_NAME in pair.card.files


def test_a_dry_run_leaves_the_pair_as_it_was(own_run, root, models, tmp_path):
    before = {path.name: path.read_bytes() for path in (models / PAIR).iterdir()}
    found = own_run(
        *("explanations", PAIR, "--root", root, "--datasets", "ph2", "--images", 1, "--learned-images", 0),
        *("--methods", "gradcam", "--runs", tmp_path, "--dry-run"),
    )
    assert found.code == 0 and "the pair is as it was" in found.out
    assert {path.name: path.read_bytes() for path in (models / PAIR).iterdir()} == before


@pytest.mark.parametrize("command", ["faithfulness", "agreement", "pointing"])
def test_tables_fit_a_terminal_and_open_with_the_caution(measured, command):
    found = measured(command, PAIR)
    assert found.code == 0, found.err
    assert found.out.startswith("Caution: Random weights flatter nobody.")
    assert max(map(len, found.out.splitlines())) <= WIDTH and "nan" not in found.out
    for word in (*METHODS, "teacher", "student") if command != "agreement" else ("gradcam", "ISIC_9"):
        assert word in found.out


def test_faithfulness_prints_the_shipped_record(measured, models):
    record = measured("faithfulness", PAIR, "--json").json()
    assert (record["pair"], record["caution"]) == (PAIR, "Random weights flatter nobody.")
    shipped = load_explanations(load_pair(PAIR, models))
    assert record["faithfulness"] == json.loads(shipped.dump())["faithfulness"]
    assert set(record["learned"]["student"]) == set(METHODS)


def test_agreement_lists_the_least_alike_first_shipped_or_measured_now(measured, root):
    shipped = measured("agreement", PAIR, "--top", 2, "--json").json()["datasets"]
    assert set(shipped) == {DATASET, "ph2"}
    assert all(len(entry["other_reasons"]) <= 2 and "cases" not in entry for entry in shipped.values())
    only = measured("agreement", PAIR, "--dataset", "ph2", "--top", 2, "--json").json()["datasets"]
    assert only == {"ph2": shipped["ph2"]}
    now = measured("agreement", PAIR, "--dataset", "ph2", "--root", root, "--top", 2, "--json")
    assert now.json()["datasets"] == only and f"{OUTLINED}/{OUTLINED}" in now.err


def test_pointing_shipped_or_measured_now(measured, root):
    shipped = measured("pointing", PAIR, "--json").json()["datasets"]
    assert set(shipped) == {"ph2"} and set(shipped["ph2"]["teacher"]) == set(METHODS)
    one = measured("pointing", PAIR, "--methods", "gradcam", "--json").json()["datasets"]["ph2"]
    now = measured(
        "pointing", PAIR, "--dataset", "ph2", "--root", root, "--methods", "gradcam", "--json"
    ).json()
    assert now["datasets"]["ph2"] == one
    assert one["student"] == {"gradcam": shipped["ph2"]["student"]["gradcam"]}


def test_refusals_are_one_line(measured, root, tmp_path, complete_models, monkeypatch):
    for arguments, words in {
        ("agreement", PAIR, "--dataset", "isic2017"): "isic2017: not among what was measured",
        ("pointing", PAIR, "--dataset", DATASET): f"{DATASET}: not among what was measured",
        ("pointing", PAIR, "--root", root): "which data set is in it was not said",
        ("pointing", PAIR, "--root", root, "--dataset", DATASET): "no outlines of the finding",
        ("agreement", PAIR, "--root", root, "--dataset", "ph2", "--split", "train"): "no such split",
        ("explanations", PAIR, "--root", tmp_path, "--runs", tmp_path): "error:",
        ("explanations", PAIR, "--root", root, "--methods", "psychic", "--runs", tmp_path): "psychic",
    }.items():
        found = measured(*arguments)
        assert (found.code, found.out) == (1, "") and words in found.err, found.err
        assert found.err.count("\n") == 1
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=complete_models))
    for command in ("faithfulness", "agreement", "pointing"):
        found = measured(command, PAIR)
        assert found.code == 1 and "have not been measured" in found.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_on_the_page(command):
    entry = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    options = {
        name for each in entry.params if isinstance(each, typer.core.TyperOption) for name in each.opts
    }
    assert {name for name in options if name.startswith("--")} - {"--help"} <= NAMED


@pytest.mark.parametrize("command", ["faithfulness", "agreement", "pointing"])
def test_every_key_is_on_the_page(measured, models, command):
    shipped = json.loads((models / PAIR / EXPLANATIONS_NAME).read_text())
    names = {*METHODS, *ROLES, *shipped["datasets"], *shipped["versions"]}
    assert not set(keys(measured(command, PAIR, "--json").json())) - NAMED - names
    assert not set(keys(shipped)) - NAMED - names

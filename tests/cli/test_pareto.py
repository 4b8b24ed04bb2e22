"""``pareto``: size, time and worth of every served network, in both forms."""

from __future__ import annotations

from dataclasses import fields

import typer.core
import typer.main

from core.cli import app
from core.cli.output import WIDTH
from core.types import ParetoPanel, ParetoPoint
from tests.cli.test_commands_page import NAMED
from tests.pair_factory import PAIR


def test_json(run, complete_models) -> None:
    (panel,) = run("pareto", "--runs", 5, "--json").json()
    assert panel["pair"] == PAIR and panel["timed"] and panel["n"] > 0
    for point in panel["points"]:
        assert point["latency"]["n"] == 5 and point["file_bytes"] > 0
        assert point["figure"]["low"] <= point["figure"]["value"] <= point["figure"]["high"]
    assert any(point["on_front"] for point in panel["points"])


def test_every_key_and_option_is_on_the_page() -> None:
    names = {field.name for kind in (ParetoPanel, ParetoPoint) for field in fields(kind)}
    command = typer.main.get_command(app).commands["pareto"]  # type: ignore[attr-defined]
    options = {
        name for entry in command.params if isinstance(entry, typer.core.TyperOption) for name in entry.opts
    }
    assert (names | {name for name in options if name.startswith("--")}) - {"--help"} <= NAMED


def test_without_runs_work_judges(run) -> None:
    found = run("pareto", PAIR, "--runs", 0)
    assert found.code == 0, found.err
    text = " ".join(found.out.split())
    assert "not measured" in text and "in work, size and AUC" in text and "n = " in text
    assert max(map(len, found.out.splitlines())) <= WIDTH


def test_a_set_that_no_card_reports_is_refused(run) -> None:
    found = run("pareto", "--dataset", "chexpert")
    assert (found.code, found.out) == (1, "") and "chexpert: no card reports such a set" in found.err

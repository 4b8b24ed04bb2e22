"""docs/commands.md names every option and JSON key of the commands that measure claims, copies and stages."""

from __future__ import annotations

from dataclasses import fields

import pytest
import typer.core
import typer.main

from core.cli import app
from core.data.leakage import CopiesOverSeeds, Division, LeakageReport
from core.release.activation import GradeMedians, RoleActivation
from core.types import PublishedCost, PublishedCosts, PublishedSpeedup
from tests.cli.test_commands_page import NAMED
from tests.pair_factory import PAIR

RECORDS = (CopiesOverSeeds, Division, LeakageReport, GradeMedians, RoleActivation)
RECORDS += (PublishedCosts, PublishedCost, PublishedSpeedup)


@pytest.mark.parametrize("path", [("activation",), ("stages",), ("data", "split")], ids=" ".join)
def test_every_option_is_on_the_page(path) -> None:
    command = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]  # type: ignore[attr-defined]
    options = {
        name for entry in command.params if isinstance(entry, typer.core.TyperOption) for name in entry.opts
    }
    assert {name for name in options if name.startswith("--")} - {"--help"} <= NAMED


@pytest.mark.parametrize("record", RECORDS)
def test_every_key_of_a_record_is_on_the_page(record) -> None:
    assert {field.name for field in fields(record)} - {"code", "n"} <= NAMED


def test_every_stage_and_its_keys_are_on_the_page(run) -> None:
    record = run("stages", PAIR, "--runs", 5, "--json").json()
    assert set(record) | set(record["stages"]) | set(record["stages"]["decode"]) <= NAMED
    assert set(record["picture"]) | set(record["teacher_over_student"]) <= NAMED

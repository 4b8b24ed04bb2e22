"""docs/commands.md names every option and every JSON key of the commands that judge a pair."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.core
import typer.main

from core.cli import app
from tests.pair_factory import PAIR, ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(-{0,2}[a-z0-9_-]+)`", PAGE)) | set(re.findall(r'"([a-z]+)"', PAGE))
JUDGES = ("thresholds", "calibration", "compare", "report")
RECORDS_OF_THEIR_OWN = {"combinations", "positive_set", "comparison", "calibration", "changed_cases"}
RECORDS_OF_THEIR_OWN |= {
    "subgroups",
    "compression",
    "brier_parts",
    "figures",
    "minus_as_shipped",
    "parameters",
    "overall",
    "classes",
    "confusion",
    "published",
}


def keys(record: Any) -> Iterator[str]:
    """Every key, but not what lies inside a record that core/types/ or core/metrics/ describes."""
    if isinstance(record, list):
        for entry in record:
            yield from keys(entry)
    if isinstance(record, dict):
        for key, entry in record.items():
            yield key
            if key not in RECORDS_OF_THEIR_OWN:
                yield from keys(entry)


@pytest.mark.parametrize("command", JUDGES)
def test_every_key_is_on_the_page(run, command) -> None:
    found = set(keys(run(command, PAIR, "--resamples", 20, "--json").json()))
    roles_and_counts = {"teacher", "student", "control", "true_positives", "false_positives"}
    assert not found - NAMED - roles_and_counts - {"false_negatives", "true_negatives"}


@pytest.mark.parametrize("command", JUDGES)
def test_every_option_is_on_the_page(command) -> None:
    parameters = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    options = {
        name for entry in parameters if isinstance(entry, typer.core.TyperOption) for name in entry.opts
    }
    assert {name for name in options if name.startswith("--")} - {"--help"} <= NAMED

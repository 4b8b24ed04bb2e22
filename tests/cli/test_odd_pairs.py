"""Commands that judge a pair, on held-out cases that a figure has no value for: words or one line, no NaN."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from core.bundle import load_pair
from core.cli import pairs as pair_commands
from core.cli.output import WIDTH
from tests.odd_pairs import ODD, build_odd_models
from tests.pair_factory import PAIR

COMMANDS = ("thresholds", "calibration", "compare", "report")
CANNOT = {("no positive case to choose on", "calibration"): "positive"}
"""Where a command ends with one line that has this word: no map can be fitted."""


@pytest.fixture(params=ODD, scope="module")
def odd(request: pytest.FixtureRequest, complete_models: Path, tmp_path_factory) -> tuple[str, Path]:
    return request.param, build_odd_models(request.param, complete_models, tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("command", COMMANDS)
def test_command_stands(odd, command, run, monkeypatch) -> None:
    name, models = odd
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=models))
    shown = run(command, PAIR, "--resamples", 20)
    record = run(command, PAIR, "--resamples", 20, "--json")
    assert shown.code == record.code
    if (name, command) in CANNOT:
        assert (shown.code, shown.out) == (1, "") and CANNOT[name, command] in shown.err
        assert shown.err.startswith("error: ") and shown.err.count("\n") == 1
        return
    assert shown.code == 0, shown.err
    assert not re.search(r"\bnan\b|\binf\b", shown.out)
    assert max(map(len, shown.out.splitlines())) <= WIDTH
    assert record.json()["pair"] == PAIR

"""The command line run in this process, on the small pair; never on what the caller's environment names."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from core.bundle import list_pairs, load_pair
from core.cli import main
from core.cli import pairs as pair_commands


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON; what is not JSON by the letter (NaN) is refused."""
        assert self.code == 0, self.err
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


Run = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], complete_models: Path) -> Run:
    """Run ``python -m core ARGUMENTS`` as a terminal would."""
    monkeypatch.delenv("TWINLENS_DATA", raising=False)
    monkeypatch.delenv("TWINLENS_RUNS", raising=False)
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=complete_models))
    monkeypatch.setattr(pair_commands, "list_pairs", partial(list_pairs, complete_models))

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["core", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

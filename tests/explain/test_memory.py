"""Hundreds of explanations leave nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from torch import nn

from tests.explain.memory_child import take_stock
from tests.pair_factory import ROOT

PAIRS = ("lung", "fundus")
"""A plain student, and one with CBAM and a topology beside the picture."""
COUNT = 300
MOST_MB = 50


def _measure(name: str, *words: str) -> dict[str, Any]:
    run = [sys.executable, "-m", "tests.explain.memory_child", name, str(COUNT), *words]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_explanations_leave_nothing_behind(name: str) -> None:
    grown = _measure(name)
    assert "gradcam" in grown["methods"]
    assert grown["rss_mb"] < MOST_MB, grown
    assert grown["tensors"] == 0 and grown["hooks"] == 0, grown


@pytest.mark.slow
def test_a_session_that_forgets_nothing_is_caught() -> None:
    grown = _measure(PAIRS[0], "keep")
    assert grown["rss_mb"] > MOST_MB and grown["tensors"] >= COUNT, grown


def test_hooks_are_counted() -> None:
    module = nn.Identity()
    before = take_stock(module)["hooks"]
    module.register_forward_hook(lambda *_: None)
    assert take_stock(module)["hooks"] == before + 1

from __future__ import annotations

import re

import pytest
import typer.core
import typer.main

from core.cli import app
from core.release.ablation import AblationReport, ArmReport, FigureOfArm
from core.training.arms import ARMS
from tests.pair_factory import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").partition("# What each piece")[2]
NAMED = set(re.findall(r"`(-{0,2}[a-z0-9_-]+)`", PAGE))


def figure(value: float | None, low: float | None = None, high: float | None = None) -> FigureOfArm:
    return FigureOfArm(value=value, low=low, high=high, by_seed=(value, value))


REPORT = AblationReport(
    preset="dr5",
    split_sha256="0",
    n=40,
    groups=38,
    level=0.95,
    resamples=20,
    student={},
    arms={
        "plain": ArmReport(
            title="Plain student",
            against=None,
            seeds=(0, 1),
            figures={"accuracy": figure(0.5, 0.4, 0.6), "flip_rate": figure(None)},
            minus={},
            seconds=1.0,
        ),
        "kd": ArmReport(
            title="With a teacher",
            against="plain",
            seeds=(0, 1),
            figures={"accuracy": figure(0.6, 0.5, 0.7), "flip_rate": figure(0.25)},
            minus={"accuracy": figure(0.1, -0.05, 0.2), "flip_rate": figure(None)},
            seconds=2.0,
        ),
    },
)


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """What the command asks to have trained."""
    asked: list[tuple[str, int]] = []

    class Bench:
        def __init__(self, recipe, runs, *, root, listener) -> None:
            self.ablation = type("Ablation", (), {"seeds": 3})

    monkeypatch.setenv("TWINLENS_DATA", str(tmp_path))
    monkeypatch.setattr("core.training.ablation.Bench", Bench)
    monkeypatch.setattr(
        "core.training.ablation.train_arm", lambda bench, arm, seed: asked.append((arm.name, seed))
    )
    monkeypatch.setattr("core.release.ablation.report_ablation", lambda recipe, runs, resamples: REPORT)
    return asked


def test_trains_the_named_arms_seed_by_seed(run, trained):
    assert run("ablate", "dr5", "--arms", "kd,plain", "--seeds", 2).code == 0
    assert trained == [("plain", 0), ("kd", 0), ("plain", 1), ("kd", 1)]


def test_trains_everything_if_nothing_is_named(run, trained):
    assert run("ablate", "dr5").code == 0
    assert trained == [(name, seed) for seed in range(3) for name in ARMS]


def test_prints_figures_and_signed_differences(run, trained):
    found = run("ablate", "dr5")
    assert "40 test cases in 38 groups" in found.out
    assert "0.500 (0.400-0.600)" in found.out
    assert "kd minus plain" in found.out and "0.100 (-0.050 to 0.200)" in found.out
    assert "undefined" in found.out and "0.250 (no limits)" in found.out


def test_json_is_the_report(run, trained):
    assert run("ablate", "dr5", "--json").json() == REPORT.model_dump(mode="json")


def test_an_unknown_arm_ends_with_the_choices(run, trained):
    found = run("ablate", "dr5", "--arms", "kdd")
    assert found.code == 1
    assert "The choices are plain, kd" in found.err


def test_a_preset_without_ablation_is_refused(run, monkeypatch, tmp_path):
    monkeypatch.setenv("TWINLENS_DATA", str(tmp_path))
    found = run("ablate", "mel5")
    assert found.code == 1
    assert "no table [ablation]" in found.err


def test_every_arm_option_and_key_is_on_the_page():
    parameters = typer.main.get_command(app).commands["ablate"].params  # type: ignore[attr-defined]
    options = {
        name for entry in parameters if isinstance(entry, typer.core.TyperOption) for name in entry.opts
    }
    assert {name for name in options if name.startswith("--")} - {"--help", "--json"} <= NAMED
    keys = {*AblationReport.model_fields, *ArmReport.model_fields, *FigureOfArm.model_fields}
    assert keys <= NAMED
    assert set(ARMS) <= NAMED

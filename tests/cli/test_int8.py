"""The command that reports on a network in 8 bits."""

from __future__ import annotations

import json

import pytest

from core.bundle import load_pair
from core.cli import pairs as pair_commands
from core.int8_card import read_int8_report
from tests.pair_factory import PAIR
from tests.shipped_pairs import EACH


@pytest.fixture
def shipped(run, monkeypatch):
    monkeypatch.setattr(pair_commands, "load_pair", load_pair)
    return run


@EACH
def test_the_report_of_every_shipped_student(shipped, name):
    report = read_int8_report(load_pair(name), "student")
    assert report is not None
    result = shipped("int8", name)
    assert result.code == 0
    text = " ".join(result.out.split())
    assert f"{report.float32_bytes / report.onnx_bytes:.1f} times less than in float32" in text
    assert all(drift.title in result.out for drift in report.sets.values())
    assert shipped("int8", name, "--json").json() == json.loads(report.model_dump_json())


def test_a_role_without_8_bits_says_how_to_make_it(run):
    result = run("int8", PAIR, "--role", "teacher")
    assert result.code == 1
    assert "it does not ship in 8 bits" in result.err and "--role teacher --int8" in result.err


def test_a_role_that_is_not_served_is_refused(run):
    result = run("int8", PAIR, "--role", "control")
    assert result.code == 1 and "not a role that can be run" in result.err

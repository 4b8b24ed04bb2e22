"""What commands print: tables that line up, JSON without NaN, intervals in one form."""

from __future__ import annotations

import json

from core.cli.output import format_interval, interval_json, print_json, print_table
from core.types import Interval

NAN = float("nan")


def test_numbers_that_are_not_defined_become_null(capsys):
    print_json({"a": NAN, "b": [float("inf"), 1.5], "c": {"d": (NAN,)}, 3: None})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": {"d": [None]}, "3": None}


def test_columns_line_up(capsys):
    print_table([{"name": "a", "n": 1}, {"name": "longer", "n": 22}])
    assert capsys.readouterr().out == "name    n\n------  --\na       1\nlonger  22\n"


def test_no_rows_are_said(capsys):
    print_table([])
    assert capsys.readouterr().out == "nothing to show\n"


def test_intervals():
    interval = Interval(0.8421, 0.8009, 0.8794, 0.95, 600, "Wilson")
    assert format_interval(interval) == "0.842 (0.801-0.879)"
    assert format_interval(interval, digits=1) == "0.8 (0.8-0.9)"
    assert format_interval(Interval(NAN, NAN, NAN, 0.95, 0, "one class")) == "undefined"
    assert interval_json(interval) == {
        "value": 0.8421,
        "low": 0.8009,
        "high": 0.8794,
        "n": 600,
        "method": "Wilson",
    }

"""What commands print: tables that line up, JSON without NaN, intervals in one form."""

from __future__ import annotations

import json

from core.cli.output import WIDTH, format_interval, format_signed, print_json, print_table, print_text
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


def test_columns_that_do_not_fit_go_on_below_beside_the_keys(capsys):
    print_table([{"a": 1, "b": "x" * 60, "c": "y" * 60, "d": "z"}])
    assert capsys.readouterr().out.split("\n\n") == [
        f"a  b\n-  {'-' * 60}\n1  {'x' * 60}",
        f"a  c{' ' * 59}  d\n-  {'-' * 60}  -\n1  {'y' * 60}  z\n",
    ]
    print_table([{"a": 1, "b": 2, "c": "x" * 90, "d": "y" * 90}], keys=2)
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.startswith("a  b  c") and second.startswith("a  b  d")


def test_a_table_that_just_fits_is_one(capsys):
    print_table([{"a": "x" * 49, "b": "y" * 49}])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and max(map(len, lines)) == WIDTH
    print_table([{"a": "x" * 50, "b": "y" * 49}])
    assert len(capsys.readouterr().out.splitlines()) == 3, "a key column alone would say nothing"
    print_table([{"a": "x" * 10, "b": "y" * 49, "c": "z" * 38}])
    assert len(capsys.readouterr().out.splitlines()) == 7


def test_text_keeps_to_the_width_and_to_typewriter_signs(capsys):
    print_text("a loss of −0.5 (−0.7–−0.3) " * 20)
    out = capsys.readouterr().out
    assert out.isascii() and "-0.5 (-0.7--0.3)" in out
    assert 80 < max(map(len, out.splitlines())) <= WIDTH
    print_text("x" * 120)
    assert capsys.readouterr().out == "x" * 120 + "\n"


def test_intervals(capsys):
    interval = Interval(0.8421, 0.8009, 0.8794, 0.95, 600, "Wilson")
    assert format_interval(interval) == "0.842 (0.801-0.879)"
    assert format_interval(interval, digits=1) == "0.8 (0.8-0.9)"
    undefined = Interval(NAN, NAN, NAN, 0.95, 0, "one class")
    assert format_interval(undefined) == format_signed(undefined) == "undefined"
    without = Interval(0.25, NAN, NAN, 0.95, 2, "undefined on 3 resamples")
    assert format_interval(without) == format_signed(without) == "0.250 (no limits)"
    below = Interval(-0.0001, -0.0362, 0.48, 0.95, 600, "Wald")
    assert format_signed(below) == "0.000 (-0.036 to 0.480)"
    assert format_signed(below, digits=1, scale=1000) == "-0.1 (-36.2 to 480.0)"
    print_json({"intervals": (interval, undefined)})
    assert json.loads(capsys.readouterr().out)["intervals"] == [
        {"value": 0.8421, "low": 0.8009, "high": 0.8794, "level": 0.95, "n": 600, "method": "Wilson"},
        {"value": None, "low": None, "high": None, "level": 0.95, "n": 0, "method": "one class"},
    ]

"""Tables of what was measured over many cases: every cell from the record, gaps said as gaps."""

from __future__ import annotations

import pytest

from core.bundle import Pair
from core.figures.explain_tables import (
    LACKING,
    YARDSTICKS,
    find_baselines,
    say_number,
    tabulate_different,
    tabulate_faithfulness,
    tabulate_pointing,
)
from tests.explanation_factory import make_case, make_explanations

CASES = (
    make_case("one", "mel", ("mel", "mel"), 0.5),
    make_case("two", "nv", ("mel", "mel"), -0.25),
    make_case("three", "nv", ("nv", "mel"), -0.9),
    make_case("four", "nv", ("nv", "nv"), None),
)


@pytest.fixture
def card(pair: Pair):
    return make_explanations(pair, "set", CASES)


def test_a_row_a_method_and_a_column_a_network(card) -> None:
    table = tabulate_faithfulness(card, "set", "gap")
    assert table == {
        "Method": ["Grad-CAM", table["Method"][1], table["Method"][2]],
        "Teacher": ["0.30 (0.25–0.35)"] * 3,
        "Student": ["0.20 (0.15–0.25)"] * 2 + [LACKING],
        "n": ["40", "40", "24"],
    }


def test_shares_are_percentages_and_correlations_are_not(card) -> None:
    above = tabulate_faithfulness(card, "set", "above_random")["Student"][0]
    assert above.replace("\N{NO-BREAK SPACE}", " ") == "30.0 % (25.0–35.0)"
    assert tabulate_faithfulness(card, "set", "learned") == {
        "Method": ["Grad-CAM"],
        "Teacher": ["0.05 (0.00–0.10)"],
        "Student": ["0.05 (0.00–0.10)"],
        "n": ["12"],
    }


@pytest.mark.parametrize("yardstick", YARDSTICKS)
def test_columns_have_one_length_for_every_choice(card, yardstick) -> None:
    table = tabulate_faithfulness(card, "set", yardstick)
    assert len({len(cells) for cells in table.values()}) == 1 and table["Method"]


def test_pointing_has_two_figures_a_network_and_chance_beside_them(card) -> None:
    table = {
        name: cells[0].replace("\N{NO-BREAK SPACE}", " ")
        for name, cells in tabulate_pointing(card, "set").items()
    }
    assert table == {
        "Method": "Grad-CAM",
        "Teacher: peak inside": "80.0 % (75.0–85.0)",
        "Teacher: share inside": "40.0 % (35.0–45.0)",
        "Student: peak inside": "60.0 % (55.0–65.0)",
        "Student: share inside": "30.0 % (25.0–35.0)",
        "n": "40",
    }
    assert [one.value for one in find_baselines(card, "set")] == [0.2, 0.9]
    assert find_baselines(card, "elsewhere") is None


def test_cases_with_one_answer_and_different_reasons(card, pair) -> None:
    listed = card.agreement["set"].list_other_reasons()
    table = tabulate_different(listed, pair.modality)
    assert table["Case"] == ["two", "one"]
    assert table["Both call it"] == ["melanoma", "melanoma"]
    assert table["It is"] == ["naevus (both wrong)", "melanoma"]
    assert table["Order of places (ρ)"] == ["−0.25", "0.50"]
    assert table["Marked by both"] == ["25\N{NO-BREAK SPACE}%"] * 2


def test_a_minus_is_a_minus_and_nothing_is_nothing() -> None:
    assert [say_number(-0.5), say_number(None), say_number(-0.001)] == ["−0.50", LACKING, "0.00"]

"""What two runs give together: the winner of the leaderboard is blamed only where the figures say so."""

from __future__ import annotations

import pytest

from core.figures.combinations import describe_gains, summarise_gains, tabulate_combinations
from core.figures.experiments_combined import (
    NOT_DEPLOYED,
    READERS,
    WAYS,
    Reading,
    conclude_gains,
    conclude_readings,
    rename_strategies,
    tabulate_readings,
)
from core.figures.wording import NO_BREAK
from core.types import (
    Combination,
    CombinationTable,
    CombinedCalls,
    Interval,
    MatchedSensitivity,
    Strategy,
)


def share(value: float, half: float = 0.05, n: int = 200) -> Interval:
    return Interval(value, value - half, value + half, 0.95, n, "Wilson")


def reading(name: str, sensitivity: float, specificity: float, *, wins: bool = False) -> Reading:
    calls = CombinedCalls(share(sensitivity), share(specificity), share(0.2), share(1.0))
    return Reading(name, calls, wins)


WINNER = reading("First network alone", 0.4, 0.9, wins=True)


def test_a_better_reading_beyond_its_limits_is_the_claim() -> None:
    told = conclude_readings((WINNER, reading("Either flags (OR)", 0.6, 0.9)), "melanoma").replace(
        NO_BREAK, " "
    )
    assert told.startswith(f"**{NOT_DEPLOYED}**")
    assert "Either flags (OR) finds 60.0 % (55.0–65.0) of 200 melanomas" in told
    assert "the winner alone 40.0 % (35.0–45.0) at 90.0 % (85.0–95.0)" in told


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "said"),
    [
        (0.45, 0.95, "The limits overlap"),
        (0.9, 0.5, "only at the price of more false alarms"),
        (0.3, 0.95, "nothing here finds more melanomas"),
    ],
)
def test_no_claim_where_the_figures_do_not_carry_it(sensitivity, specificity, said) -> None:
    told = conclude_readings((WINNER, reading("Both flag (AND)", sensitivity, specificity)), "melanoma")
    assert said in told and NOT_DEPLOYED not in told


def test_without_the_winner_nothing_is_concluded() -> None:
    told = conclude_readings((reading("First network alone", 0.1, 0.9),), "melanoma")
    assert "Neither of these two wins" in told


def test_readings_as_a_table() -> None:
    table = tabulate_readings((WINNER, reading("Either flags (OR)", 0.6, 0.8)))
    assert table["Read by"] == ["First network alone (wins the leaderboard)", "Either flags (OR)"]
    assert table["Specificity"][1].startswith("80.0")


def combined(gain: float, half: float = 0.02) -> CombinationTable:
    def entry(name: Strategy, against: str) -> Combination:
        match = MatchedSensitivity(
            "teacher" if against == "teacher" else "student", share(0.4), share(gain, half)
        )
        return Combination(name, name, {name: 0.5}, "", *(share(0.5),) * 4, share(1.0), (match,))

    return CombinationTable(
        "specificity",
        0.9,
        0.25,
        None,
        100,
        20,
        300,
        60,
        (entry("teacher", "student"), entry("student", "teacher"), entry("either", "student")),
    )


def test_at_the_same_specificity_only_a_shown_gain_counts() -> None:
    told = conclude_gains(rename_strategies(combined(0.1)), "student", "melanoma")
    assert told.startswith(f"**{NOT_DEPLOYED}**") and "Second network alone +10.0 points" in told
    assert "Either flags (OR) +10.0 points" in told and "300 test pictures, 60 melanomas" in told
    assert NOT_DEPLOYED not in conclude_gains(combined(0.01), "student", "melanoma")
    assert "Neither of these two wins" in conclude_gains(combined(0.1), None, "melanoma")


def test_no_word_of_teacher_or_student_is_left() -> None:
    table = rename_strategies(combined(0.1))
    told = " ".join(
        [
            describe_gains(table, against="student", noun="melanoma", called=READERS),
            summarise_gains(table, against="student", noun="melanoma", called=READERS),
            summarise_gains(combined(0.0), against="teacher", noun="melanoma", called=READERS),
            str(tabulate_combinations(table, READERS)),
            *WAYS.values(),
        ]
    ).lower()
    assert "teacher" not in told and "student" not in told and "first network" in told


def test_a_pair_s_words_are_as_they_were() -> None:
    table = combined(0.1)
    assert "than the student alone" in summarise_gains(table, against="student", noun="melanoma")
    assert "Teacher reads" in tabulate_combinations(table)
    assert "Gain over student alone, same specificity" in tabulate_combinations(table)

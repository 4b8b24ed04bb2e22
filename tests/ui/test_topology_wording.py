"""Sentences about topology say what the figures say, whichever way these fall."""

from __future__ import annotations

import numpy as np
import pytest

from core.modalities.fundus import FUNDUS
from core.types import Disturbance, Erasure, Interval, OperatingPoint, Prediction
from core.ui.topology_wording import (
    describe_erasure,
    describe_flag,
    in_points,
    judge_answers,
    judge_stability,
    tabulate_probs,
    tabulate_stability,
)

RATE = Interval(0.9, 0.81, 0.95, 0.95, 90, "Wilson")
POINT = OperatingPoint("sensitivity_90", 0.5, "validation", RATE, RATE)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def answer(*probs: float) -> Prediction:
    positive = sum(probs[2:])
    return Prediction(
        "fundus",
        "student",
        FUNDUS.classes,
        np.zeros(5, np.float32),
        np.array(probs),
        positive,
        POINT,
        positive >= 0.5,
        1.0,
    )


HEALTHY, SICK = answer(0.7, 0.2, 0.1, 0, 0), answer(0.1, 0.1, 0.3, 0.4, 0.1)


def move(
    name: str, h0: float, h1: float, *, exact: bool = False, yardstick: tuple[float, float] | None = (1, 1)
) -> Disturbance:
    return Disturbance(name, f"{name} words", exact, (h0, h1), (h0, h1), 0.1, 0.9, yardstick)


def test_lighting_is_judged_by_its_figures() -> None:
    first, second = judge_stability([move("darker", 0.52, 0.08), move("blur", 0.2, 0.1)])
    assert plain(first) == (
        "The claim that the diagram does not depend on lighting is not true: darker words moves it by 52 % "
        "(H0) and 8.0 % (H1) of the distance between two different eyes."
    )
    assert "blur words moves it most" in second
    (little,) = judge_stability([move("darker", 0.02, 0.08)])
    assert "not true" not in little and "little" in little
    (still,) = judge_stability([move("darker", 0, 0, yardstick=None)])
    assert "does not move" in still
    (grey,) = judge_stability([move("darker", 0.52, 0.08, yardstick=None)])
    assert "grey" in grey and "not true" in grey


def test_exact_changes_are_exact_or_named() -> None:
    (sentence,) = judge_stability([move("turn", 0, 0, exact=True), move("flip", 0, 0, exact=True)])
    assert "exactly 0 in 2 of 2" in sentence
    (broken,) = judge_stability([move("turn", 0, 0.1, exact=True), move("flip", 0, 0, exact=True)])
    assert "turn words" in broken and "flip words" not in broken and "exactly" not in broken


def test_answers_that_change_and_that_do_not() -> None:
    same = judge_answers(HEALTHY, [("a", HEALTHY), ("b", answer(0.6, 0.2, 0.2, 0, 0))], FUNDUS)
    assert "stays the same under all 2" in same and plain(same).endswith("“b”: from 10.0 % to 20.0 %.")
    other = judge_answers(HEALTHY, [("a", HEALTHY), ("b", SICK)], FUNDUS)
    assert "changes under 1 of 2 changes (b)" in other


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (HEALTHY, HEALTHY, "Not flagged before and after"),
        (SICK, SICK, "Flagged before and after"),
        (SICK, HEALTHY, "Flagged before, not flagged after"),
        (HEALTHY, SICK, "Not flagged before, flagged after"),
    ],
)
def test_flags(before: Prediction, after: Prediction, words: str) -> None:
    assert words in describe_flag(before, after)


def test_tables() -> None:
    table = tabulate_probs(HEALTHY, SICK, FUNDUS)
    assert table["Finding"][0] == "No apparent retinopathy" and table["Points"][0] == "−60.0"
    assert in_points(-0.035) == "−3.5 percentage points"
    rows = tabulate_stability([move("blur", 0, 0.5)], [SICK], HEALTHY, FUNDUS)
    assert rows["H0 moves"] == ["", "0"] and plain(rows["H1 moves"][1]) == "50 %"
    assert [plain(cell) for cell in rows["Student"]] == [
        "10.0 %, no apparent retinopathy",
        "80.0 %, severe retinopathy (changed)",
    ]


@pytest.mark.parametrize("removed", [True, False])
def test_an_erasure_says_what_it_took(removed: bool) -> None:
    region = np.zeros((32, 32), bool)
    region[:2, :3] = True
    erasure = Erasure(
        np.zeros((4, 4, 3), np.uint8),
        region,
        np.array([0.1, 0.4, 0]),
        0.12,
        removed,
        0.25,
        1.5,
        40,
        10,
        9,
    )
    text = plain(describe_erasure(erasure))
    assert "25.0 % of the pixels" in text and "40 at most; 6 of 1024 cells" in text
    assert ("gone" in text) is removed and ("0.12 of its persistence of 0.30 is left" in text) is not removed

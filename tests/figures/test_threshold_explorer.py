"""Every stop of the explorer's slider holds what the engine computes there."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from core.evaluation.thresholds import compute_threshold_table
from core.figures.threshold_explorer import slider_thresholds
from core.types import HeldOut
from core.ui.explorer.choice import ExplorerChoice
from core.ui.threshold_board import AIMS, build_board, describe_recommendation

RNG = np.random.default_rng(4)


def held_out(n: int = 120, *, split: str = "test", positives: int | None = None) -> HeldOut:
    truth = np.arange(n) < (n // 4 if positives is None else positives)
    prob = {
        role: np.clip(RNG.beta(2, 5, n) + shift * truth, 0, 1)
        for role, shift in (("teacher", 0.25), ("student", 0.15), ("control", 0.1))
    }
    return HeldOut(
        title="made up",
        dataset="made_up",
        split=split,
        classes=("mel", "nv"),
        positives=("mel",),
        image_ids=np.array([f"case{i}" for i in range(n)]),
        groups=np.array([f"case{i // 2}" for i in range(n)]),
        target=np.where(truth, "mel", "nv"),
        truth=truth,
        probs={role: np.stack([p, 1 - p], axis=1) for role, p in prob.items()},
        positive_prob=prob,
        metadata=MappingProxyType({}),
    )


def board(validation: HeldOut, cases: HeldOut, **changed):
    options = {"prevalence": None, "cost_ratio": 20.0, "first_aim": "sensitivity_90"} | changed
    return build_board(validation, cases, noun="melanoma", other="other lesion", **options)


def test_stops_are_ascending_thresholds() -> None:
    grid = slider_thresholds()
    assert (grid[0], grid[-1]) == (0.0, 1.0)
    assert (np.diff(grid) > 0).all()


@pytest.mark.parametrize("prevalence", [None, 0.02])
def test_every_stop_is_the_engine_s_row(prevalence: float | None) -> None:
    cases = held_out()
    data = board(held_out(split="val"), cases, prevalence=prevalence).data
    want = compute_threshold_table(
        cases.positive_prob["student"],
        cases.truth,
        cases.groups,
        thresholds=slider_thresholds(),
        prevalence=prevalence,
    )
    student = next(role for role in data["roles"] if role["role"] == "student")
    assert student["counts"]["fn"] == want.false_negatives.tolist()
    for key in ("sensitivity", "ppv", "flagged_per_1000"):
        for column, values in zip(student["grid"][key], want.values(key), strict=True):
            np.testing.assert_allclose(np.array(column, dtype=float), values, atol=1e-5)


def test_it_is_json_and_its_version_names_the_content() -> None:
    validation, cases = held_out(split="val"), held_out()
    first, again = board(validation, cases).data, board(validation, cases).data
    assert json.loads(json.dumps(first, allow_nan=False)) == first
    assert first["version"] == again["version"]
    assert board(validation, cases, cost_ratio=3.0).data["version"] != first["version"]


def test_an_aim_s_thresholds_come_from_validation_and_its_figures_from_the_other_cases() -> None:
    validation, cases = held_out(split="val"), held_out()
    made = board(validation, cases)
    of_aim = made.thresholds(ExplorerChoice("sensitivity_95", None))
    for role in made.data["roles"]:
        name = role["role"]
        found = validation.positive_prob[name][validation.truth] >= of_aim[name]
        assert found.mean() >= 0.95
        row = role["aims"]["sensitivity_95"]
        assert row["threshold"] == of_aim[name]
        assert row["counts"]["tp"] == int((cases.positive_prob[name][cases.truth] >= of_aim[name]).sum())


def test_a_dragged_threshold_is_everybody_s() -> None:
    made = board(held_out(split="val"), held_out())
    assert made.thresholds(ExplorerChoice(None, 0.3)) == dict.fromkeys(("teacher", "student", "control"), 0.3)


def test_without_positives_to_choose_on_every_aim_says_why() -> None:
    made = board(held_out(split="val", positives=0), held_out())
    assert made.thresholds(ExplorerChoice("youden", None)) == {}
    reasons = [role["aims"][aim].get("reason", "") for role in made.data["roles"] for aim in AIMS]
    assert all("120 cases, 0 of them positive" in reason for reason in reasons), reasons
    assert "none (" in describe_recommendation(made, "melanoma", 20.0)


def test_cases_without_positives_leave_figures_undefined_not_zero() -> None:
    data = board(held_out(split="val"), held_out(positives=0)).data
    student = data["roles"][1]
    assert set(student["grid"]["sensitivity"][0]) == {None}
    assert set(student["grid"]["net_benefit"][0]) == {None}
    assert student["roc"]["x"] == []


def test_recommendation_names_each_network_and_the_exact_threshold() -> None:
    text = describe_recommendation(board(held_out(split="val"), held_out()), "melanoma", 19.0)
    assert all(f"{role} " in text for role in ("teacher", "student", "control"))
    assert "5.0\u00a0% for every network" in text


def test_the_decision_curve_ends_where_a_rare_finding_still_has_something_to_show() -> None:
    validation, cases = held_out(split="val"), held_out()
    for prevalence, end in ((None, 0.5), (0.02, 0.1), (0.005, 0.05)):
        data = board(validation, cases, prevalence=prevalence).data
        chart = next(chart for chart in data["charts"] if chart["key"] == "net")
        assert chart["xRange"] == [0, end]
        assert data["roles"][0]["net"]["x"][-1] == pytest.approx(end)
        assert [tick["at"] for tick in chart["xTicks"]] == pytest.approx([end * k / 5 for k in range(6)])


def test_net_benefit_at_certainty_is_0_for_nobody_and_has_no_value_else() -> None:
    validation, cases = held_out(split="val"), held_out()
    sure = cases.positive_prob["student"].copy()
    sure[~cases.truth] = 1.0
    cases = replace(cases, positive_prob={**cases.positive_prob, "student": sure})
    teacher, student, _ = board(validation, cases).data["roles"]
    assert teacher["counts"]["tp"][-1] + teacher["counts"]["fp"][-1] == 0
    assert [column[-1] for column in teacher["grid"]["net_benefit"]] == [0.0, 0.0, 0.0]
    assert student["counts"]["fp"][-1] == int((~cases.truth).sum())
    assert [column[-1] for column in student["grid"]["net_benefit"]] == [None, None, None]

"""The whole comparison: parts agree with each other, and what is lacking is a state."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from core.bundle import load_pair
from core.errors import ConfigError
from core.evaluation.compare import compare_networks, list_operating_points, set_margins
from core.evaluation.delong import compare_auc
from core.evaluation.held_out import list_held_out, load_held_out, load_validation
from tests.evaluation.cases_factory import make_held_out, make_points
from tests.pair_factory import PAIR


def test_parts_agree():
    held_out, points = make_held_out(), make_points()
    found = compare_networks(held_out, points, resamples=50)
    assert (found.n, found.positives, found.groups) == (240, 80, 240)
    assert set(found.aucs) == set(found.tables) == {"teacher", "control"}
    by_metric = {(entry.metric, entry.against): entry for entry in found.differences}
    for against in ("teacher", "control"):
        positives, negatives, everyone = found.tables[against]
        assert (positives.n, negatives.n, everyone.n) == (80, 160, 240)
        assert everyone.both == positives.both + negatives.both
        assert by_metric["roc_auc", against].difference == found.aucs[against].difference
        assert by_metric["sensitivity", against].difference == positives.difference
        assert by_metric["specificity", against].difference == negatives.difference
        assert not by_metric["ece", against].higher_is_better
        flagged = {role: prob >= 0.4 for role, prob in held_out.positive_prob.items()}
        rate = {role: flagged[role][held_out.truth].mean() for role in flagged}
        assert positives.difference.value == pytest.approx(rate["student"] - rate[against])
    assert found.verdict.auc.difference == found.aucs["teacher"].difference
    assert found.verdict.control_difference == found.aucs["control"].difference


def test_each_role_is_judged_at_its_own_threshold_and_groups_count_once():
    held_out = make_held_out(repeated=True)
    thresholds = {"teacher": 0.3, "student": 0.5, "control": 0.7}
    found = compare_networks(held_out, make_points(thresholds), resamples=50)
    truth, prob = held_out.truth, held_out.positive_prob
    flagged = {role: prob[role] >= limit for role, limit in thresholds.items()}
    for against in ("teacher", "control"):
        positives, negatives, _ = found.tables[against]
        assert positives.both + positives.only_second == (flagged[against] & truth).sum()
        assert positives.both + positives.only_first == (flagged["student"] & truth).sum()
        assert negatives.both + negatives.only_second == (~flagged[against] & ~truth).sum()
        direct = compare_auc(prob["student"], prob[against], truth, held_out.groups)
        assert found.aucs[against] == direct and direct.difference.method == "DeLong, groups as units"
        assert (positives.groups, negatives.groups) == tuple(
            len(np.unique(held_out.groups[chosen])) for chosen in (truth, ~truth)
        )


def test_roles_swapped_turn_every_sign():
    held_out = make_held_out(roles=("teacher", "student"))
    swapped = dataclasses.replace(
        held_out,
        probs={"teacher": held_out.probs["student"], "student": held_out.probs["teacher"]},
        positive_prob={
            "teacher": held_out.positive_prob["student"],
            "student": held_out.positive_prob["teacher"],
        },
    )
    one, other = (compare_networks(cases, make_points(), resamples=50) for cases in (held_out, swapped))
    for entry, mirrored in zip(one.differences, other.differences, strict=True):
        assert mirrored.difference.value == pytest.approx(-entry.difference.value)
        assert mirrored.difference.low == pytest.approx(-entry.difference.high, abs=1e-9)


def test_a_student_that_is_its_teacher():
    held_out = make_held_out(roles=("teacher", "student"))
    same = dict.fromkeys(("teacher", "student"), held_out.positive_prob["teacher"])
    found = compare_networks(dataclasses.replace(held_out, positive_prob=same), make_points(), resamples=50)
    assert found.aucs["teacher"].state == "identical"
    assert all(entry.difference.value == 0 for entry in found.differences)
    assert found.verdict.auc.state == "not_worse"
    assert found.verdict.taught == "no_control" and found.verdict.control_difference is None


def test_other_margins_change_the_verdict_and_nothing_else():
    held_out = make_held_out()
    found = compare_networks(held_out, make_points(), resamples=50)
    strict, lenient = (
        set_margins(found, auc_margin=margin, sensitivity_margin=margin) for margin in (0.001, 0.9)
    )
    assert lenient.verdict.replace == "yes" and strict.verdict.replace != "yes"
    assert dataclasses.replace(strict, verdict=found.verdict) == found
    direct = compare_networks(
        held_out, make_points(), auc_margin=0.001, sensitivity_margin=0.001, resamples=50
    )
    assert direct == strict


def test_one_class_only_is_undefined():
    held_out = make_held_out(60)
    benign = ~held_out.truth
    part = dataclasses.replace(
        held_out,
        target=held_out.target[benign],
        truth=held_out.truth[benign],
        groups=held_out.groups[benign],
        positive_prob={role: prob[benign] for role, prob in held_out.positive_prob.items()},
    )
    found = compare_networks(part, make_points(), resamples=20)
    assert found.verdict.replace == found.verdict.taught == "undefined"
    assert found.aucs["teacher"].difference.method == "undefined: one class only"
    positives, negatives, _ = found.tables["teacher"]
    assert math.isnan(positives.exact_p) and negatives.difference.defined


def test_a_missing_student_is_named():
    held_out = make_held_out(roles=("teacher",))
    with pytest.raises(ConfigError, match="only teacher was measured"):
        compare_networks(held_out, make_points())


def test_operating_points_are_the_card_s_or_chosen_afresh(complete_models: Path):
    pair = load_pair(PAIR, complete_models)
    dataset = list_held_out(pair)[0]
    own = list_operating_points(pair, load_held_out(pair, dataset), load_validation(pair))
    assert next(iter(own)) == pair.card.operating_point
    assert set(own[pair.card.operating_point]) == {"teacher", "student", "control"}
    assert own["youden"]["student"] == pair.operating_point("student", "youden")
    wide = {"positives": ("mel", "bcc")}
    validation = dataclasses.replace(make_held_out(seed=1), **wide)
    validation = dataclasses.replace(validation, truth=np.isin(validation.target, wide["positives"]))
    points = list_operating_points(pair, dataclasses.replace(make_held_out(), **wide), validation)
    assert set(points["sensitivity_90"]) == {"teacher", "student", "control"}
    for of_role in points.values():
        for role, point in of_role.items():
            assert point.chosen_on == "validation split, n = 240"
            flagged = validation.positive_prob[role][validation.truth] >= point.threshold
            assert point.sensitivity.value == pytest.approx(np.mean(flagged))

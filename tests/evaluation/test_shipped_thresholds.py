"""The engine on every shipped pair: its own card's thresholds and figures come out again."""

from __future__ import annotations

import numpy as np
import pytest

from core.bundle import list_pairs, load_pair
from core.evaluation.aims import choose_threshold
from core.evaluation.combinations import compare_combinations, compute_target_specificity
from core.evaluation.curves import compute_roc_points
from core.evaluation.held_out import list_held_out, load_held_out, load_validation
from core.evaluation.thresholds import compute_threshold_table

every_pair = pytest.mark.parametrize("name", list_pairs())


@every_pair
def test_the_cards_thresholds_come_out_again(name: str) -> None:
    pair = load_pair(name)
    validation = load_validation(pair)
    for role in validation.roles:
        for entry in pair.card.networks[role].operating_points:
            choice = choose_threshold(
                entry.name,
                validation.positive_prob[role],
                validation.truth,
                validation.groups,
                chosen_on=entry.chosen_on,
            )
            assert choice.threshold == pytest.approx(entry.threshold, abs=1e-6)
            assert choice.point is not None
            assert choice.point.sensitivity.value == pytest.approx(entry.sensitivity.value)


@every_pair
def test_the_cards_figures_come_out_again(name: str) -> None:
    pair = load_pair(name)
    for dataset in list_held_out(pair):
        cases, report = load_held_out(pair, dataset), pair.card.reports[dataset]
        for role in cases.roles:
            point = pair.operating_point(role)
            table = compute_threshold_table(cases.positive_prob[role], cases.truth, cases.groups)
            row = table.row_of(point.threshold)
            for figure in ("sensitivity", "specificity", "ppv", "npv"):
                found, stored = table.interval(figure, row), report.metrics[role][figure].record()
                assert found.value == pytest.approx(stored.value)
                if figure in ("sensitivity", "specificity"):
                    assert (found.low, found.high) == pytest.approx((stored.low, stored.high))
            points = compute_roc_points(table)
            area = np.trapz(points.y, points.x)
            assert area == pytest.approx(report.metrics[role]["roc_auc"].value, abs=2e-3)


@every_pair
def test_every_combination_is_measured(name: str) -> None:
    pair = load_pair(name)
    validation = load_validation(pair)
    target = compute_target_specificity(validation, pair.operating_point("student").threshold)
    for dataset in list_held_out(pair):
        table = compare_combinations(validation, load_held_out(pair, dataset), target=target, resamples=20)
        for row in table.rows:
            assert not row.problem and row.sensitivity.defined and row.specificity.defined
            assert row.validation_specificity.value >= target - 1e-9
            assert all(matched.difference.defined for matched in row.matched)

"""The figures of a shipped pair and its check on familiarity, over every pair there is.

``TWINLENS_MODELS=FOLDER pytest tests/contracts/test_pair_figures.py`` checks another folder of pairs.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.intake.quality import assess_quality
from core.predict import judge_familiarity, open_familiarity, open_predictor, predict_case
from tests.shipped_pairs import EACH, EACH_ROLE, examples, held_out, is_positive, opened


@EACH_ROLE
class TestFigures:
    def test_reported_figures_follow_from_the_predictions(self, name: str, role):
        """Point values of every report, against scikit-learn and plain counting."""
        card, table = opened(name).card, held_out(name)
        threshold = opened(name).operating_point(role).threshold
        reported = table[(table["split"] != "val") & (table["role"] == role)]
        assert set(card.reports) == set(reported["dataset"])
        for dataset, report in card.reports.items():
            rows = reported[reported["dataset"] == dataset]
            truth, prob = is_positive(name, rows), rows["positive_prob"].to_numpy()
            assert (report.n, report.positives) == (len(rows), int(truth.sum()))
            figures = report.metrics[role]
            assert figures["roc_auc"].value == pytest.approx(roc_auc_score(truth, prob), abs=1e-9)
            assert figures["pr_auc"].value == pytest.approx(average_precision_score(truth, prob), abs=1e-9)
            flagged = prob >= threshold
            assert figures["sensitivity"].value == pytest.approx(flagged[truth].mean(), abs=1e-9)
            assert figures["specificity"].value == pytest.approx((~flagged)[~truth].mean(), abs=1e-9)

    def test_limits_enclose_their_value(self, name: str, role):
        for report in opened(name).card.reports.values():
            for metric, entry in report.metrics[role].items():
                if entry.value is not None:
                    assert entry.low <= entry.value <= entry.high, metric
                    assert entry.low >= 0 and entry.high <= 1, metric
                    assert entry.level == 0.95 and entry.n > 0 and entry.method

    def test_operating_points_hold_on_the_validation_split(self, name: str, role):
        table = held_out(name)
        rows = table[(table["split"] == "val") & (table["role"] == role)]
        truth, prob = is_positive(name, rows), rows["positive_prob"].to_numpy()
        for point in opened(name).network(role).operating_points:
            flagged = prob >= point.threshold
            assert point.sensitivity.value == pytest.approx(flagged[truth].mean(), abs=1e-9), point.name
            assert point.specificity.value == pytest.approx((~flagged)[~truth].mean(), abs=1e-9), point.name
            assert (point.sensitivity.n, point.specificity.n) == (truth.sum(), (~truth).sum())
            assert point.chosen_on == f"validation split, n = {len(rows)}"
            kind, _, percent = point.name.partition("_")
            if kind in ("sensitivity", "specificity"):
                assert getattr(point, kind).value >= int(percent) / 100


@EACH
class TestFamiliarity:
    def test_the_check_keeps_what_its_card_promises(self, name: str):
        entry, familiarity = opened(name).card.familiarity, open_familiarity(opened(name))
        assert entry is not None and familiarity is not None
        assert (entry.method, entry.threshold) == (familiarity.method, familiarity.threshold)
        assert entry.features == familiarity.size == opened(name).network("student").feature_shape[0]
        validation = held_out(name).query("split == 'val' and role == 'student'")
        assert entry.validation.n == len(familiarity.validation) == len(validation)
        beyond = (familiarity.validation > np.float32(entry.threshold)).mean()
        assert entry.validation.value == pytest.approx(beyond, abs=1e-9) and beyond <= 0.01

    def test_its_own_test_images_are_kept_and_rates_have_limits(self, name: str):
        entry = opened(name).card.familiarity
        assert entry is not None
        own, *others = entry.rates
        assert own.aim == "keep" and own.kind.startswith("own test images") and own.refused.value <= 0.05
        test = held_out(name).query("split == 'test' and role == 'student'")
        assert own.refused.n == len(test)
        assert {"refuse", "either"} <= {rate.aim for rate in others}
        for rate in entry.rates:
            found = rate.refused
            assert found.n > 0 and found.method.startswith("Wilson"), rate.kind
            assert 0 <= found.low <= found.value <= found.high <= 1, rate.kind

    def test_the_method_was_chosen_by_what_it_refused(self, name: str):
        entry = opened(name).card.familiarity
        assert entry is not None and set(entry.candidates) == {"mahalanobis", "neighbours"}
        assert entry.candidates[entry.method].value == max(c.value for c in entry.candidates.values())

    def test_a_photograph_that_ships_as_a_sample_is_not_refused(self, name: str):
        pair = opened(name)
        predictor = open_predictor(pair, "student", threads=1)
        for case in examples(name):
            if not case.generated and assess_quality(case).readable:
                verdict = judge_familiarity(pair, predict_case(predictor, case).features)
                assert verdict is not None and verdict.familiar, case.title

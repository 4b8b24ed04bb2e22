"""The calibration command on the small pair: the figures of the metrics, maps, and words for the table."""

from __future__ import annotations

import math

import pytest

from core.bundle import load_pair
from core.evaluation.held_out import load_held_out
from core.metrics.ece import ece
from tests.pair_factory import PAIR
from tests.small_world import DATASET


@pytest.fixture
def cases(complete_models):
    return load_held_out(load_pair(PAIR, complete_models), DATASET)


def test_json_carries_the_metrics_bins_and_maps(run, cases) -> None:
    found = run("calibration", PAIR, "--bins", 5, "--resamples", 20, "--json").json()
    assert (found["n"], found["n_positive"]) == (cases.n, int(cases.truth.sum()))
    assert found["dataset"] == DATASET and list(found["roles"]) == list(cases.roles)
    for role, record in found["roles"].items():
        prob = cases.positive_prob[role]
        assert record["figures"]["ece"]["value"] == pytest.approx(ece(prob, cases.truth, 5))
        assert record["mean_prob"] == pytest.approx(prob.mean())
        for kind in ("equal_width", "equal_mass"):
            assert sum(part["n"] for part in record["reliability"][kind]) == cases.n
        assert set(record["maps"]) >= {"as_shipped", "temperature", "platt", "isotonic"}
        assert set(record["maps"]["platt"]["minus_as_shipped"]) == set(record["figures"])
        assert math.isfinite(record["maps"]["platt"]["parameters"]["slope"])


def test_table_names_every_role_and_the_validation_cases(run, cases) -> None:
    found = run("calibration", PAIR, "--dataset", DATASET, "--resamples", 20)
    assert found.code == 0
    for word in (*cases.roles, "validation cases", "isotonic", "slope", "brier: resolution", "no cases"):
        assert word in found.out
    assert "nan" not in found.out.lower().split()


def test_other_positives(run, complete_models) -> None:
    found = run("calibration", PAIR, "--positives", "mel, bcc", "--resamples", 20, "--json").json()
    cases = load_held_out(load_pair(PAIR, complete_models), DATASET, positives=("mel", "bcc"))
    assert found["positives"] == ["mel", "bcc"] and found["n_positive"] == int(cases.truth.sum())


@pytest.mark.parametrize("option", [("--positives", "cat"), ("--dataset", "cats")])
def test_unknown_names_are_one_clear_line(run, option) -> None:
    found = run("calibration", PAIR, *option)
    assert (
        found.code == 1
        and found.err.startswith("error: ")
        and "choices" in found.err.replace("Choose", "choices")
    )

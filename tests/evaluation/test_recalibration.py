"""Before and after: maps fitted on validation cases, measured on others."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.bundle import load_pair
from core.errors import ConfigError
from core.evaluation.calibration_figures import FIGURES
from core.evaluation.comparison import paired_difference
from core.evaluation.held_out import load_held_out, load_validation
from core.evaluation.recalibration import compare_maps, count_distinct
from tests.held_out_factory import draw_cases
from tests.pair_factory import ROOT

VALIDATION = draw_cases(600, 1, sharpness=3, split="val")
HELD_OUT = draw_cases(500, 2, sharpness=3, group_size=2)


@pytest.fixture(scope="module")
def results():
    return compare_maps(VALIDATION, HELD_OUT, "student", shipped_temperature=0.8, resamples=100)


def test_every_map_is_there_with_every_figure(results) -> None:
    assert list(results) == ["as_shipped", "as_trained", "temperature", "platt", "isotonic"]
    assert not results["as_shipped"].differences
    for result in results.values():
        assert list(result.figures) == list(FIGURES)
    assert list(results["platt"].differences) == list(FIGURES)


def test_overconfidence_is_mended_on_cases_the_map_never_saw(results) -> None:
    for method in ("temperature", "platt", "isotonic"):
        assert results[method].differences["ece"].high < 0, method
        assert results[method].differences["brier"].high < 0, method


def test_monotone_maps_keep_the_ranking_and_isotonic_makes_ties(results) -> None:
    auc = {method: result.figures["roc_auc"].value for method, result in results.items()}
    assert auc["platt"] == pytest.approx(auc["as_shipped"], abs=1e-12)
    assert results["platt"].differences["roc_auc"].high == pytest.approx(0, abs=1e-12)
    distinct = count_distinct(results)
    assert distinct["platt"] == distinct["as_shipped"] == HELD_OUT.n
    assert distinct["isotonic"] < HELD_OUT.n


@pytest.mark.parametrize("name", ["brier", "roc_auc"])
def test_differences_are_the_paired_bootstrap_s(results, name) -> None:
    after, before = results["isotonic"].positive_prob, HELD_OUT.positive_prob["student"]
    found = results["isotonic"].differences[name]
    slow = paired_difference(name, after, before, HELD_OUT.truth, HELD_OUT.groups, resamples=100)
    assert (found.value, found.low, found.high) == pytest.approx((slow.value, slow.low, slow.high))


def test_maps_are_fitted_on_validation_cases_only(results) -> None:
    other = draw_cases(300, 9, sharpness=0.5)
    again = compare_maps(VALIDATION, other, "student", shipped_temperature=0.8, resamples=5)
    assert {name: result.map for name, result in again.items()} == {
        name: result.map for name, result in results.items()
    }
    assert results["platt"].map.n == VALIDATION.n
    assert results["platt"].map.n_positive == VALIDATION.truth.sum()


@pytest.mark.parametrize("temperature", [None, 1.0])
def test_without_a_card_s_temperature_there_is_nothing_to_take_back(temperature) -> None:
    found = compare_maps(VALIDATION, HELD_OUT, "student", shipped_temperature=temperature, resamples=5)
    assert "as_trained" not in found


def test_misfits_are_told() -> None:
    with pytest.raises(ConfigError, match="positives"):
        compare_maps(VALIDATION, dataclasses.replace(HELD_OUT, positives=("nv",)), "student")
    with pytest.raises(ConfigError, match="teacher, student"):
        compare_maps(VALIDATION, draw_cases(50, roles=("teacher", "student")), "control")


def test_held_out_cases_of_one_class_are_a_state_with_words() -> None:
    chosen = HELD_OUT.target == "nv"
    one = dataclasses.replace(
        HELD_OUT,
        **{name: getattr(HELD_OUT, name)[chosen] for name in ("image_ids", "groups", "target", "truth")},
        probs={"student": HELD_OUT.probs["student"][chosen]},
        positive_prob={"student": HELD_OUT.positive_prob["student"][chosen]},
    )
    found = compare_maps(VALIDATION, one, "student", resamples=20)
    assert found["platt"].figures["roc_auc"].method == "undefined: one class only"
    assert found["platt"].differences["roc_auc"].method == "undefined: one class only"
    assert found["platt"].figures["brier"].defined


def test_the_shipped_pair() -> None:
    pair = load_pair("melanoma", ROOT / "models")
    validation = load_validation(pair)
    for dataset in ("isic2017", "ph2"):
        held_out = load_held_out(pair, dataset)
        found = compare_maps(
            validation,
            held_out,
            "student",
            shipped_temperature=pair.network("student").temperature,
            resamples=50,
        )
        # it ships with the temperature that was fitted on these very cases
        assert found["temperature"].map.parameters["temperature"] == pytest.approx(1, abs=0.01)
        assert np.isfinite(found["isotonic"].figures["nll"].value)

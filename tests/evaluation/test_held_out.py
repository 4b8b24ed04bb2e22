"""Held-out cases come out aligned, with the truth that was asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.bundle import Pair, load_pair
from core.errors import BundleError, ConfigError
from core.evaluation.held_out import list_held_out, load_held_out, load_validation, rebase_held_out
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TEST, VAL


@pytest.fixture(scope="module")
def complete(complete_models: Path) -> Pair:
    return load_pair(PAIR, complete_models)


def test_cases_are_those_of_the_table(complete: Pair) -> None:
    assert list_held_out(complete) == (DATASET,)
    held_out, validation = load_held_out(complete, DATASET), load_validation(complete)
    assert (held_out.n, held_out.split, validation.n, validation.split) == (TEST, "test", VAL, "val")
    assert not set(held_out.image_ids) & set(validation.image_ids)
    assert held_out.roles == ("teacher", "student", "control")
    table = complete.predictions()
    for role in held_out.roles:
        row = table[(table["role"] == role) & (table["image_id"] == held_out.image_ids[3])].iloc[0]
        assert held_out.positive_prob[role][3] == row["positive_prob"]
        assert held_out.probs[role][3].tolist() == [row[f"prob_{code}"] for code in held_out.classes]
    np.testing.assert_array_equal(held_out.truth, held_out.target == "mel")


def test_a_wider_set_of_positives_adds_up(complete: Pair) -> None:
    held_out = load_held_out(complete, DATASET, positives=("bcc", "mel"))
    assert held_out.positives == ("mel", "bcc")
    np.testing.assert_array_equal(held_out.truth, np.isin(held_out.target, ["mel", "bcc"]))
    for role in held_out.roles:
        columns = [held_out.classes.index(code) for code in ("mel", "bcc")]
        np.testing.assert_allclose(held_out.positive_prob[role], held_out.probs[role][:, columns].sum(axis=1))


@pytest.mark.parametrize("positives", [(), ("nonsense",), ("mel", "nonsense")])
def test_positives_that_are_not_classes_are_refused(complete: Pair, positives: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="Choose from mel"):
        load_held_out(complete, DATASET, positives=positives)


def test_all_classes_positive_is_refused(complete: Pair) -> None:
    with pytest.raises(ConfigError, match="not all"):
        load_validation(complete, positives=complete.card.classes)


def test_a_data_set_without_cases_is_named(complete: Pair) -> None:
    with pytest.raises(ConfigError, match="The choices are isic2018_task3"):
        load_held_out(complete, "ph2")


def test_a_pair_without_predictions_says_so(pair: Pair) -> None:
    with pytest.raises(BundleError, match="ships no held-out predictions"):
        load_validation(pair)


def test_roles_with_different_cases_are_refused(complete: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    table = complete.predictions().drop(index=[0])
    monkeypatch.setattr(Pair, "predictions", lambda _: table)
    with pytest.raises(BundleError, match="same cases in the same order"):
        load_validation(dataclasses.replace(complete))


def test_rebasing_moves_the_odds_and_keeps_the_order(complete: Pair) -> None:
    cases = load_held_out(complete, DATASET)
    moved = rebase_held_out(cases, measured_at=0.2, prevalence=0.02)
    for role in cases.roles:
        before, after = cases.positive_prob[role], moved.positive_prob[role]
        np.testing.assert_allclose(after / (1 - after), before / (1 - before) * (0.02 / 0.98) / (0.2 / 0.8))
        np.testing.assert_array_equal(np.argsort(before, kind="stable"), np.argsort(after, kind="stable"))
    assert moved.probs is cases.probs


def test_no_validation_cases_is_said(complete: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    table = complete.predictions().query("split != 'val'")
    monkeypatch.setattr(Pair, "predictions", lambda _: table)
    with pytest.raises(BundleError, match="it holds no validation cases"):
        load_validation(dataclasses.replace(complete))

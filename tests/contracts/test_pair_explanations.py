"""What ships of a pair's heat maps fits the pair; every pair that names such a record is covered."""

from __future__ import annotations

import json

import pytest

from core.bundle import list_pairs
from core.explain.base import EXPLAINERS
from core.explanation_card import ExplanationCard, load_explanations
from core.release.explanations_plan import is_slow
from core.release.external import SPLIT_NAME
from tests.shipped_pairs import held_out, opened

MEASURED = [name for name in list_pairs() if opened(name).card.explanations is not None]
EACH = pytest.mark.parametrize("name", MEASURED)
LARGEST = 500_000
"""Bytes of the record."""


def measured(name: str) -> ExplanationCard:
    found = load_explanations(opened(name))
    assert found is not None
    return found


def entries(name: str):
    found = measured(name)
    yield from found.learned.items()
    for part in (found.faithfulness, found.localisation):
        for roles in part.values():
            yield from roles.items()


@EACH
def test_it_refers_to_the_pairs_roles_and_to_registered_methods(name: str):
    pair, found = opened(name), measured(name)
    assert found.faithfulness and found.learned and found.agreement
    assert set(found.weights) == set(pair.served_roles)
    for role, methods in entries(name):
        assert role in pair.served_roles
        assert methods and set(methods) <= set(EXPLAINERS.names())
    assert set(found.slow_methods) == {method for _, of in entries(name) for method in of if is_slow(method)}


@EACH
def test_both_networks_of_the_pair_are_measured_by_the_same_methods_where_both_can_be(name: str):
    for roles in measured(name).faithfulness.values():
        assert "gradcam" in set(roles["teacher"]) & set(roles["student"])


@EACH
def test_no_case_is_one_that_the_pair_was_trained_or_tuned_on(name: str):
    homes = json.loads(opened(name).read(SPLIT_NAME))
    seen = {key.partition("/")[2] for key, home in homes.items() if home != "test"}
    table = held_out(name)
    reported = {
        (dataset, image_id)
        for dataset, image_id, split in zip(table["dataset"], table["image_id"], table["split"], strict=True)
        if split in ("test", "external")
    }
    for dataset, figures in measured(name).agreement.items():
        ids = {case.image_id for case in figures.cases}
        assert not ids & seen
        assert {(dataset, image_id) for image_id in ids} <= reported
        assert len(ids) == len(figures.cases) == measured(name).datasets[dataset].n


@EACH
def test_calls_are_those_of_the_held_out_predictions(name: str):
    """The same networks on the same pictures: a call may differ only where two classes are all but tied."""
    classes = opened(name).card.classes
    table = held_out(name)
    columns = [f"prob_{code}" for code in classes]
    probs = {
        (row["role"], row["dataset"], row["image_id"]): [row[column] for column in columns]
        for row in table.to_dict("records")
    }
    for dataset, figures in measured(name).agreement.items():
        for case in figures.cases:
            for role, code in case.called.items():
                of_case = probs[role, dataset, case.image_id]
                assert max(of_case) - of_case[classes.index(code)] < 1e-3


@EACH
def test_it_is_small_and_made_of_possible_figures(name: str):
    found = measured(name)
    assert len(found.dump()) < LARGEST
    for figures in found.agreement.values():
        for case in figures.cases:
            assert all(
                value is None or -1 <= value <= 1
                for value in (case.rank, case.overlap, case.ssim, case.distance)
            )
    for roles in found.faithfulness.values():
        for methods in roles.values():
            for figures in methods.values():
                assert 0 <= (figures.deletion_auc.value or 0) <= 1
                assert 0 <= (figures.insertion_auc.value or 0) <= 1

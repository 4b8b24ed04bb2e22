"""Tables of predictions: the columns they promise, and figures of each role from its own rows."""

from __future__ import annotations

import numpy as np
import pytest

from core.bundle import Pair, load_pair
from core.release.scoring import evaluate_table, join_tables, tabulate
from core.types import Sample
from tests.pair_factory import PAIR

CLASSES, POSITIVES = ("mel", "nv", "bkl"), ("mel",)


def sample(number: int, label: str = "nv", **metadata: str) -> Sample:
    return Sample(f"I{number}", "made_up", f"/nowhere/{number}.jpg", label, f"G{number // 2}", None, metadata)


def table_of(samples: list[Sample], probs: list[list[float]], role: str = "teacher"):
    return tabulate(samples, np.array(probs), role=role, split="val", classes=CLASSES, positives=POSITIVES)


def test_one_row_per_sample_in_their_order():
    table = table_of([sample(3, "mel", age="50"), sample(1)], [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
    assert table.to_dict("records") == [
        {
            "dataset": "made_up",
            "split": "val",
            "image_id": "I3",
            "group": "G1",
            "target": "mel",
            "role": "teacher",
            "prob_mel": 0.7,
            "prob_nv": 0.2,
            "prob_bkl": 0.1,
            "positive_prob": 0.7,
            "age": "50",
        },
        {
            "dataset": "made_up",
            "split": "val",
            "image_id": "I1",
            "group": "G0",
            "target": "nv",
            "role": "teacher",
            "prob_mel": 0.1,
            "prob_nv": 0.6,
            "prob_bkl": 0.3,
            "positive_prob": 0.1,
            "age": "",
        },
    ]


def test_metadata_that_a_set_does_not_publish_is_empty_text():
    joined = join_tables(
        [
            table_of([sample(0, age="50")], [[1.0, 0, 0]]),
            table_of([sample(1, site="back")], [[0, 1.0, 0]]),
        ]
    )
    assert joined["age"].tolist() == ["50", ""] and joined["site"].tolist() == ["", "back"]
    assert joined.index.tolist() == [0, 1]


def test_joining_no_rows_changes_no_column():
    table = table_of([sample(0, age="50")], [[1.0, 0, 0]])
    joined = join_tables([table.iloc[:0], table])
    assert joined.equals(table) and list(joined.dtypes) == list(table.dtypes)


def test_each_role_is_measured_on_its_own_rows_at_its_own_threshold(complete_models):
    pair: Pair = load_pair(PAIR, complete_models)
    samples = [sample(number, "mel" if number < 4 else "nv") for number in range(10)]
    right = [[0.9, 0.05, 0.05]] * 4 + [[0.0, 0.5, 0.5]] * 6
    wrong = [[0.0, 0.5, 0.5]] * 4 + [[0.9, 0.05, 0.05]] * 6
    table = join_tables([table_of(samples, right, "teacher"), table_of(samples, wrong, "student")])
    points = {role: pair.operating_point(role) for role in ("teacher", "student")}
    found = evaluate_table(table, points, classes=CLASSES, positives=POSITIVES)
    for metric in ("roc_auc", "sensitivity", "specificity", "accuracy_top1"):
        if metric in found["teacher"]:
            assert (found["teacher"][metric].value, found["student"][metric].value) == (1.0, 0.0)
    assert found["teacher"]["sensitivity"].n == 4 and found["teacher"]["specificity"].n == 6
    assert found["teacher"]["roc_auc"].value == pytest.approx(1.0)

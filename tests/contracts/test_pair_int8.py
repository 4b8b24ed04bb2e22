"""Every network that ships in 8 bits keeps to its card, and is what its report says."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from core.bundle import list_pairs
from core.int8_card import Int8Report, read_int8_report
from core.predict import open_predictor, predict_case
from core.release.int8_drift import keeps_to
from core.sessions import FEATURES_OUTPUT, OUTPUT_NAME
from tests.shipped_pairs import examples, held_out, opened

SHIPPED = [
    (name, role)
    for name in list_pairs()
    for role in opened(name).served_roles
    if opened(name).network(role).int8 is not None
]
EACH = pytest.mark.parametrize(("name", "role"), SHIPPED)


def reported(name: str, role) -> Int8Report:
    found = read_int8_report(opened(name), role)
    assert found is not None
    return found


@pytest.mark.parametrize("name", list_pairs())
def test_the_students_of_every_pair_ship_in_8_bits(name):
    students = [role for role in opened(name).served_roles if role != "teacher"]
    assert students and {(name, role) for role in students} <= set(SHIPPED)


@EACH
def test_it_keeps_to_the_card_on_every_set_that_the_card_reports(name, role):
    pair, report = opened(name), reported(name, role)
    assert report.pair == name and report.role == role and report.plan == pair.network(role).int8.plan
    assert set(report.sets) == set(pair.card.reports)
    for dataset, drift in report.sets.items():
        assert keeps_to(drift, pair.card.int8_allowance)
        assert drift.n == pair.card.reports[dataset].n
        assert drift.threshold == pair.operating_point(role).threshold
    assert report.trials[-1].accepted and report.trials[-1].kept == len(report.kept_float)


@EACH
def test_its_float_probabilities_are_the_shipped_predictions(name, role):
    """A flipped case's probability as trained is the one in predictions.parquet."""
    rows = held_out(name)
    rows = rows[rows["role"] == role].set_index(["dataset", "image_id"])["positive_prob"]
    for dataset, drift in reported(name, role).sets.items():
        for case in drift.flipped:
            assert rows[dataset, case.image_id] == pytest.approx(case.float_prob, abs=2e-5)
            assert (case.float_prob >= drift.threshold) != (case.int8_prob >= drift.threshold)


@EACH
def test_it_is_as_small_as_the_issue_asks(name, role):
    pair, report = opened(name), reported(name, role)
    assert report.onnx_bytes == pair.size_bytes(role, "int8")
    assert report.float_bytes == pair.size_bytes(role)
    assert report.float32_bytes == 4 * pair.network(role).parameters
    assert report.float32_bytes / report.onnx_bytes >= 3.3


@EACH
def test_its_weights_are_in_8_bits_and_its_outputs_are_the_float_ones(name, role):
    model = onnx.load_model_from_string(opened(name).read_served(role, "int8"))
    assert [value.name for value in model.graph.output] == [OUTPUT_NAME, FEATURES_OUTPUT]
    sizes = dict.fromkeys((onnx.TensorProto.INT8, onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16), 0)
    for weight in model.graph.initializer:
        if weight.data_type in sizes:
            sizes[weight.data_type] += int(np.prod(weight.dims))
    assert sizes[onnx.TensorProto.INT8] > 0.8 * opened(name).network(role).parameters


@EACH
def test_it_reads_the_samples_as_the_float_network_does(name, role):
    pair = opened(name)
    for case in examples(name):
        before, after = (
            predict_case(open_predictor(pair, role, threads=1, precision=precision), case)
            for precision in ("float", "int8")
        )
        assert np.abs(before.probs - after.probs).max() < 0.1
        assert after.features.shape == before.features.shape

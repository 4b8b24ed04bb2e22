"""The only inference path: probabilities by hand, refusals, threads, and one answer on every way in."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import skimage.data
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.bundle import Pair, load_pair
from core.errors import BundleError, ConfigError
from core.intake.synthetic import SAMPLES, draw_sample
from core.predict import (
    Predictor,
    build_feeds,
    compute_expected_grade,
    compute_logits,
    compute_positive_prob,
    compute_probs,
    explain_case,
    open_network,
    open_predictor,
    predict_case,
)
from core.sessions import build_session
from core.types import SERVED_ROLES, Case
from tests.fundus_pair import fundus_pixels
from tests.pair_factory import PAIR, sample_pixels

LOGITS = arrays(np.float32, (3, 5), elements=st.floats(-50, 50, width=32))


def case_of(pixels: np.ndarray) -> Case:
    return Case("id", pixels, "dermoscopy", "title")


@pytest.fixture(scope="module")
def predictor(pair: Pair) -> Predictor:
    return open_predictor(pair, "student", threads=1)


def test_probs_by_hand():
    """log 1, log 3 are odds of 1 to 3; at temperature 2 of 1 to sqrt 3."""
    logits = np.array([0.0, math.log(3)])
    assert compute_probs(logits) == pytest.approx([0.25, 0.75])
    assert compute_probs(logits, 2.0) == pytest.approx([1 / (1 + 3**0.5), 3**0.5 / (1 + 3**0.5)])


def test_probs_do_not_overflow():
    probs = compute_probs(np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4]], np.float32))
    assert probs == pytest.approx(np.array([[1, 0, 0], [1 / 3] * 3]))
    assert probs.dtype == np.float64


@given(LOGITS, st.floats(0.05, 20))
def test_probs_are_scipys_softmax_and_temperature_keeps_the_order(logits, temperature):
    probs = compute_probs(logits, temperature)
    assert np.allclose(probs, scipy.special.softmax(logits.astype(np.float64) / temperature, axis=-1))
    assert np.allclose(probs.sum(axis=-1), 1)
    top = logits.argmax(axis=-1)
    assert (np.take_along_axis(probs, top[:, None], axis=-1)[:, 0] == probs.max(axis=-1)).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_numbers_are_refused(bad):
    with pytest.raises(ValueError, match="logits must be finite"):
        compute_probs(np.array([0.0, bad]))


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_not_above_zero_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature"):
        compute_probs(np.zeros(2), temperature)


def test_positive_prob_by_hand():
    probs = np.array([[0.5, 0.2, 0.3], [0.1, 0.9, 0.0]])
    assert compute_positive_prob(probs, ("a", "b", "c"), ("c", "a")) == pytest.approx([0.8, 0.1])
    over = np.array([0.7, 0.3 + 1e-15, 0.0])
    assert compute_positive_prob(over, ("a", "b", "c"), ("a", "b")) <= 1


@pytest.mark.parametrize("role", SERVED_ROLES)
def test_a_prediction_hangs_together(pair: Pair, role):
    found = predict_case(open_predictor(pair, role, threads=1), draw_sample("irregular"))
    assert (found.pair, found.role, found.classes) == (PAIR, role, pair.card.classes)
    assert found.logits.shape == (7,) and found.logits.dtype == np.float32
    assert found.probs == pytest.approx(compute_probs(found.logits, pair.network(role).temperature))
    assert found.positive_prob == pytest.approx(found.probs[0])
    assert found.operating_point == pair.operating_point(role)
    assert found.flagged == (found.positive_prob >= found.operating_point.threshold)
    assert found.network_ms > 0


def test_a_case_on_the_threshold_is_flagged(pair: Pair, tmp_path: Path):
    """The threshold is set to the very probability; one step above it the same case is not flagged."""
    case = draw_sample("regular")
    predictor = open_predictor(pair, "student", threads=1)
    prob = predict_case(predictor, case).positive_prob
    for threshold, flagged in ((prob, True), (float(np.nextafter(prob, 1)), False)):
        entry = pair.network("student")
        point = entry.operating_points[0].model_copy(update={"threshold": threshold})
        entry = entry.model_copy(update={"operating_points": (point,)})
        card = pair.card.model_copy(update={"networks": {**pair.card.networks, "student": entry}})
        assert predict_case(replace(predictor, pair=Pair(card, pair.folder)), case).flagged is flagged


def test_the_temperature_of_the_card_is_applied_and_keeps_the_order(pair: Pair, predictor: Predictor):
    entry = pair.network("student").model_copy(update={"temperature": 3.0})
    card = pair.card.model_copy(update={"networks": {**pair.card.networks, "student": entry}})
    warm = replace(predictor, pair=Pair(card, pair.folder))
    case = draw_sample("regular")
    plain, soft = predict_case(predictor, case), predict_case(warm, case)
    assert np.array_equal(plain.logits, soft.logits)
    assert soft.probs == pytest.approx(scipy.special.softmax(plain.logits / 3.0), abs=1e-6)
    assert [code for code, _ in plain.ranked()] == [code for code, _ in soft.ranked()]
    assert soft.probs.max() < plain.probs.max()
    assert warm.compute_probs([case.pixels])[0] == pytest.approx(soft.probs, abs=1e-6)


def test_another_operating_point_by_name(predictor: Predictor):
    found = predict_case(predictor, draw_sample("pale"), operating_point="youden")
    assert found.operating_point.threshold == 0.25
    with pytest.raises(BundleError, match="no operating point named 'none'"):
        predict_case(predictor, draw_sample("pale"), operating_point="none")


def test_a_case_of_another_modality_is_refused(predictor: Predictor):
    with pytest.raises(BundleError, match="made for dermoscopy, not for fundus"):
        predict_case(predictor, replace(draw_sample("pale"), modality="fundus"))


def test_the_control_cannot_be_run(complete_models: Path):
    complete = load_pair(PAIR, complete_models)
    for opener in (open_predictor, open_network):
        with pytest.raises(BundleError, match=r"melanoma/control: .*ship"):
            opener(complete, "control")


def test_every_way_in_gives_the_same_probabilities(predictor: Predictor):
    """One case, the same among others in a batch, and in batches of another size."""
    images = [sample_pixels(seed, size) for seed, size in enumerate((48, 64, 90, 64, 31))]
    alone = np.stack([predict_case(predictor, case_of(pixels)).probs for pixels in images])
    assert predictor.compute_probs(images) == pytest.approx(alone, abs=1e-6)
    assert len({row.tobytes() for row in alone}) == len(images)
    for batch_size in (1, 2, 5, 16):
        logits = list(
            compute_logits(predictor.session, predictor.entry.preprocessing, images, batch_size=batch_size)
        )
        assert compute_probs(np.stack(logits)) == pytest.approx(alone, abs=1e-6)


def test_expected_grade_by_hand():
    assert compute_expected_grade(np.array([0.0, 0.0, 1.0, 0.0, 0.0])) == (2.0, 0.0)
    mean, spread = compute_expected_grade(np.array([0.5, 0.0, 0.0, 0.0, 0.5]))
    assert (mean, spread) == pytest.approx((2.0, 2.0))


def test_no_images_no_rows(predictor: Predictor):
    assert predictor.compute_probs([]).shape == (0, 7)


def test_one_predictor_serves_eight_threads(predictor: Predictor):
    cases = [case_of(sample_pixels(seed)) for seed in range(12)]
    serial = [predict_case(predictor, case).probs.tobytes() for case in cases]
    assert len(set(serial)) == len(cases)
    jobs = [index * 5 % 12 for index in range(120)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda index: predict_case(predictor, cases[index]).probs.tobytes(), jobs))
    assert found == [serial[index] for index in jobs]


@pytest.mark.parametrize("role", SERVED_ROLES)
def test_torch_and_onnx_are_the_same_network(pair: Pair, role):
    network, served = open_network(pair, role), open_predictor(pair, role, threads=1)
    assert not network.training and not any(weight.requires_grad for weight in network.parameters())
    for name in SAMPLES:
        pixels = draw_sample(name).pixels
        with torch.inference_mode():
            logits = network(torch.from_numpy(served.entry.preprocessing.apply(pixels))).numpy()
        assert compute_probs(logits, served.entry.temperature) == pytest.approx(
            served.compute_probs([pixels]), abs=1e-4
        )


def test_explain_case_asks_for_the_class_by_its_code(pair: Pair):
    network, case = open_network(pair, "student"), draw_sample("irregular")
    maps = {code: explain_case(pair, "student", network, case, class_code=code) for code in pair.card.classes}
    assert {code: found.class_code for code, found in maps.items()} == {c: c for c in pair.card.classes}
    assert len({found.values.tobytes() for found in maps.values() if found.state == "ok"}) > 1
    with pytest.raises(ConfigError, match="no such explainer"):
        explain_case(pair, "student", network, case, class_code="mel", method="guess")


def test_a_topological_student_is_given_its_persistence_image(fundus_pair: Pair):
    served, network = open_predictor(fundus_pair, "student", threads=1), open_network(fundus_pair, "student")
    pixels = fundus_pixels(7)
    feeds = build_feeds(served.entry.preprocessing, served.entry.topology, pixels)
    assert {name: values.shape for name, values in feeds.items()} == {
        "image": (1, 3, 64, 64),
        "topology": (1, 1024),
    }
    with torch.inference_mode():
        logits = network(*(torch.from_numpy(values) for values in feeds.values())).numpy()
        other = network(torch.from_numpy(feeds["image"]), torch.zeros(1, 1024)).numpy()
    assert served.compute_probs([pixels]) == pytest.approx(compute_probs(logits), abs=1e-4)
    assert np.abs(logits - other).max() > 1e-3
    case = Case(case_id="a", pixels=pixels, modality="fundus", title="eye")
    assert predict_case(served, case).logits == pytest.approx(logits[0], abs=1e-3)
    heatmap = explain_case(fundus_pair, "student", network, case, class_code="moderate")
    assert heatmap.values.shape == (2, 2)


def test_the_surround_of_a_fundus_photograph_changes_nothing(fundus_pair: Pair):
    """The same disc with more dark border around it gives the networks the same picture."""
    entry = fundus_pair.network("teacher")
    pixels = skimage.data.retina()[::2, ::2]
    wide = np.pad(pixels, ((150, 150), (400, 50), (0, 0)))
    plain, padded = [build_feeds(entry.preprocessing, None, p)["image"] for p in (pixels, wide)]
    assert np.abs(plain - padded).mean() < 0.01
    uncropped = entry.preprocessing.model_copy(update={"crop": "none"})
    assert np.abs(plain - build_feeds(uncropped, None, wide)["image"]).mean() > 0.1


def test_features_come_with_the_answer_and_in_batches(predictor: Predictor):
    images = [sample_pixels(seed) for seed in range(3)]
    alone = np.stack([predict_case(predictor, case_of(pixels)).features for pixels in images])
    assert alone.shape == (3, predictor.entry.feature_shape[0]) and alone.dtype == np.float32
    assert predictor.compute_features(images) == pytest.approx(alone, abs=1e-4)
    assert predictor.compute_features([]).shape == (0, predictor.entry.feature_shape[0])


def test_a_file_without_features_says_what_to_do(predictor: Predictor):
    import onnx

    model = onnx.load_from_string(predictor.pair.read(predictor.entry.onnx))
    del model.graph.output[1:]
    old = replace(predictor, session=build_session(model.SerializeToString()))
    with pytest.raises(BundleError, match=r"melanoma/student\.onnx: .*Save the pair again"):
        predict_case(old, draw_sample("regular"))
    with pytest.raises(BundleError, match="Save the pair again"):
        old.compute_features([sample_pixels(0)])
    assert old.compute_probs([sample_pixels(0)]).shape == (1, 7)

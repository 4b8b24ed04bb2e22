"""OpenVINO in ONNX Runtime's place: same answers, safe to share, and only where the user chose it."""

from __future__ import annotations

import builtins
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.bundle import Pair, list_pairs
from core.errors import ConfigError
from core.openvino_session import OpenVinoSession
from core.predict import open_predictor, predict_case
from core.sessions import (
    FEATURES_OUTPUT,
    INPUT_NAME,
    OUTPUT_NAME,
    RUNTIME_VARIABLE,
    build_session,
    serve_session,
)
from tests.pair_factory import SIZE
from tests.shipped_pairs import examples, opened


@pytest.fixture(scope="module")
def content(pair: Pair) -> bytes:
    return pair.read_served("student")


@pytest.mark.parametrize("batch", [1, 3])
def test_same_outputs_in_the_order_asked_for(content, batch):
    images = np.random.default_rng(batch).random((batch, 3, SIZE, SIZE), np.float32)
    session, other = OpenVinoSession(content, threads=1), build_session(content, threads=1)
    for names in ([OUTPUT_NAME, FEATURES_OUTPUT], [FEATURES_OUTPUT]):
        found = session.run(names, {INPUT_NAME: images})
        wanted = other.run(names, {INPUT_NAME: images})
        for one, two in zip(found, wanted, strict=True):
            assert one.dtype == np.float32 and one.shape == two.shape
            assert one == pytest.approx(two, abs=1e-4)


def test_inputs_and_outputs_have_the_same_names(content):
    session, other = OpenVinoSession(content), build_session(content)
    assert [value.name for value in session.get_inputs()] == [value.name for value in other.get_inputs()]
    assert [value.name for value in session.get_outputs()] == [value.name for value in other.get_outputs()]


def test_threads_that_share_a_session_get_their_own_answers(content):
    session = OpenVinoSession(content, threads=1)
    images = [np.random.default_rng(seed).random((1, 3, SIZE, SIZE), np.float32) for seed in range(40)]
    serial = [session.run([OUTPUT_NAME], {INPUT_NAME: image})[0] for image in images]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda image: session.run([OUTPUT_NAME], {INPUT_NAME: image})[0], images))
    for one, two in zip(serial, together, strict=True):
        assert one == pytest.approx(two, abs=1e-6)


def test_an_answer_is_not_overwritten_by_the_next(content):
    session = OpenVinoSession(content, threads=1)
    first, second = (np.full((1, 3, SIZE, SIZE), value, np.float32) for value in (0.1, 0.9))
    kept = session.run([OUTPUT_NAME], {INPUT_NAME: first})[0]
    before = kept.copy()
    session.run([OUTPUT_NAME], {INPUT_NAME: second})
    assert np.array_equal(kept, before)


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for name in list_pairs() for role in opened(name).served_roles]
)
def test_every_shipped_network_answers_alike(monkeypatch, name, role):
    pair = opened(name)
    case = examples(name)[0]
    wanted = predict_case(open_predictor(pair, role, threads=1), case)
    monkeypatch.setenv(RUNTIME_VARIABLE, "openvino")
    predictor = open_predictor(pair, role, threads=1)
    assert isinstance(predictor.session, OpenVinoSession)
    found = predict_case(predictor, case)
    assert found.probs == pytest.approx(wanted.probs, abs=1e-4)


def test_onnx_runtime_serves_unless_it_is_asked_for(content, monkeypatch):
    monkeypatch.delenv(RUNTIME_VARIABLE, raising=False)
    assert not isinstance(serve_session(content), OpenVinoSession)
    monkeypatch.setenv(RUNTIME_VARIABLE, "openvino")
    assert isinstance(serve_session(content), OpenVinoSession)


def test_8_bits_stay_in_the_runtime_that_they_were_measured_in(content, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, "openvino")
    assert not isinstance(serve_session(content, "int8"), OpenVinoSession)


def test_an_unknown_runtime_lists_the_choices(content, monkeypatch):
    monkeypatch.setenv(RUNTIME_VARIABLE, "tensorrt")
    with pytest.raises(
        ConfigError, match=r"TWINLENS_RUNTIME=tensorrt: no such runtime.*onnxruntime, openvino"
    ):
        serve_session(content)


def test_without_the_package_it_says_how_to_install_it(content, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **named):
        if name == "openvino":
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"requirements-openvino\.txt"):
        OpenVinoSession(content)

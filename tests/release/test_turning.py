from __future__ import annotations

import numpy as np
import pytest

from core.data.base import read_samples
from core.release.turning import measure_flip_rates
from tests.small_world import DATASET


def test_rate_is_the_share_of_photographs_called_otherwise_when_turned(pair, small_data, monkeypatch):
    samples = read_samples(DATASET, small_data)[:5]
    calls = {"plain": 0}

    def probs(_, images):
        turned = [image[0, 0, 0] for image in images]
        return np.eye(2)[(np.array(turned) > 100).astype(int)]

    def load(sample):
        pixels = np.zeros((8, 8, 3), np.uint8)
        pixels[0, 0, 0] = 200 if sample is samples[0] else 0
        calls["plain"] += 1
        return pixels

    monkeypatch.setattr("core.predict.Predictor.compute_probs", probs)
    rates = measure_flip_rates(pair, samples, load=load)
    assert set(rates) == {"teacher", "student"}
    for interval in rates.values():
        assert (interval.value, interval.n) == (pytest.approx(1 / 5), 5)
        assert 0 < interval.low < 0.2 < interval.high < 1
    assert calls["plain"] == 2 * 4 * 5


def test_the_small_pair_is_turned_end_to_end(pair, small_data):
    rates = measure_flip_rates(pair, read_samples(DATASET, small_data)[:3])
    assert all(0 <= interval.value <= 1 for interval in rates.values())


def test_no_samples_are_refused(pair):
    with pytest.raises(ValueError, match="samples"):
        measure_flip_rates(pair, [])

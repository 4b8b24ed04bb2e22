from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from core.data.sampling import (
    class_counts,
    class_weights,
    correction_warning,
    effective_number,
    sampler_weights,
)

LABELS = ["nv"] * 6 + ["mel"] * 3 + ["bcc"]
CLASSES = ("mel", "nv", "bcc")
COUNTS = np.array([3, 6, 1])


def test_counts_follow_the_class_order():
    assert class_counts(LABELS, CLASSES).tolist() == [3, 6, 1]
    with pytest.raises(ValueError, match="not among the classes"):
        class_counts(["df"], CLASSES)


def test_inverse_frequency_equals_scikit_learns_balanced_weights():
    expected = compute_class_weight("balanced", classes=np.array(CLASSES), y=LABELS)
    np.testing.assert_allclose(class_weights(COUNTS, "inverse_frequency"), expected)


def test_effective_number_by_hand():
    """beta = 0.5: E(1) = 1, E(3) = 1 + 1/2 + 1/4 = 1.75, E(6) = 1.96875."""
    np.testing.assert_allclose(effective_number(COUNTS, 0.5), [1.75, 1.96875, 1.0])
    raw = np.array([1 / 1.75, 1 / 1.96875, 1.0])
    expected = raw * 10 / (raw * COUNTS).sum()
    np.testing.assert_allclose(class_weights(COUNTS, "effective_number", beta=0.5), expected)


def test_limits_of_beta():
    np.testing.assert_allclose(class_weights(COUNTS, "effective_number", beta=0.0), [1, 1, 1])
    np.testing.assert_allclose(
        class_weights(COUNTS, "effective_number", beta=1 - 1e-9),
        class_weights(COUNTS, "inverse_frequency"),
        rtol=1e-6,
    )


@pytest.mark.parametrize("kind", ["none", "inverse_frequency", "effective_number"])
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_mean_over_samples_is_one(kind, power):
    counts = np.array([779, 4693, 0, 80])
    weights = class_weights(counts, kind, power=power)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1)
    assert weights[2] == 0


def test_power_is_the_exponent():
    weights = class_weights(np.array([1, 4]), "inverse_frequency", power=0.5)
    assert weights[0] / weights[1] == pytest.approx(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"counts": np.array([0, 0])}, "at least one above 0"),
        ({"power": -1.0}, "power"),
        ({"kind": "magic"}, "kind must be"),
        ({"kind": "effective_number", "beta": 1.0}, "beta"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        class_weights(**({"counts": COUNTS, "kind": "inverse_frequency"} | arguments))


def test_sampler_draws_every_class_equally_often():
    weights = sampler_weights(LABELS, CLASSES)
    np.testing.assert_allclose(weights, [10 / 6] * 6 + [10 / 3] * 3 + [10])
    share = {
        code: sum(w for w, label in zip(weights, LABELS, strict=True) if label == code) for code in CLASSES
    }
    assert share == pytest.approx(dict.fromkeys(CLASSES, 10.0))


def test_only_the_double_correction_warns():
    assert correction_warning(weighted_sampler=False, weighting="inverse_frequency") is None
    assert correction_warning(weighted_sampler=True, weighting="none") is None
    message = correction_warning(weighted_sampler=True, weighting="effective_number")
    assert message is not None and "favoured twice" in message

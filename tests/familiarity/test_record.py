"""What a pair keeps: the threshold, the verdict, the file, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BundleError
from core.familiarity.mahalanobis import Mahalanobis, fit_mahalanobis
from core.familiarity.neighbours import fit_neighbours
from core.familiarity.record import Familiarity, calibrate
from core.familiarity.wording import describe_unfamiliar

LINE = Mahalanobis(
    means=np.zeros((1, 2), np.float32),
    basis=np.array([[1, 0]], np.float32),
    variances=np.ones(1, np.float32),
    rest=1.0,
)


def on_line(values: list[float]) -> np.ndarray:
    return np.array([[value, 0.0] for value in values], np.float32)


def test_the_threshold_leaves_the_stated_share_outside():
    validation = on_line([float(value) for value in range(1, 201)])
    assert calibrate(LINE, validation, refused=0.01).threshold == 198
    assert calibrate(LINE, validation, refused=0).threshold == 200
    assert calibrate(LINE, validation[:50], refused=0.01).threshold == 50
    kept = calibrate(LINE, validation, refused=0.01)
    assert kept.refuses(validation).sum() == 2


def test_the_verdict_by_hand():
    familiarity = calibrate(LINE, on_line([1, 2, 3, 4]), refused=0)
    near, far = (familiarity.judge(on_line([value])[0]) for value in (2.5, 5.0))
    assert (near.state, near.distance, near.threshold, near.percentile, near.n) == (
        "familiar",
        2.5,
        4.0,
        0.5,
        4,
    )
    assert (far.state, far.percentile) == ("unfamiliar", 1.0)
    assert familiarity.judge(on_line([4])[0]).familiar
    assert describe_unfamiliar(near, "chest CT slice") == ()
    words = describe_unfamiliar(far, "chest CT slice")
    assert "farther from them than in all 4 chest CT slices" in words[1]
    assert "distance 5, at most 4" in words[1]


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((1, 2)), np.array([np.nan, 0])])
def test_features_of_another_network_are_refused(wrong):
    with pytest.raises(ValueError, match=r"features must be \(2,\)"):
        calibrate(LINE, on_line([1]), refused=0).judge(wrong)


@pytest.mark.parametrize("method", ["mahalanobis", "neighbours"])
def test_the_file_gives_the_same_verdicts_back(method):
    rng = np.random.default_rng(0)
    train, validation, others = (rng.normal(size=(n, 12)) for n in (80, 40, 30))
    fitted = (
        fit_mahalanobis(train, np.arange(80) % 3, components=4)
        if method == "mahalanobis"
        else fit_neighbours(train, k=3)
    )
    before = calibrate(fitted, validation, refused=0.05)
    after = Familiarity.load(before.dump())
    assert after.method == before.method == method and after.size == 12
    assert after.threshold == before.threshold
    assert after.detector.distance(others) == pytest.approx(before.detector.distance(others), rel=1e-6)
    assert [after.judge(one).state for one in others] == [before.judge(one).state for one in others]


def test_a_damaged_file_is_refused_by_name():
    familiarity = calibrate(LINE, on_line([1, 2]), refused=0)
    unsorted = Familiarity(LINE, 1.0, np.array([2, 1], np.float32))
    endless = Familiarity(
        Mahalanobis(np.full((1, 2), np.inf, np.float32), LINE.basis, LINE.variances, 1.0),
        1.0,
        familiarity.validation,
    )
    for content in (b"", familiarity.dump()[:-9], unsorted.dump(), endless.dump()):
        with pytest.raises(BundleError, match=r"^familiarity\.safetensors: "):
            Familiarity.load(content)


def test_a_threshold_needs_validation_pictures():
    with pytest.raises(ValueError, match="validation must"):
        calibrate(LINE, on_line([]).reshape(0, 2))

"""The file of averages: what goes in comes out, and nothing damaged does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save

from core.errors import BundleError
from core.topology.reference import TopologyReference, compute_likeness
from core.topology.spec import TopologySpec

SPEC = TopologySpec(
    bins=4, birth_range=(0, 1), persistence_range=(0, 0.5), sigma=(0.1, 0.1), scale=2.0, fitted_on=9
)
REFERENCE = TopologyReference(
    spec=SPEC,
    classes=("a", "b"),
    counts=(5, 4),
    images=np.arange(64, dtype=np.float32).reshape(2, 2, 4, 4),
    likest_own=6,
    yardstick=(0.25, 0.5),
    eyes=7,
)


def test_what_is_dumped_is_loaded():
    back = TopologyReference.load(REFERENCE.dump())
    assert np.array_equal(back.images, REFERENCE.images)
    assert replace(back, images=REFERENCE.images) == REFERENCE
    assert back.n == 9


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no safetensors file at all, whatever its name",
        save({"images": np.zeros(3, np.float32)}),
        replace(REFERENCE, counts=(9,)).dump(),
        replace(REFERENCE, images=np.zeros((2, 2, 4, 5), np.float32)).dump(),
        replace(REFERENCE, images=np.full((2, 2, 4, 4), np.nan, np.float32)).dump(),
    ],
    ids=["empty", "text", "no facts", "counts", "shape", "NaN"],
)
def test_a_damaged_file_is_named(content):
    with pytest.raises(BundleError, match="averages"):
        TopologyReference.load(content, "averages")


def test_likeness_by_hand():
    images = np.array([[[3.0, 4.0], [0, 0]], [[0, 0], [0, 0]]])
    averages = np.array([[[1.0, 0.0], [0, 0]], [[6.0, 8.0], [0, 0]], [[0, 0], [0, 0]]])
    found = compute_likeness(images, averages)
    assert found[0, :2] == pytest.approx([0.6, 1.0]) and found[0, 1] <= 1
    assert np.isnan(found[0, 2]) and np.isnan(found[1]).all()

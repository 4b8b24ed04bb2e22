"""Erasing: a planted spot and a planted ring go, the rest stays."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import retina

from core.topology.diagram import compute_diagram
from core.topology.erase import erase_feature
from core.topology.grey import compute_grey
from core.types import Diagram


def blank() -> np.ndarray:
    """Reddish (256, 256, 3) with one large black border spot that is the darkest of all."""
    frame = np.empty((256, 256, 3), dtype=np.uint8)
    frame[:] = (150, 90, 60)
    frame[200:, 200:] = 0
    return frame


def of(frame: np.ndarray) -> Diagram:
    return compute_diagram(compute_grey(frame))


def strongest(diagram: Diagram, dimension: int) -> int:
    kept = diagram.finite & (diagram.points[:, 2] == dimension)
    return int(np.flatnonzero(kept)[diagram.persistence[kept].argmax()])


def test_planted_dark_spot_disappears_and_the_rest_is_untouched():
    frame = blank()
    frame[60:90, 100:125] = (70, 40, 30)
    kept = frame.copy()
    diagram = of(frame)
    erasure = erase_feature(frame, diagram, strongest(diagram, 0))
    assert np.array_equal(frame, kept)
    assert erasure.removed
    assert erasure.remaining_persistence < 0.01 < erasure.point[1] - erasure.point[0]
    away = np.ones((256, 256), dtype=bool)
    away[36:114, 76:149] = False
    assert np.array_equal(erasure.pixels[away], frame[away])
    assert compute_grey(erasure.pixels)[9, 14] == pytest.approx(compute_grey(blank())[9, 14], abs=0.01)
    assert erasure.changed_share == pytest.approx((erasure.pixels != frame).any(axis=2).mean())
    assert 0 < erasure.changed_share < 0.09


def test_bright_middle_of_a_planted_ring_disappears():
    frame = blank()
    frame[40:120, 40:120] = (70, 40, 30)
    frame[64:96, 64:96] = (220, 180, 150)
    diagram = of(frame)
    erasure = erase_feature(frame, diagram, strongest(diagram, 1))
    assert erasure.removed
    after = of(erasure.pixels)
    assert (after.of_dimension(1)[:, 1] - after.of_dimension(1)[:, 0]).max(initial=0) < 0.02
    assert erasure.region.sum() == 16
    assert erasure.points_after == len(after.points)


@pytest.mark.parametrize("dimension", [0, 1])
def test_a_feature_of_a_photograph_goes(dimension: int):
    frame = np.ascontiguousarray(retina()[::6, ::6])
    diagram = of(frame)
    index = np.flatnonzero(diagram.points[:, 2] == dimension)[5]
    erasure = erase_feature(frame, diagram, int(index))
    assert erasure.removed
    assert erasure.changed_share < 0.05
    others = np.delete(diagram.points, index, axis=0)
    strong = others[(others[:, 1] - others[:, 0]) > 0.2]
    found = of(erasure.pixels).points
    for point in strong:
        assert np.abs(found - point).max(axis=1).min() < 0.002


def test_what_cannot_be_erased_is_refused():
    frame = blank()
    frame[60:90, 100:125] = 30
    diagram = of(frame)
    assert diagram.essential is not None
    with pytest.raises(ValueError, match="darkest"):
        erase_feature(frame, diagram, diagram.essential)
    with pytest.raises(IndexError, match="index"):
        erase_feature(frame, diagram, len(diagram.points))
    index = strongest(diagram, 0)
    with pytest.raises(ValueError, match="of this frame"):
        erase_feature(frame[::-1], diagram, index)
    with pytest.raises(ValueError, match="pixels"):
        reference = compute_diagram(compute_grey(frame), "giotto")
        erase_feature(frame, reference, strongest(reference, 0))

"""The spec: fitted once, the same for every later frame."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from core.topology.spec import TopologySpec, fit_topology_spec


def noise(seed: int, shape: tuple[int, int] = (64, 48)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def spec() -> TopologySpec:
    return fit_topology_spec(noise(seed) for seed in range(4))


def test_apply_gives_one_row_of_1024_float32(spec: TopologySpec):
    vector = spec.apply(noise(0))
    assert vector.shape == (1, spec.size) == (1, 1024)
    assert vector.dtype == np.float32
    assert (vector >= 0).all()


def test_apply_is_the_sum_of_the_two_pictures_row_by_row(spec: TopologySpec):
    diagram = spec.diagram(noise(1))
    both = spec.image(diagram, 0) + spec.image(diagram, 1)
    assert np.array_equal(spec.apply(noise(1))[0], both.ravel().astype(np.float32))


def test_training_inputs_have_root_mean_square_one(spec: TopologySpec):
    vectors = np.concatenate([spec.apply(noise(seed)) for seed in range(4)])
    assert np.sqrt((vectors.astype(float) ** 2).mean()) == pytest.approx(1, rel=1e-6)


def test_every_training_point_lies_on_the_grid_and_a_stronger_one_is_counted_at_its_border(
    spec: TopologySpec,
):
    assert [spec.outside(spec.diagram(noise(seed))) for seed in range(4)] == [0, 0, 0, 0]
    frame = np.full((32, 32, 3), 255, dtype=np.uint8)
    frame[4:7, 4:7] = frame[20:25, 20:25] = 0
    diagram = spec.diagram(frame)
    assert spec.outside(diagram) == 1
    row, column = np.unravel_index(spec.image(diagram, 0).argmax(), (spec.bins, spec.bins))
    assert (row <= 1, column) == (True, 0)
    assert spec.image(diagram, 0).max() > 0


def test_spec_survives_the_card(spec: TopologySpec):
    again = TopologySpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert np.array_equal(again.apply(noise(9)), spec.apply(noise(9)))


def test_turned_and_mirrored_frames_give_the_same_numbers(spec: TopologySpec):
    frame = noise(5, (70, 51))
    vector = spec.apply(frame)
    for changed in (np.rot90(frame, 1), np.rot90(frame, 2), np.rot90(frame, 3), frame[::-1], frame[:, ::-1]):
        assert np.array_equal(spec.apply(changed), vector)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 500)])
def test_small_and_constant_frames_have_a_result(spec: TopologySpec, shape: tuple[int, int]):
    assert not spec.apply(np.full((*shape, 3), 90, dtype=np.uint8)).any()


def test_frames_without_any_spot_cannot_fit_a_grid():
    with pytest.raises(ValueError, match="frames"):
        fit_topology_spec([])
    with pytest.raises(ValueError, match="frames"):
        fit_topology_spec([np.zeros((32, 32, 3), dtype=np.uint8)])


def test_spec_refuses_what_is_no_grid(spec: TopologySpec):
    for name, wrong in (
        ("birth_range", (0.5, 0.5)),
        ("persistence_range", (0.0, float("nan"))),
        ("sigma", (0.0, 0.1)),
        ("scale", 0.0),
        ("unknown", 1),
    ):
        with pytest.raises(ValidationError):
            TopologySpec.model_validate({**spec.model_dump(), name: wrong})

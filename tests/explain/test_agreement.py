"""How alike two maps are: by hand, against other implementations, and against orders that know nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats
from skimage.metrics import structural_similarity

from core.explain.agreement import compare_maps, expect_overlap, window_of
from core.explain.grids import FINEST, take_fifth
from core.types import Heatmap, MapAgreement

SIDES = st.integers(1, 30)


def heatmap(values: object, code: str = "mel") -> Heatmap:
    array = np.asarray(values, dtype=np.float32)
    peak = float(array.max())
    scaled = array / peak if peak > 0 else array
    return Heatmap(scaled, peak, "logit", "gradcam", "l", code, "ok" if peak > 0 else "no_evidence")


def draw(seed: int, shape: tuple[int, int] = (7, 7), *, smooth: float = 0.0, floor: float = -9.0) -> Heatmap:
    """Noise, blurred, and cut off below as a map behind a relu is."""
    noise = np.random.default_rng(seed).normal(size=shape)
    return heatmap(np.maximum(ndimage.gaussian_filter(noise, smooth) if smooth else noise, floor) + 9.0)


def numbers(found: MapAgreement) -> tuple[float, ...]:
    return found.rank.rho, found.overlap, found.chance_overlap, found.ssim, found.distance


def test_by_hand() -> None:
    """Ten cells in one row, of which two neighbours change places: rho = 1 - 6 x (1 + 1) / 990."""
    first = np.arange(10.0).reshape(1, 10)
    second = first.copy()
    second[0, [7, 8]] = second[0, [8, 7]]
    found = compare_maps(heatmap(first), heatmap(second))
    assert found.rank.rho == pytest.approx(1 - 12 / 990) and found.rank.cells == 10
    centres = [(row * (np.arange(10) + 0.5)).sum() / row.sum() for row in (first[0], second[0])]
    assert found.distance == pytest.approx(abs(centres[0] - centres[1]) / math.hypot(1, 10))
    assert math.isnan(found.ssim)


def test_the_distance_of_two_single_spots_is_theirs() -> None:
    one, other = np.zeros((4, 8)), np.zeros((4, 8))
    one[0, 0], other[3, 4] = 1, 1
    assert compare_maps(heatmap(one), heatmap(other)).distance == pytest.approx(5 / math.hypot(4, 8))
    framed = compare_maps(heatmap(one), heatmap(other), frame_size=(300, 400)).distance
    assert framed == pytest.approx(math.hypot(300 * 3 / 4, 400 / 2) / 500)


def test_what_boxes_share() -> None:
    """Boxes of 14 x 10 of 28 x 28 cells, one moved by its half: a third is in both; enlarging adds rims."""
    maps = [np.zeros((28, 28)) for _ in range(3)]
    maps[0][4:18, 2:12], maps[1][4:18, 7:17], maps[2][18:28, 17:28] = 1, 1, 1
    one, half, apart = (heatmap(values) for values in maps)
    assert compare_maps(one, half).overlap == pytest.approx(1 / 3, abs=0.04)
    assert compare_maps(one, apart).overlap < 0.02


def test_where_there_is_next_to_nothing_nothing_is_marked() -> None:
    """Two networks with a spot each do not agree on all the rest of the picture."""
    spots = [np.zeros((7, 7)) for _ in range(3)]
    spots[0][1, 1], spots[1][1, 1], spots[2][5, 5] = 1, 1, 1
    assert compare_maps(heatmap(spots[0]), heatmap(spots[1])).overlap == 1
    apart = compare_maps(heatmap(spots[0]), heatmap(spots[2]))
    assert apart.overlap == 0 and 0.01 < apart.chance_overlap < 0.03


@given(st.integers(0, 99), st.tuples(SIDES, SIDES))
@settings(max_examples=60, deadline=None)
def test_the_same_map_twice(seed: int, shape: tuple[int, int]) -> None:
    found = compare_maps(draw(seed, shape), draw(seed, shape))
    if shape[0] * shape[1] >= 3:
        assert found.rank.rho == pytest.approx(1) and found.overlap == 1
    assert found.distance == 0
    assert found.ssim == pytest.approx(1) or min(shape) < 3


@given(st.integers(0, 99), st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES), st.booleans())
@settings(max_examples=80, deadline=None)
def test_the_order_does_not_matter_and_limits_hold(
    seed: int, shape: tuple[int, int], other: tuple[int, int], cut: bool
) -> None:
    floor = 0.5 if cut else -9.0
    maps = draw(seed, shape, floor=floor), draw(seed + 100, other, floor=floor)
    there, back = compare_maps(*maps), compare_maps(*reversed(maps))
    assert numbers(there) == pytest.approx(numbers(back), nan_ok=True)
    assert there.rank.cells == min(shape[0], other[0], FINEST) * min(shape[1], other[1], FINEST)
    for value, least in zip(numbers(there), (-1, 0, 0, -1, 0), strict=True):
        assert math.isnan(value) or least - 1e-9 <= value <= 1 + 1e-9


@given(st.integers(0, 99), st.tuples(SIDES, SIDES))
@settings(max_examples=40, deadline=None)
def test_mirroring_both_changes_nothing(seed: int, shape: tuple[int, int]) -> None:
    maps = [draw(seed + offset, shape).values for offset in (0, 100)]
    found = compare_maps(*(heatmap(values) for values in maps))
    mirrored = compare_maps(*(heatmap(values[::-1, ::-1]) for values in maps))
    assert numbers(found) == pytest.approx(numbers(mirrored), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("floor", [-9.0, 0.0, 1.2])
@pytest.mark.parametrize("shape", [(7, 7), (14, 14), (5, 9)])
def test_the_overlap_by_chance_is_what_random_orders_have(shape: tuple[int, int], floor: float) -> None:
    """2,000 orders of what one map marks; of the relu'd maps 50 % and 88 % are tied at nothing."""
    maps = [draw(seed, shape, floor=floor).values for seed in (1, 2)]
    one, other = (take_fifth(values - values.min()) for values in maps)
    rng = np.random.default_rng(3)
    orders = [rng.permutation(other.ravel()).reshape(shape) for _ in range(2000)]
    drawn = [np.minimum(one, order).sum() / np.maximum(one, order).sum() for order in orders]
    error = np.std(drawn) / math.sqrt(len(drawn))
    assert expect_overlap(one, other) == pytest.approx(np.mean(drawn), abs=4 * error + 1e-3)


def _expect_by_counting(cells: int, whole: int, part: float) -> float:
    """Every way in which ``whole`` cells and one that counts ``part`` can fall on as many such cells."""
    kinds = np.array([whole, 1, cells - whole - 1])
    mean = 0.0
    for kind, at_part in enumerate((part, part, 0.0)):
        left = kinds - np.eye(3, dtype=int)[kind]
        for on_whole in range(whole + 1):
            for on_part in range(min(left[1], whole - on_whole) + 1):
                drawn = [on_whole, on_part, whole - on_whole - on_part]
                chance = stats.multivariate_hypergeom.pmf(drawn, left, whole) * kinds[kind] / cells
                shared = at_part + on_whole + part * on_part
                mean += chance * shared / (2 * (whole + part) - shared)
    return mean


@pytest.mark.parametrize(("side", "whole", "part"), [(7, 9, 0.8), (14, 39, 0.2), (5, 5, 0.0)])
def test_without_ties_the_overlap_by_chance_is_as_counted(side: int, whole: int, part: float) -> None:
    """A fifth of 49 is nine cells and 0.8 of one more; of 25, five cells."""
    fifths = (take_fifth(draw(seed, (side, side)).values) for seed in (0, 1))
    expected = _expect_by_counting(side * side, whole, part) if part else _expect_whole(side * side, whole)
    assert expect_overlap(*fifths) == pytest.approx(expected, abs=1e-3)


def _expect_whole(cells: int, whole: int) -> float:
    shared = np.arange(whole + 1)
    return float(stats.hypergeom.pmf(shared, cells, whole, whole) @ (shared / (2 * whole - shared)))


def test_of_whole_fifths_the_overlap_by_chance_is_a_ninth() -> None:
    assert compare_maps(draw(0), draw(1)).chance_overlap == pytest.approx(1 / 9, abs=1e-4)


def test_networks_that_know_nothing_of_each_other_overlap_by_about_chance() -> None:
    """Cells in random order, as a 7 x 7 network without sight would give them: 400 pairs of maps."""
    for floor in (-9.0, 0.3):
        found = [compare_maps(draw(seed, floor=floor), draw(seed + 1000, floor=floor)) for seed in range(400)]
        expected = np.mean([one.chance_overlap for one in found])
        assert np.mean([one.overlap for one in found]) == pytest.approx(expected, abs=0.025)
        assert np.mean([one.rank.rho for one in found]) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("smooth", [0.5, 2.0])
def test_smooth_maps_that_know_nothing_of_each_other_share_little_more(smooth: float) -> None:
    """300 pairs of maps whose cells are neighbours and not in random order, from fine to as wide as a map."""
    found = [compare_maps(draw(seed, smooth=smooth), draw(seed + 1000, smooth=smooth)) for seed in range(300)]
    assert found[0].chance_overlap <= np.mean([one.overlap for one in found]) < 0.17
    assert abs(np.mean([one.rank.rho for one in found])) < 0.06


@pytest.mark.parametrize(
    ("shapes", "window"),
    [
        (((7, 7), (14, 14)), 3),
        (((14, 14), (14, 14)), 7),
        (((28, 28), (20, 40)), 7),
        (((10, 16), (12, 11)), 5),
    ],
)
def test_against_other_implementations(shapes: tuple[tuple[int, int], tuple[int, int]], window: int) -> None:
    maps = [draw(seed, shape, smooth=1.0) for seed, shape in enumerate(shapes)]
    common = (min(shapes[0][0], shapes[1][0], 28), min(shapes[0][1], shapes[1][1], 28))
    first, second = (_average_slowly(one.values, common) for one in maps)
    found = compare_maps(*maps)
    assert found.rank.rho == pytest.approx(stats.spearmanr(first.ravel(), second.ravel()).statistic, abs=1e-6)
    assert window_of(common) == window
    assert found.ssim == pytest.approx(
        structural_similarity(first / first.max(), second / second.max(), win_size=window, data_range=1)
    )
    centres = [
        np.divide(np.add(ndimage.center_of_mass(one.values.astype(float)), 0.5), one.values.shape)
        for one in maps
    ]
    apart = math.hypot(*((centres[0] - centres[1]) * common)) / math.hypot(*common)
    assert found.distance == pytest.approx(apart)


def _average_slowly(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Every cell cut into as many as the wanted grid has, then means of whole blocks."""
    fine = np.repeat(np.repeat(values.astype(np.float64), shape[0], axis=0), shape[1], axis=1)
    blocks = fine.reshape(shape[0], values.shape[0], shape[1], values.shape[1])
    return blocks.mean(axis=(1, 3))


def test_one_picture_on_grids_of_three_sizes_is_one_picture() -> None:
    """Blobs at one place: on 7 x 7, 14 x 14, 28 x 28 and 9 x 12 they agree, and none is to one side."""

    def blob(rows: int, columns: int) -> Heatmap:
        down, across = np.meshgrid(
            (np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij"
        )
        return heatmap(np.exp(-((down - 0.6) ** 2 + (across - 0.35) ** 2) / 0.05))

    grids = [blob(7, 7), blob(14, 14), blob(28, 28), blob(9, 12), blob(224, 224)]
    for one in grids:
        for other in grids:
            found = compare_maps(one, other)
            assert (
                found.rank.rho > 0.97 and found.overlap > 0.75 and found.ssim > 0.94 and found.distance < 0.01
            )


def test_an_empty_map_gives_no_number_but_a_reason() -> None:
    full, empty = draw(0), heatmap(np.zeros((14, 14)))
    for maps, reason in (
        ((full, empty), "the second map is empty"),
        ((empty, full), "the first map is empty"),
        ((empty, empty), "both maps are empty"),
    ):
        found = compare_maps(*maps)
        assert all(map(math.isnan, numbers(found))) and found.rank.reason == reason
        assert not found.rank.defined


def test_a_map_that_is_the_same_everywhere_marks_nothing() -> None:
    found = compare_maps(draw(0), heatmap(np.ones((7, 7))))
    assert math.isnan(found.rank.rho) and math.isnan(found.overlap) and math.isnan(found.chance_overlap)
    assert found.rank.reason == "the second map is the same everywhere"
    assert np.isfinite(found.ssim) and np.isfinite(found.distance)


@pytest.mark.parametrize(
    ("one", "other", "size", "words"),
    [
        (draw(0), heatmap(np.eye(7), "nv"), None, "one class"),
        (draw(0), draw(1), (0, 4), "frame_size must be positive"),
        (draw(0), heatmap(np.full((7, 7), np.nan)), None, "finite"),
    ],
)
def test_what_cannot_be_compared(
    one: Heatmap, other: Heatmap, size: tuple[int, int] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        compare_maps(one, other, frame_size=size)

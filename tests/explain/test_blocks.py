from __future__ import annotations

import pytest
import torch

from core.explain.blocks import COARSE, FINE, add_up_blocks, average_blocks, choose_side


@pytest.mark.parametrize(
    ("size", "coarse", "fine"),
    [
        ((224, 224), 16, 8),
        ((96, 96), 8, 4),
        ((64, 96), 8, 4),
        ((64, 64), 4, 2),
        ((4, 4), 1, 1),
        ((225, 225), 1, 1),
    ],
)
def test_sides_are_powers_of_two_that_divide_the_picture(
    size: tuple[int, int], coarse: int, fine: int
) -> None:
    assert choose_side(*size, blocks=COARSE) == coarse
    assert choose_side(*size, blocks=FINE) == fine


def test_values_by_hand() -> None:
    """24 x 12 pixels are 12 x 6 blocks: each is 72 times the sum of its four pixels and three colours."""
    shares = torch.zeros(3, 24, 12)
    shares[0, 0, 0], shares[1, 1, 1], shares[2, 0, 1] = 1.0, 0.5, -0.25
    shares[1, 23, 11] = -2.0
    expected = torch.zeros(12, 6, dtype=torch.float64)
    expected[0, 0], expected[11, 5] = 72 * 1.25, 72 * -2.0
    assert torch.allclose(add_up_blocks(shares), expected)


def test_what_cancels_within_a_block_is_gone() -> None:
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    speckle = ((rows + columns) % 2 * 2.0 - 1).expand(3, -1, -1)
    assert not add_up_blocks(speckle).any()
    assert speckle.relu().any(), "the positive part must be taken after the sum"


@pytest.mark.parametrize(
    ("size", "grid"), [((224, 224), (14, 14)), ((64, 96), (8, 12)), ((4, 4), (4, 4)), ((7, 9), (7, 9))]
)
def test_mean_over_blocks_is_the_sum_of_the_shares(size: tuple[int, int], grid: tuple[int, int]) -> None:
    shares = torch.randn(3, *size, generator=torch.Generator().manual_seed(0))
    blocks = add_up_blocks(shares)
    assert blocks.shape == grid and blocks.dtype == torch.float64
    assert float(blocks.mean()) == pytest.approx(float(shares.double().sum()), abs=1e-9)


def test_scale_does_not_depend_on_the_number_of_blocks() -> None:
    """The same evidence in all of the picture is worth the same in few blocks and in many."""
    for n in (8, 80, 224):
        blocks = add_up_blocks(torch.full((3, n, n), 0.7 / (3 * n * n)))
        assert torch.allclose(blocks, torch.full_like(blocks, 0.7))


def test_averages_are_means_of_pixels() -> None:
    values = torch.arange(48 * 24, dtype=torch.float32).reshape(48, 24)
    blocks = average_blocks(values)
    assert blocks.shape == (24, 12) and float(blocks[0, 0]) == 12.5 and float(blocks[0, 1]) == 14.5

"""Attention rollout: worked by hand, against hooks and ``backward``, in threads, and where it must peak."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.explain.rollout import (
    accumulate_relevance,
    compute_gradient_rollout,
    compute_rollout,
    explain_gradient_rollout,
    explain_rollout,
    roll_out,
)
from core.networks.base import Network, RolloutOutput, build_network
from core.networks.transformer import HybridVit

HYBRID = {"width": 32, "depth": 3, "heads": 2, "grid": 6, "layer_scale": 1.0}
Matrix = list[list[float]]


class Given(Network):
    """One row of tokens with the given attention; the logit is the sum of ``slopes`` times attention."""

    attention = "self"

    def __init__(self, attentions: Sequence[Matrix], slopes: Sequence[Matrix], prefix: int = 0) -> None:
        super().__init__(1, 1)
        self.matrices = [torch.tensor(matrix)[None, None] for matrix in attentions]
        self.slopes = [torch.tensor(matrix)[None, None] for matrix in slopes]
        self.patches = len(attentions[0]) - prefix

    def forward_rollout(self, x: Tensor) -> RolloutOutput:
        attentions = tuple(matrix + 0 * x.sum() for matrix in self.matrices)
        logit = sum((slope * found).sum() for slope, found in zip(self.slopes, attentions, strict=True))
        return RolloutOutput(torch.ones(1, 1, 1, self.patches) * logit, attentions)

    def forward_features(self, x: Tensor) -> Tensor:
        return self.forward_rollout(x).features

    def forward_head(self, features: Tensor, topology: Tensor | None = None) -> Tensor:
        return features.mean((2, 3))


def _given(attentions: Sequence[Matrix], slopes: Sequence[Matrix] = (), prefix: int = 0) -> Network:
    flat = [[[0.0] * len(matrix)] * len(matrix) for matrix in attentions]
    return Given(attentions, slopes or flat, prefix).eval()


def _images(n: int, size: int = 96) -> Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(3))


def _hybrid(**arguments: object) -> Network:
    torch.manual_seed(0)
    return build_network("hybrid_vit", {**HYBRID, **arguments}, 3).eval()


def _tensors(*matrices: Matrix) -> list[Tensor]:
    return [torch.tensor(matrix)[None] for matrix in matrices]


FIRST, SECOND = [[0.8, 0.2], [0.4, 0.6]], [[0.5, 0.5], [0.5, 0.5]]


def test_two_tokens_two_blocks_by_hand() -> None:
    """Half identity: [[.9, .1], [.2, .8]], then [[.75, .25], [.25, .75]] times that."""
    joint = roll_out(_tensors(FIRST, SECOND))
    assert torch.allclose(joint, torch.tensor([[0.725, 0.275], [0.375, 0.625]], dtype=torch.float64))
    other_order = roll_out(_tensors(SECOND, FIRST))
    assert not torch.allclose(joint, other_order), "blocks do not commute"
    heatmap = explain_rollout(_given([FIRST, SECOND]), torch.rand(1, 3, 4, 4), 0, "c")
    assert heatmap.values.tolist() == [[1.0, 0.0]], "received .55 and .45; an even share is .5"
    assert heatmap.peak == pytest.approx(0.1) and heatmap.unit == "even shares above an even share"


def test_heads_are_averaged() -> None:
    heads = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    assert torch.allclose(roll_out([heads]), roll_out(_tensors(SECOND)))


@pytest.mark.parametrize("blocks", [1, 4, 12])
def test_attention_to_oneself_is_the_identity_and_no_map(blocks: int) -> None:
    identity = torch.eye(3).tolist()
    assert torch.equal(roll_out(_tensors(*[identity] * blocks)), torch.eye(3, dtype=torch.float64))
    even = torch.full((3, 3), 1 / 3).tolist()
    for attention in (identity, even):
        found = explain_rollout(_given([attention] * blocks), torch.rand(1, 3, 4, 4), 0, "c")
        assert found.state == "no_evidence" and not found.values.any()


def test_rows_stay_shares() -> None:
    attentions = [torch.rand(2, 7, 7, generator=torch.Generator().manual_seed(n)) for n in range(6)]
    joint = roll_out([part / part.sum(-1, keepdim=True) for part in attentions])
    assert joint.dtype == torch.float64 and float(joint.min()) >= 0
    assert torch.allclose(joint.sum(1), torch.ones(7, dtype=torch.float64), atol=1e-6)


def test_relevance_by_hand() -> None:
    """(g A)+ is [[.5, 0], [.5, 0]] and [[0, .6], [.1, 0]]; R is [[1.8, .6], [.65, 1]]."""
    attentions = ([[0.5, 0.5], [0.25, 0.75]], [[0.4, 0.6], [0.1, 0.9]])
    slopes = ([[1.0, -1.0], [2.0, 0.0]], [[0.0, 1.0], [1.0, -3.0]])
    wanted = torch.tensor([[0.8, 0.6], [0.65, 0.0]], dtype=torch.float64)
    assert torch.allclose(accumulate_relevance(_tensors(*attentions), _tensors(*slopes)), wanted)
    heatmap = explain_gradient_rollout(_given(attentions, slopes), torch.rand(1, 3, 4, 4), 0, "c")
    assert heatmap.peak == pytest.approx(2 * 1.45) and heatmap.unit == "logit, by way of attention"
    assert np.allclose(heatmap.values, [[1.0, 0.6 / 1.45]])


def test_a_token_before_the_patches_is_followed_and_not_drawn() -> None:
    """All patches look at the first token, which looks at the last patch: two blocks lead there."""
    attention = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    found = explain_rollout(_given([attention] * 2, prefix=1), torch.rand(1, 3, 4, 4), 0, "c")
    # A~ = [[.5, 0, .5], [.5, .5, 0], [.5, 0, .5]]; its square's patch rows: [.5, .25, .25] and [.5, 0, .5]
    assert found.values.tolist() == [[0.0, 1.0]] and found.peak == pytest.approx(0.375 / 0.25 - 1)


@pytest.mark.parametrize(
    ("attentions", "words"),
    [([], "at least one block"), (_tensors(FIRST, torch.eye(3).tolist()), r"\(heads, 2, 2\)")],
)
def test_matrices_that_do_not_fit(attentions: list[Tensor], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        roll_out(attentions)
    with pytest.raises(ValueError, match=words):
        accumulate_relevance(attentions, attentions)


def _by_hooks(network: Network, x: Tensor, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Both maps from timm's own forward, with hooks and ``backward``, in numpy: (rollout, relevance)."""
    kept: list[Tensor] = []

    def keep(module: torch.nn.Module, inputs: tuple[Tensor, ...]) -> None:
        inputs[0].retain_grad()
        kept.append(inputs[0])

    blocks = network.list_blocks()
    for block in blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_pre_hook(keep)
    network(x)[0, index].backward()
    tokens = kept[0].shape[-1]
    flow, relevance = np.eye(tokens), np.eye(tokens)
    for attention in kept:
        weights, gradient = attention[0].detach().numpy(), attention.grad[0].numpy()
        flow = (weights.mean(0) + np.eye(tokens)) / 2 @ flow
        relevance = relevance + np.maximum(weights * gradient, 0).mean(0) @ relevance
    patches = (x.shape[2] // 16) * (x.shape[3] // 16)
    return flow[-patches:, -patches:].mean(0), (relevance - np.eye(tokens))[-patches:, -patches:].sum(0)


@pytest.mark.parametrize("name", ["hybrid_vit", "vit"])
def test_equals_hooks_on_timms_own_attention(name: str) -> None:
    torch.manual_seed(0)
    network = build_network(name, HYBRID if name == "hybrid_vit" else {"depth": 3}, 3).eval()
    x = _images(1)[..., :64]
    rollout = compute_rollout(network, x).numpy()
    relevance = compute_gradient_rollout(network, x, 1).numpy()
    assert rollout.shape == relevance.shape == (6, 4)
    received, weighed = _by_hooks(network, x, 1)
    assert np.allclose(rollout.ravel(), np.maximum(received / received.mean() - 1, 0), atol=2e-5)
    assert np.allclose(relevance.ravel(), 24 * weighed, rtol=1e-3, atol=1e-4 * 24 * weighed.max())


class RednessTokens(HybridVit):
    """The hybrid's own blocks on tokens that say how red a patch is, with weights set by hand.

    Every query looks for red keys, carries a tenth of their redness home, and class 0 is how red it all is.
    """

    def embed(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        red = nn.functional.avg_pool2d(x, 16)[:, 0]
        tokens = torch.stack([red, 1 - red, *[torch.zeros_like(red)] * 6], dim=-1)
        return tokens.flatten(1, 2), (red.shape[1], red.shape[2])


def _set_by_hand(network: Network) -> Network:
    for block in network.list_blocks():
        for parameter in (*block.attn.parameters(), *block.mlp.parameters()):
            parameter.data.zero_()
        block.attn.qkv.bias.data[0] = 1.0
        block.attn.qkv.weight.data[8, 0] = 3.0
        block.attn.qkv.weight.data[16, 0] = 1.0
        block.attn.proj.weight.data[0, 0] = 0.1
    network.head.weight.data.zero_()
    network.head.weight.data[:, 0] = torch.tensor([1.0, -1.0])
    return network.eval()


@pytest.mark.parametrize("corner", [(0, 0), (2, 4), (5, 1)])
def test_the_hybrids_blocks_peak_where_the_blob_was_planted(corner: tuple[int, int]) -> None:
    stem = {"model": "tf_efficientnet_lite0", "num_classes": 2, "normalisation": "half", "options": {}}
    network = _set_by_hand(
        RednessTokens(
            **stem, width=8, depth=2, heads=1, grid=8, layer_scale=1.0, drop_rate=0.0, drop_path=0.0
        )
    )
    row, column = corner
    x = torch.zeros(1, 3, 128, 128)
    x[:, 0, 16 * row : 16 * row + 32, 16 * column : 16 * column + 48] = 1.0
    planted = np.zeros((8, 8), dtype=bool)
    planted[row : row + 2, column : column + 3] = True
    for explain in (explain_rollout, explain_gradient_rollout):
        heatmap = explain(network, x, 0, "red")
        assert heatmap.values[planted] == pytest.approx(1.0, abs=1e-4)
        assert heatmap.values[~planted].max() < 0.05
    assert explain_gradient_rollout(network, x, 1, "not red").values[planted].max() < 0.05


def test_no_graph_outlives_the_call() -> None:
    network = _hybrid().requires_grad_(True)
    assert not compute_rollout(network, _images(1)).requires_grad
    assert not compute_gradient_rollout(network, _images(1), 0).requires_grad
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.slow
def test_eight_threads_match_one_bit_for_bit() -> None:
    """Three kinds of request at once on one network: every answer is that of its own image."""
    network, images = _hybrid(), _images(8, 64)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def explain(job: int) -> bytes:
        x, index = images[job % 8][None], job % 3
        return compute_gradient_rollout(network, x, index).numpy().tobytes() + (
            compute_rollout(network, x).numpy().tobytes()
        )

    try:
        serial = {job: explain(job) for job in range(24)}
        assert len(set(serial.values())) == 24
        jobs = [job for round_ in range(4) for job in (range(24) if round_ % 2 else reversed(range(24)))]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(explain, jobs))
    finally:
        torch.set_num_threads(threads)
    assert all(answer == serial[job] for job, answer in zip(jobs, found, strict=True))
    assert all(parameter.grad is None for parameter in network.parameters())

"""Attention of a case through the pair: the frame's own gates, one network for many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from core.bundle import Pair
from core.explain.attention import explain_attention
from core.predict import attend_case, open_network
from core.types import AttentionMaps, Case
from tests.fundus_pair import fundus_pixels


def cases(count: int) -> list[Case]:
    return [Case(str(seed), fundus_pixels(seed), "fundus", "eye") for seed in range(count)]


def same(one: AttentionMaps, other: AttentionMaps) -> bool:
    pairs = [(one.spatial_gate, other.spatial_gate), (one.channel_gates, other.channel_gates)]
    pairs += [(a.values, b.values) for a, b in zip(one.channels, other.channels, strict=True)]
    return [c.channel for c in one.channels] == [c.channel for c in other.channels] and all(
        np.array_equal(a, b) for a, b in pairs
    )


def test_maps_are_of_the_frame_and_a_network_without_gates_has_none(fundus_pair: Pair) -> None:
    (case,) = cases(1)
    network = open_network(fundus_pair, "student")
    found = attend_case(fundus_pair, "student", network, case, top=3)
    preprocessing = fundus_pair.network("student").preprocessing
    x = preprocessing.apply_to_frame(preprocessing.frame(case.pixels))
    direct = explain_attention(network, torch.from_numpy(x), top=3)
    assert found is not None and direct is not None
    assert len(found.channels) == 3
    assert same(found, direct)
    assert attend_case(fundus_pair, "teacher", open_network(fundus_pair, "teacher"), case) is None


def test_eight_threads_get_the_serial_maps(fundus_pair: Pair) -> None:
    network = open_network(fundus_pair, "student")

    def attend(case: Case) -> AttentionMaps:
        found = attend_case(fundus_pair, "student", network, case)
        assert found is not None
        return found

    wanted = [attend(case) for case in cases(8)]
    assert not any(same(wanted[0], other) for other in wanted[1:]), "different images must differ"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(attend, cases(8) * 4))
    assert all(same(one, wanted[place % 8]) for place, one in enumerate(found))

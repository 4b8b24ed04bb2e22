"""Several visitors on one live server at once: each is shown the maps and pictures of its own upload only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from core.bundle import MODELS_DIR, list_pairs
from tests.server.live import serve
from tests.server.visits import (
    Count,
    Seen,
    check_first_pages,
    compare,
    plan_visitors,
    visit,
    visit_together,
)
from tests.shipped_pairs import opened

VISITORS, PICTURES = 3, 1
PAGES = ("Explain",)


@pytest.fixture(autouse=True)
def same_torch_threads_after() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_visitor_is_shown_its_own() -> None:
    pairs = [opened(name) for name in sorted(list_pairs())]
    visitors, count = plan_visitors(pairs, visitors=VISITORS, pictures=PICTURES), Count()
    with serve(MODELS_DIR) as server:
        alone = [visit(server, visitor, PAGES) for visitor in visitors]
        found = visit_together(server, visitors, PAGES, count)
    assert check_first_pages(visitors, alone) == 0
    compare(found, alone, count)
    assert count.harmed == 0, count
    assert count.maps >= 2 * VISITORS * PICTURES, "at least one map in two arrangements"


def test_a_swap_and_a_gap_are_counted() -> None:
    alone = [[Seen((f"map {k}", f"other map {k}"), (f"picture {k}",), 0.0)] for k in range(3)]
    count = Count()
    compare(alone, alone, count)
    assert (count.maps, count.pictures, count.harmed) == (6, 3, 0)
    swapped = [[replace(alone[1][0], pictures=("new",))], [replace(alone[1][0], maps=("map 1",))], None]
    count = Count()
    compare(swapped, alone, count)
    assert (count.anothers_maps, count.wrong_maps) == (2, 1)
    assert (count.anothers_pictures, count.wrong_pictures) == (0, 1)

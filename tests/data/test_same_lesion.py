from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.data import same_lesion
from core.data.base import read_samples


def test_every_listed_image_is_in_the_group_of_its_pair():
    groups = same_lesion.lesion_groups()
    assert all(groups[one] == groups[other] for one, other in same_lesion.SAME_LESION)
    assert set(groups) == {name for pair in same_lesion.SAME_LESION for name in pair}
    assert len(set(groups.values())) == len(same_lesion.SAME_LESION)


def test_a_chain_of_pairs_is_one_group(monkeypatch):
    monkeypatch.setattr(same_lesion, "SAME_LESION", (("a", "b"), ("c", "d"), ("b", "c")))
    assert len(set(same_lesion.lesion_groups().values())) == 1


@pytest.mark.realdata
def test_pictures_of_one_lesion_have_one_diagnosis():
    root = Path(os.environ["TWINLENS_DATA"])
    labels = {
        s.image_id: s.label for name in ("isic2017", "isic2018_task3") for s in read_samples(name, root)
    }
    assert all(labels[one] == labels[other] for one, other in same_lesion.SAME_LESION)

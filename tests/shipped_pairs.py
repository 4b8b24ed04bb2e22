"""The pairs that ship, opened once, for the contracts that run over all of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from core.bundle import Pair, list_pairs, load_pair
from core.intake.samples import list_samples, open_sample
from core.types import Case

EACH = pytest.mark.parametrize("name", list_pairs())
EACH_ROLE = pytest.mark.parametrize(
    ("name", "role"), [(name, role) for name in list_pairs() for role in load_pair(name).card.networks]
)


@lru_cache(maxsize=4)
def opened(name: str) -> Pair:
    return load_pair(name)


@lru_cache(maxsize=4)
def held_out(name: str) -> pd.DataFrame:
    return opened(name).predictions()


def examples(name: str) -> list[Case]:
    """The sample cases of the pair's modality."""
    modality = opened(name).card.modality
    return [open_sample(modality, sample) for sample in list_samples(modality)]


def is_positive(name: str, table: pd.DataFrame) -> np.ndarray:
    return table["target"].isin(opened(name).card.positives).to_numpy()

"""Figures in claim files that were measured on public sets are those sets'."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from core.claims.files import load_paper
from core.data.base import DATASETS, data_root, locate, read_samples

pytestmark = pytest.mark.realdata


def arguments(code: str, name: str):
    return next(claim.arguments for claim in load_paper(code).claims if claim.id == name)


def folder(name: str) -> Path:
    root = data_root()
    assert root is not None
    found = locate(DATASETS.get(name), root)
    if not found.exists():
        pytest.skip(f"{name} is not here")
    return found


def sizes(groups: list[str]) -> dict[str, int]:
    """Size of a group to the number of such groups."""
    counted = Counter(Counter(groups).values())
    return {str(size): counted[size] for size in sorted(counted)}


def test_slices_that_look_alike() -> None:
    groups = [sample.group for sample in read_samples("iq_othnccd", folder("iq_othnccd"))]
    assert sizes(groups) == arguments("CT", "ct-leakage").groups


def test_photographs_of_the_same_bytes() -> None:
    samples = read_samples("aptos2019", folder("aptos2019"))
    hashes = [sha256(Path(sample.location).read_bytes()).hexdigest() for sample in samples]
    assert sizes(hashes) == arguments("DR", "dr-copies").groups


def test_near_copies_of_test_images() -> None:
    content = np.load(folder("dermamnist") / "dermamnist.npz")
    rows = []
    for part in ("train", "test"):
        flat = content[f"{part}_images"].reshape(len(content[f"{part}_images"]), -1).astype(np.float32)
        flat -= flat.mean(axis=1, keepdims=True)
        rows.append(flat / np.linalg.norm(flat, axis=1, keepdims=True))
    given = arguments("DMN", "dmn-leakage")
    assert len(rows[1]) == given.reported_cases
    assert int(((rows[1] @ rows[0].T).max(axis=1) > 0.99).sum()) == given.crossings.value
    counts = [int(count) for count in np.bincount(content["test_labels"].ravel())]
    assert counts == arguments("DMN", "dmn-champion").cases

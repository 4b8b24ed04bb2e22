from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import adjusted_rand_score

from core.data.near_duplicates import (
    BITS,
    GROUP_BOUND,
    cluster_hashes,
    hash_pictures,
    hash_thumbnail,
    iterate_neighbours,
    make_thumbnail,
)

REAL = Path(os.environ.get("TWINLENS_DATA", "nowhere")) / "iq_othnccd"


def picture(seed: int, side: int = 120) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(20, 230, (32, 32, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def bits(*set_bits: int) -> np.ndarray:
    word = np.zeros(16, np.uint8)
    word[list(set_bits)] = 1
    return np.packbits(word)


def test_thumbnail_is_the_mean_of_boxes():
    pixels = np.zeros((128, 128), np.uint8)
    pixels[:2, :2] = [[10, 20], [30, 40]]
    small = make_thumbnail(pixels)
    assert small.shape == (64, 64) and small[0, 0] == 25 and small[1:].max() == 0


def test_hash_is_the_sign_of_low_frequencies_against_their_median():
    rows = np.arange(64)
    wave = np.cos(np.pi * (rows + 0.5) * 3 / 64)[:, None] + np.zeros(64)  # frequency 3 down, 0 across
    found = np.unpackbits(hash_thumbnail((100 + 50 * wave).astype(np.float32))).reshape(16, 16)
    assert found[0, 0] and found[3, 0]
    inverted = np.unpackbits(hash_thumbnail((100 - 50 * wave).astype(np.float32))).reshape(16, 16)
    assert inverted[0, 0] and not inverted[3, 0]


def test_hash_forgives_size_brightness_and_compression_but_not_another_picture(tmp_path):
    one = picture(0)
    Image.fromarray(one).save(tmp_path / "one.jpg", quality=60)
    small = np.asarray(Image.fromarray(one).resize((90, 90)))
    dim = (one * 0.8).astype(np.uint8)
    hashes = hash_pictures([one, np.asarray(Image.open(tmp_path / "one.jpg")), small, dim, picture(1)])
    signs = np.unpackbits(hashes, axis=1).astype(int)
    distance = np.abs(signs - signs[0]).sum(axis=1)
    assert hashes.shape == (5, BITS // 8)
    assert distance[0] == 0 and (distance[1:4] <= 16).all() and distance[4] > 64


def test_neighbours_by_hand():
    hashes = np.stack([bits(), bits(0), bits(0, 1, 2), bits(*range(16))])
    pairs = [
        (int(a), int(b), int(d))
        for block in iterate_neighbours(hashes, 2)
        for a, b, d in zip(*block, strict=True)
    ]
    assert pairs == [(0, 1, 1), (1, 2, 2)]
    assert cluster_hashes(hashes, 2).tolist() == [0, 0, 0, 1]  # 0 and 2 differ in 3 bits, joined by 1
    assert cluster_hashes(hashes, 0).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="bound"):
        list(iterate_neighbours(hashes, -1))


def test_blocks_together_are_all_pairs():
    hashes = np.random.default_rng(0).integers(0, 256, (600, 2), dtype=np.uint8)
    signs = np.unpackbits(hashes, axis=1).astype(int)
    table = np.abs(signs[:, None] - signs[None]).sum(axis=2)
    expected = {(a, b, table[a, b]) for a, b in zip(*np.nonzero(np.triu(table <= 2, 1)), strict=True)}
    found = [set(zip(*block, strict=True)) for block in iterate_neighbours(hashes, 2)]
    assert len(found) == 3 and set().union(*found) == expected and expected


def test_nothing_to_compare():
    assert hash_pictures([]).shape == (0, BITS // 8)
    assert cluster_hashes(hash_pictures([]), GROUP_BOUND).shape == (0,)
    assert cluster_hashes(hash_pictures([picture(0)]), GROUP_BOUND).tolist() == [0]


@pytest.mark.realdata
@pytest.mark.skipif(not (REAL / "groups.csv").is_file(), reason="the set and its groups are not here")
def test_clusters_of_the_real_slices_agree_with_the_groups_beside_them():
    with (REAL / "groups.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    published = np.array([int(row["group24"]) for row in rows])
    found = cluster_hashes(
        hash_pictures(np.asarray(Image.open(REAL / row["image"])) for row in rows), GROUP_BOUND
    )
    upper = np.triu_indices(len(rows), 1)
    together, wanted = (np.equal.outer(labels, labels)[upper] for labels in (found, published))
    precision, recall = (together & wanted).sum() / together.sum(), (together & wanted).sum() / wanted.sum()
    index = adjusted_rand_score(published, found)
    print(
        f"adjusted Rand {index:.3f}, precision {precision:.3f}, recall {recall:.3f}, {found.max() + 1} groups"
    )
    assert index > 0.7 and precision > 0.85 and recall > 0.6


def test_known_groups_are_joined_with_what_looks_alike():
    hashes = np.zeros((5, 32), np.uint8)
    hashes[2], hashes[3], hashes[4] = 255, 255, 15
    assert cluster_hashes(hashes, 12).tolist() == [0, 0, 1, 1, 2]
    assert cluster_hashes(hashes, 12, groups=np.array([7, 1, 2, 3, 7])).tolist() == [0, 0, 1, 1, 0]
    assert cluster_hashes(hashes, 12, groups=np.arange(5)).tolist() == [0, 0, 1, 1, 2]

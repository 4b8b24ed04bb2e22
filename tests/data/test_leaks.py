"""Planted leaks of each kind, found exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.data import leaks
from core.data.fingerprints import compute_fingerprints, load_picture
from core.data.leaks import check_copies, check_features, check_identities, check_looks
from core.data.split_table import TableRow
from core.errors import DecodeError


def picture(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(20, 230, (32, 32, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC)


def row(file: Path, split: str, label: str = "", **identity: str) -> TableRow:
    return TableRow(file.name, file, split, label, identity)


@pytest.fixture
def planted(tmp_path):
    """Picture 0 in two splits by its bytes, 1 by its pixels, 2 by its looks; 3 twice in one; 4 alone."""
    for seed in range(5):
        picture(seed).save(tmp_path / f"{seed}.png")
    (tmp_path / "0_copy.png").write_bytes((tmp_path / "0.png").read_bytes())
    note = PngImagePlugin.PngInfo()
    note.add_text("comment", "saved again")
    picture(1).save(tmp_path / "1_saved.png", pnginfo=note)
    picture(2).save(tmp_path / "2_small.jpg", quality=90)
    (tmp_path / "3_copy.png").write_bytes((tmp_path / "3.png").read_bytes())
    (tmp_path / "text.png").write_text("no picture")
    names = [
        ("0.png", "train", "a"),
        ("0_copy.png", "test", "b"),
        ("1.png", "test", "a"),
        ("1_saved.png", "val", "a"),
        ("2.png", "train", "a"),
        ("2_small.jpg", "test", ""),
        ("3.png", "train", "a"),
        ("3_copy.png", "train", "b"),
        ("4.png", "test", "a"),
        ("text.png", "test", "a"),
        ("absent.png", "val", "a"),
    ]
    rows = [row(tmp_path / name, split, label) for name, split, label in names]
    return rows, compute_fingerprints([(r.path, r.file) for r in rows])


def ends(pairs):
    return [(pair.first, pair.second) for pair in pairs]


def test_each_check_finds_its_own_and_no_other(planted):
    rows, prints = planted
    in_bytes, in_pixels = check_copies(rows, prints)
    looks = check_looks(rows, prints)
    assert [ends(found.listed) for found in (in_bytes, in_pixels, looks)] == [[(0, 1)], [(2, 3)], [(4, 5)]]
    assert [found.pairs for found in (in_bytes, in_pixels, looks)] == [1, 1, 1]
    assert np.flatnonzero(in_bytes.touched).tolist() == [0, 1]
    assert 0 <= looks.listed[0].distance <= leaks.LOOKS_BOUND
    assert ends(in_bytes.listed_conflicts) == [(0, 1), (6, 7)] and in_bytes.conflicts == 2
    assert in_pixels.conflicts == looks.conflicts == 0  # 2_small.jpg has no label


def test_what_cannot_be_read_is_listed_and_joins_nothing(planted):
    rows, prints = planted
    assert prints.readable.tolist() == [True] * 9 + [False] * 2
    assert [refusal.subject for refusal in prints.refused] == ["text.png", "absent.png"]
    assert prints.file_hash[9] and not prints.file_hash[10]
    assert check_looks(rows, prints, bound=256).touched[9:].tolist() == [False, False]
    with pytest.raises(DecodeError, match=r"absent\.png: No such file"):
        load_picture("absent.png", rows[10].file)


def test_features_leave_out_what_looks_found(planted):
    rows, prints = planted
    features = np.eye(9, dtype=np.float32)
    features[[0, 1]] = features[4]  # 0 and 1 have the same bytes; 4 is in train, as is 0
    features[8] = 5 * features[2]  # both are in test
    found = check_features(rows, prints, features)
    assert ends(found.listed) == [(1, 4)]
    assert found.listed[0].distance == pytest.approx(0, abs=1e-6)
    assert found.conflicts == 0
    with pytest.raises(ValueError, match="features of 3 images, 9 can be read"):
        check_features(rows, prints, features[:3])


def test_places_of_features_pass_over_unreadable_rows(planted):
    rows, _ = planted
    order = [9, 10, 0, 8]  # the unreadable ones first
    some = [rows[k] for k in order]
    again = compute_fingerprints([(r.path, r.file) for r in some])
    found = check_features(some, again, np.ones((2, 3), np.float32))
    assert ends(found.listed) == [(2, 3)]


def test_identities_across_splits(tmp_path):
    rows = [
        row(tmp_path / "a", "train", "x", id="1", patient="p"),
        row(tmp_path / "b", "train", "x", id="2", patient="p"),
        row(tmp_path / "c", "test", "y", id="1", patient="q"),
        row(tmp_path / "d", "test", "x", id="3", patient="p"),
        row(tmp_path / "e", "val", "x", id="4"),
        row(tmp_path / "f", "test", "x", id="5"),
    ]
    by_id, by_patient = check_identities(rows)
    assert (by_id.check, ends(by_id.listed), by_id.conflicts) == ("id", [(0, 2)], 1)
    assert (by_patient.check, ends(by_patient.listed)) == ("patient", [(0, 3), (1, 3)])
    assert by_patient.touched.tolist() == [True, True, False, True, False, False]
    assert by_patient.conflicts == 0  # people may have several findings


def test_all_pairs_are_counted_where_not_all_are_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(leaks, "MOST_PAIRS", 5)
    rows = [row(tmp_path / str(k), "train" if k < 4 else "test", group="g") for k in range(10)]
    (found,) = check_identities(rows)
    assert (found.pairs, len(found.listed)) == (24, 5)
    assert found.touched.all()
    picture(0).save(tmp_path / "0.png")
    files = [row(tmp_path / "0.png", "train" if k < 4 else "test") for k in range(10)]
    prints = compute_fingerprints([(r.path, r.file) for r in files])
    in_bytes, in_pixels = check_copies(files, prints)
    assert (in_bytes.pairs, in_pixels.pairs, check_looks(files, prints).pairs) == (24, 0, 0)

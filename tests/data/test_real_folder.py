"""The real data sets, where they are to be had."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest

from core.data.audit import check_datasets
from core.data.base import load_mask, load_pixels, read_samples
from core.data.cohort import build_cohort
from core.data.ham10000 import read_metadata
from core.data.splits import split_by_group

ROOT = Path(os.environ.get("TWINLENS_DATA", "nowhere"))
pytestmark = [
    pytest.mark.realdata,
]


def test_ham10000_metadata_divides_by_lesion_at_full_scale():
    samples = read_metadata(ROOT / "ham10000")
    assert len(samples) == 10015 and len({s.group for s in samples}) == 7470
    split = split_by_group(samples, seed=0)
    homes = defaultdict(set)
    for s in samples:
        homes[s.group].add(split.assignment[f"ham10000/{s.image_id}"])
    assert all(len(home) == 1 for home in homes.values())
    prevalence = split.prevalence(["mel"])
    assert all(abs(share - 1113 / 10015) < 0.001 for share in prevalence.values())
    sizes = {name: sum(classes.values()) for name, classes in split.counts.items()}
    assert abs(sizes["train"] / 10015 - 0.7) < 0.001
    for name, share in (("train", 0.7), ("val", 0.15), ("test", 0.15)):
        for code, total in (("df", 115), ("vasc", 142), ("akiec", 327)):
            assert abs(split.counts[name][code] - share * total) <= 1, (name, code)


def test_cohort_of_the_shipped_pair():
    cohort = build_cohort(["isic2017", "isic2018_task3"], ROOT, val_from_train=0.1, seed=0)
    sizes = {name: len(samples) for name, samples in cohort.samples.items()}
    assert 2450 < sizes["train"] < 2510 and 480 < sizes["val"] < 520
    assert sum(s.source == "isic2017" for s in cohort.samples["test"]) == 600
    dropped = {entry.key for entry in cohort.split.dropped}
    assert {f"isic2017/ISIC_00{i}" for i in (12175, 12271, 12221, 12970)} <= dropped
    shares = cohort.split.prevalence(["mel"])
    assert all(0.15 < share < 0.2 for share in shares.values())


def test_the_real_folder_passes_its_audit():
    reports = {
        report.name: report
        for report in check_datasets(ROOT, ["isic2017", "isic2018_task3", "ham10000", "ph2"])
    }
    assert reports["isic2017"].state == "complete" and reports["isic2017"].images_found == 2750
    assert {name: r.images_found for name, r in reports.items() if r.state == "partial"} == {
        "isic2018_task3": 1007,
        "ham10000": 100,
        "ph2": 100,
    }
    for report in reports.values():
        assert report.ungrouped_duplicates == report.label_conflicts == ()
        assert not report.shared


@pytest.mark.parametrize("name", ["isic2017", "isic2018_task3", "ham10000", "ph2", "dermamnist"])
def test_pixels_and_masks_fit(name):
    for sample in read_samples(name, ROOT)[::400]:
        pixels = load_pixels(sample)
        assert pixels.ndim == 3 and pixels.std() > 0
        if sample.mask_location:
            mask = load_mask(sample)
            assert mask.shape == pixels.shape[:2] and 0 < mask.mean() < 1

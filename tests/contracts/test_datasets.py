"""What every registered data set promises; a new one is covered without a change here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.data.base import DATASETS, count_labels, load_pixels, locate, sample_key
from core.errors import DataError
from core.modalities.base import MODALITIES

NAMES = DATASETS.names()


@pytest.mark.parametrize("name", NAMES)
def test_record_is_complete(name):
    dataset = DATASETS.get(name)
    classes = MODALITIES.get(dataset.modality).classes
    assert dataset.name == name
    for text in (dataset.title, dataset.licence, dataset.citation, dataset.folder, dataset.shipped_for):
        assert text.strip() == text != ""
    assert not Path(dataset.folder).is_absolute() and ".." not in dataset.folder
    assert dataset.expected and set(dataset.expected) <= {"all", "train", "val", "test"}
    assert all(set(part) <= set(classes) for part in dataset.expected.values())
    assert dataset.expected_total == sum(n for part in dataset.expected.values() for n in part.values()) > 0
    assert set(dataset.overlaps) <= set(NAMES)
    assert all(name in DATASETS.get(other).overlaps for other in dataset.overlaps)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_or_absent_folder_is_a_data_error(name, tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError) as caught:
            DATASETS.get(name).read(folder)
        assert str(tmp_path) in caught.value.subject and caught.value.remedy


@pytest.mark.realdata
@pytest.mark.parametrize("name", NAMES)
def test_samples_of_the_real_set(name):
    dataset = DATASETS.get(name)
    folder = locate(dataset, Path(os.environ["TWINLENS_DATA"]))
    samples = dataset.read(folder)
    assert samples and samples == dataset.read(folder)
    assert len({sample_key(s) for s in samples}) == len(samples)
    assert {s.source for s in samples} == {name}
    assert all(s.group and s.split in (None, "train", "val", "test") for s in samples)
    assert all(isinstance(value, str) for s in samples for value in s.metadata.values())
    for part, classes in count_labels(samples).items():
        assert set(classes) <= set(dataset.expected[part])
        assert all(n <= dataset.expected[part][code] for code, n in classes.items())
    pixels = load_pixels(samples[-1])
    assert pixels.dtype.name == "uint8" and pixels.shape[2] == 3

"""What lies in a data set's folder, by content, and the table of its division."""

from __future__ import annotations

import csv
import hashlib
import shutil
from pathlib import Path

import pytest

from core.data.cohort import build_cohort
from core.data.manifest import COLUMNS, load_manifest, tabulate_split, take_manifest
from core.data.split_table import read_split_table
from core.errors import ConfigError, DataError
from tests.small_world import DATASET, write_isic2018


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for part, first in (("Training", 0), ("Validation", 18), ("Test", 24)):
        write_isic2018(tmp_path / "data", first=first, count=18 if part == "Training" else 6, part=part)
    return tmp_path / "data"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_with_its_hash_and_nothing_of_the_machine(data, tmp_path):
    (data / DATASET / ".hidden").write_text("not the publisher's")
    manifest = take_manifest([DATASET], data)
    files = manifest.files[DATASET]
    there = {path for path in (data / DATASET).rglob("*") if path.is_file() and path.name != ".hidden"}
    assert {data / DATASET / name for name in files} == there and list(files) == sorted(files)
    for name, entry in files.items():
        path = data / DATASET / name
        assert (entry.sha256, entry.bytes) == (sha256(path), path.stat().st_size)
    assert manifest.images == {DATASET: 30}
    assert str(tmp_path).encode() not in manifest.dump()


def test_the_same_data_elsewhere_give_the_same_bytes_and_one_other_byte_does_not(data, tmp_path):
    shutil.copytree(data, tmp_path / "elsewhere")
    first, second = (take_manifest([DATASET], root) for root in (data, tmp_path / "elsewhere"))
    assert first.dump() == second.dump()
    with next((tmp_path / "elsewhere").rglob("*.jpg")).open("ab") as stream:
        stream.write(b"\0")
    assert take_manifest([DATASET], tmp_path / "elsewhere").summarise() != first.summarise()


def test_a_manifest_is_read_as_it_was_written(data, tmp_path):
    manifest = take_manifest([DATASET], data)
    (tmp_path / "manifest.json").write_bytes(manifest.dump())
    assert load_manifest(tmp_path / "manifest.json") == manifest


@pytest.mark.parametrize("content", ["", "[]", '{"files": {}}', '{"files": {"a": {"b": 1}}, "datasets": {}}'])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(DataError, match="not a manifest"):
        load_manifest(tmp_path / "manifest.json")


def test_no_manifest_yet(tmp_path):
    with pytest.raises(DataError, match="Run pipeline ingest first"):
        load_manifest(tmp_path / "manifest.json")


def test_no_such_data_set(data):
    with pytest.raises(ConfigError, match="no such data set"):
        take_manifest(["isic2091"], data)


def test_the_table_of_a_division_can_be_audited(data, tmp_path):
    cohort = build_cohort([DATASET], data)
    path = tmp_path / "split.csv"
    path.write_bytes(tabulate_split(cohort, take_manifest([DATASET], data), data))
    rows = list(csv.DictReader(path.open()))
    assert tuple(rows[0]) == COLUMNS
    assert {row["image_id"]: row["split"] for row in rows} == {
        sample.image_id: split for split, samples in cohort.samples.items() for sample in samples
    }
    assert all(row["sha256"] == sha256(data / DATASET / row["path"]) for row in rows)
    table = read_split_table(path, root=data / DATASET)
    assert set(table.splits) == {"train", "val", "test"} and table.columns["id"] == "image_id"


def test_an_image_that_came_later_is_refused(data):
    manifest = take_manifest([DATASET], data)
    shutil.rmtree(data / DATASET / "ISIC2018_Task3_Test_Input")
    write_isic2018(data, first=50, count=3)
    with pytest.raises(DataError, match="does not hold this file"):
        tabulate_split(build_cohort([DATASET], data), manifest, data)

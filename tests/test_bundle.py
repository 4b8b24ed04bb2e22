"""A pair on disk: what does not fit is refused by name; saving never costs the previous pair."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.bundle import CARD_NAME, Pair, list_pairs, load_pair, save_pair, verify_pair
from core.errors import BundleError
from tests.pair_factory import PAIR
from tests.small_world import DATASET

FILES = ("student.onnx", "teacher.onnx")


@pytest.fixture
def copy(pair_models: Path, tmp_path: Path) -> Path:
    """A folder of pairs that the test may spoil."""
    shutil.copytree(pair_models / PAIR, tmp_path / PAIR)
    return tmp_path


def rewrite(models: Path, change: Callable[[dict], object]) -> None:
    path = models / PAIR / CARD_NAME
    plain = json.loads(path.read_text())
    change(plain)
    path.write_text(json.dumps(plain))


def test_the_card_names_the_files_of_the_folder(pair: Pair):
    assert tuple(sorted(pair.card.files)) == FILES
    verify_pair(pair)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0, 0.5, -1])
def test_a_flipped_byte_is_refused_by_name(copy: Path, name: str, where: float):
    path = copy / PAIR / name
    content = bytearray(path.read_bytes())
    content[int(where * len(content)) if where != -1 else -1] ^= 1
    path.write_bytes(content)
    loaded = load_pair(PAIR, copy)
    for check in (lambda: loaded.read(name), lambda: verify_pair(loaded)):
        with pytest.raises(BundleError) as caught:
            check()
        assert caught.value.subject == str(path)
        assert loaded.card.files[name][:12] in caught.value.problem


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(copy: Path, name: str):
    loaded = load_pair(PAIR, copy)
    (copy / PAIR / name).unlink()
    with pytest.raises(BundleError, match=f"missing {name}"):
        load_pair(PAIR, copy)
    with pytest.raises(BundleError, match="the file is missing") as caught:
        loaded.read(name)
    assert name in caught.value.subject


def test_a_file_the_card_does_not_list_is_not_read(copy: Path):
    (copy / PAIR / "extra.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"extra\.onnx: the card does not list this file"):
        load_pair(PAIR, copy).read("extra.onnx")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda card: card.update(schema_version=2), "schema version 2, this code reads 1"),
        (lambda card: card.pop("schema_version"), "schema version None, this code reads 1"),
        (lambda card: card.update(surprise=1), "surprise: Extra inputs are not permitted"),
        (lambda card: card.pop("limits"), "limits: Field required"),
        (
            lambda card: card.update(modality="palmistry"),
            "modality 'palmistry', this code knows ct, dermoscopy, fundus",
        ),
        (lambda card: card.update(pair="other"), "pair other where melanoma was expected"),
        (lambda card: card["classes"].reverse(), r"classes \('vasc', .* where \('mel', .* was expected"),
        (lambda card: card["classes"].pop(), "classes .* was expected"),
        (lambda card: card.update(positives=["nv"]), r"positive classes \('nv',\) where \('mel',\)"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_in_words(copy: Path, change, said: str):
    rewrite(copy, change)
    with pytest.raises(BundleError, match=said) as caught:
        load_pair(PAIR, copy)
    assert caught.value.subject == str(copy / PAIR / CARD_NAME)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"null", b"\xff\xfe", b'{"schema_version": 1}'])
def test_what_is_not_a_card_is_refused(copy: Path, content: bytes):
    (copy / PAIR / CARD_NAME).write_bytes(content)
    with pytest.raises(BundleError, match=r"card\.json: not a valid card \("):
        load_pair(PAIR, copy)


@pytest.mark.parametrize("name", ["other", "", ".", "..", "../melanoma", "melanoma/"])
def test_no_such_pair_lists_the_choices(copy: Path, name: str):
    with pytest.raises(BundleError, match=r"no such pair is shipped\. The choices are melanoma"):
        load_pair(name, copy)


def test_no_pair_at_all(tmp_path: Path):
    assert list_pairs(tmp_path) == list_pairs(tmp_path / "nowhere") == ()
    with pytest.raises(BundleError, match="The choices are none"):
        load_pair(PAIR, tmp_path)


def test_roles_and_operating_points_are_asked_for_by_name(pair: Pair):
    assert pair.operating_point("teacher").name == pair.card.operating_point
    assert pair.operating_point("teacher", "youden").threshold == 0.30
    with pytest.raises(BundleError, match="The choices are sensitivity_90, sensitivity_95, youden"):
        pair.operating_point("student", "none")
    with pytest.raises(BundleError, match="the card describes teacher, student only"):
        pair.network("control")


def test_size_is_that_of_the_served_file(pair: Pair, complete_models: Path):
    assert pair.size_bytes("student") == len(pair.read("student.onnx"))
    assert load_pair(PAIR, complete_models).size_bytes("control") == 0


def test_predictions_have_the_columns_they_promise(complete_models: Path, pair: Pair):
    table = load_pair(PAIR, complete_models).predictions()
    fixed = ["dataset", "split", "image_id", "group", "target", "role"]
    probs = [f"prob_{code}" for code in pair.card.classes]
    assert list(table.columns) == [*fixed, *probs, "positive_prob", "part"]
    assert set(table["dataset"]) == {DATASET} and set(table["split"]) == {"val", "test"}
    assert abs(table[probs].sum(axis=1) - 1).max() < 1e-9


class TestSaving:
    def contents(self, pair: Pair) -> dict[str, bytes]:
        return {name: pair.read(name) for name in pair.card.files}

    def test_gives_back_what_was_saved(self, pair: Pair, tmp_path: Path):
        saved = save_pair(pair.card, self.contents(pair), tmp_path)
        assert saved.card == pair.card and self.contents(saved) == self.contents(pair)

    def test_replaces_the_checksums_of_the_card(self, pair: Pair, tmp_path: Path):
        card = pair.card.model_copy(update={"files": {"gone.onnx": "0" * 64}})
        assert save_pair(card, self.contents(pair), tmp_path).card.files == pair.card.files

    @pytest.mark.parametrize("room_for", range(len(FILES) + 1))
    def test_a_full_disk_leaves_the_previous_pair_readable(self, copy: Path, monkeypatch, room_for: int):
        before = load_pair(PAIR, copy)
        contents = self.contents(before)
        synced = []

        def fsync(handle: int) -> None:
            synced.append(handle)
            if len(synced) > room_for:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(BundleError, match=r"cannot be written \(No space left on device\)"):
            save_pair(before.card, {name: content + b"new" for name, content in contents.items()}, copy)
        after = load_pair(PAIR, copy)
        verify_pair(after)
        assert self.contents(after) == contents
        assert {path.name for path in (copy / PAIR).iterdir()} == {*FILES, CARD_NAME}

    def test_what_a_killed_save_left_is_swept(self, copy: Path):
        before = load_pair(PAIR, copy)
        (copy / PAIR / ".teacher.onnx.abc123.tmp").write_bytes(b"half of it")
        (copy / PAIR / "notes.tmp").write_bytes(b"somebody's own")
        save_pair(before.card, self.contents(before), copy)
        assert {path.name for path in (copy / PAIR).iterdir()} == {*FILES, CARD_NAME, "notes.tmp"}

    def test_a_folder_that_cannot_be_made_is_said(self, pair: Pair, tmp_path: Path):
        (tmp_path / "models").write_bytes(b"a file")
        with pytest.raises(BundleError, match=r"models/melanoma: cannot be written"):
            save_pair(pair.card, self.contents(pair), tmp_path / "models")


def test_served_roles_are_those_whose_weights_ship_in_the_order_of_the_roles(
    pair: Pair, complete_models: Path
):
    assert pair.served_roles == load_pair(PAIR, complete_models).served_roles == ("teacher", "student")
    networks = pair.card.networks
    more = {"second_student": networks["student"], **networks}
    assert Pair(pair.card.model_copy(update={"networks": more}), pair.folder).served_roles == (
        "teacher",
        "student",
        "second_student",
    )

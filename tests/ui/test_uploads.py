from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from core.errors import DecodeError
from core.intake.budget import Budget
from core.types import Batch, Case, Refusal
from core.ui import state, uploads
from core.ui.plain import escape_markdown
from core.ui.slices import group_cases
from core.ui.window_sweep import estimate_seconds

ONE = Case("0", np.zeros((10, 10, 3), np.uint8), "ct", "one")


def cases(*series: str) -> tuple[Case, ...]:
    return tuple(replace(ONE, case_id=str(n), title=f"t{n}", series=name) for n, name in enumerate(series))


def test_slices_of_a_series_are_one_group_and_pictures_stand_alone() -> None:
    found = group_cases(cases("a", "a", "", "", "b", "b"))
    assert [[case.case_id for case in group] for group in found] == [["0", "1"], ["2"], ["3"], ["4", "5"]]


def test_a_series_without_room_is_refused_as_a_whole_and_others_are_kept(monkeypatch) -> None:
    batch = Batch(cases("a", "a", "", "b", "b"), (Refusal("broken", "is broken", "Mend it"),))
    monkeypatch.setattr(uploads, "take_files", lambda files: ())
    monkeypatch.setattr(uploads, "read_uploads", lambda files, modality: batch)
    small = Budget(max_decoded=3 * 300)
    monkeypatch.setattr(uploads, "add_cases", partial(uploads.add_cases, budget=small))
    kept = uploads.read_within_budget([], modality="ct")
    assert [case.case_id for case in kept.cases] == ["0", "1", "2"]
    assert [refusal.subject for refusal in kept.refused] == ["broken", "t3"]
    assert "in memory" in kept.refused[1].problem


def test_an_upload_beyond_the_budget_is_refused_before_anything_is_decoded(monkeypatch) -> None:
    def refuse(files):
        raise DecodeError("a and 700 more", "701 files, 600 are allowed", "Choose fewer")

    monkeypatch.setattr(uploads, "take_files", refuse)
    monkeypatch.setattr(uploads, "read_uploads", lambda *a, **k: pytest.fail("decoded all the same"))
    found = uploads.read_within_budget([], modality="ct")
    assert found == Batch((), (Refusal("a and 700 more", "701 files, 600 are allowed", "Choose fewer"),))


def test_files_leave_the_server_once_they_are_read(monkeypatch) -> None:
    manager = MemoryUploadedFileManager("/upload")
    records = [UploadedFileRec(name, name, "", b"secret") for name in ("one", "two")]
    for record in records:
        manager.add_file("session", record)
    context = SimpleNamespace(session_id="session", uploaded_file_mgr=manager)
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: context)
    before = state.uploader_key()
    uploads.forget_files([UploadedFile(records[0], FileURLs())])
    assert [record.name for record in manager.get_files("session", ["one", "two"])] == ["two"]
    assert state.uploader_key() != before


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("CT_small", r"CT\_small"),
        ("![a](http://b)", r"\!\[a\]\(http\:\/\/b\)"),
        ("5 mm\n\n# x", r"5 mm \# x"),
        ("<b>", r"\<b\>"),
    ],
)
def test_markup_is_escaped(text, escaped) -> None:
    assert escape_markdown(text) == escaped


def test_readings_of_an_upload_are_kept_and_the_oldest_goes() -> None:
    many = cases(*["a"] * 10)
    state.set_cases(many, many[0])
    first = state.get_reading()
    first.latency["key"] = ()
    for case in many[1:8]:
        state.show_case(case)
    assert state.get_reading().latency == {"key": ()}, "a series has one time"
    assert state.show_case(many[0]) is first
    for case in many[1:]:
        state.show_case(case)
    assert state.show_case(many[0]) is not first
    assert state.get_cases() == many


def test_seconds_count_every_picture_for_every_network() -> None:
    assert estimate_seconds([97, 17], 50) == pytest.approx(6.0)

from __future__ import annotations

import numpy as np
import pytest

from core.errors import DecodeError
from core.intake.budget import (
    DEFAULT_BUDGET,
    Budget,
    Held,
    add_cases,
    check_budget,
    measure_case,
    measure_cases,
)
from core.intake.limits import DEFAULT_LIMITS
from core.intake.uploads import read_uploads
from core.types import Case
from tests.hostile.base import dicom, encode, text

SMALL = Budget(max_files=3, max_uploaded=1_000, max_decoded=100_000)


def case(side: int, *, deep: bool = False) -> Case:
    pixels = np.zeros((side, side, 3), np.uint8)
    values = np.zeros((side, side), np.int16) if deep else None
    return Case(case_id="a", pixels=pixels, modality="ct", title="a.dcm", hounsfield=values)


def test_pixels_and_hounsfield_units_are_counted():
    assert measure_case(case(100)) == 30_000
    assert measure_case(case(100, deep=True)) == 50_000
    assert measure_cases([case(100), case(10, deep=True)]) == Held(slices=2, decoded=30_500)


def test_repeated_grey_is_counted_as_if_it_were_stored():
    shown = np.broadcast_to(np.zeros((100, 100, 1), np.uint8), (100, 100, 3))
    assert measure_case(Case(case_id="a", pixels=shown, modality="ct", title="a")) == 30_000


def test_an_upload_within_the_budget_passes():
    check_budget([], held=Held(slices=99), budget=SMALL)
    check_budget([("a.dcm", bytes(500)), ("b.dcm", bytes(400))], held=Held(1, 100), budget=SMALL)


@pytest.mark.parametrize(
    ("files", "held", "says"),
    [
        ([("a.dcm", b"")] * 4, Held(), "4 files, 3 are allowed"),
        ([("a.dcm", b"")] * 2, Held(slices=2), "2 files beside the 2 held already, 3 are allowed"),
        ([("a.dcm", bytes(1_001))], Held(), "0.0 MB, 0 MB are allowed"),
        ([("a.dcm", bytes(501)), ("b.dcm", bytes(400))], Held(uploaded=100), "MB are allowed"),
    ],
)
def test_an_upload_beyond_the_budget_is_refused_as_a_whole(files, held, says):
    with pytest.raises(DecodeError) as caught:
        check_budget([("../x/" + name, content) for name, content in files], held=held, budget=SMALL)
    assert says in caught.value.problem
    assert caught.value.subject == ("a.dcm" if len(files) == 1 else f"a.dcm and {len(files) - 1} more")
    assert caught.value.remedy


def test_cases_are_added_until_there_is_no_room():
    held = add_cases([case(100)], title="a.dcm", held=Held(uploaded=7), budget=SMALL)
    assert held == Held(slices=1, uploaded=7, decoded=30_000)
    held = add_cases([case(100, deep=True)], title="b.dcm", held=held, budget=SMALL)
    assert held == Held(slices=2, uploaded=7, decoded=80_000)
    with pytest.raises(DecodeError, match=r"c\.dcm: with its pixels there would be 0\.1 MB"):
        add_cases([case(100)], title="c.dcm", held=held, budget=SMALL)
    with pytest.raises(DecodeError, match=r"d\.dcm: with its pictures there would be 4"):
        add_cases([case(1)] * 2, title="d.dcm", held=held, budget=SMALL)


def test_the_default_holds_three_hundred_slices():
    held = Held()
    slice_of_usual_size = case(512, deep=True)
    for number in range(300):
        held = add_cases([slice_of_usual_size], title=f"{number}.dcm", held=held)
    assert held.slices == 300


def test_a_file_without_room_is_refused_and_smaller_ones_behind_it_are_read():
    files = [("a.dcm", dicom()), ("photo.png", encode("PNG")), ("b.dcm", dicom())]
    # A slice: 64 x 64 x (3 + 2 bytes of Hounsfield units) = 20,480; the photograph: 64 x 48 x 3 = 9,216.
    batch = read_uploads(files, modality="ct", budget=Budget(max_decoded=30_000))
    assert [case.title for case in batch.cases] == ["a.dcm", "photo.png"]
    assert [refusal.subject for refusal in batch.refused] == ["b.dcm"]
    assert "in memory" in batch.refused[0].problem
    held = measure_cases(batch.cases)
    assert held == Held(slices=2, decoded=29_696)
    again = read_uploads(files[1:2], modality="ct", held=held, budget=Budget(max_decoded=30_000))
    assert [refusal.subject for refusal in again.refused] == ["photo.png"]


def in_series(uid: str) -> bytes:
    return dicom({0x0020000E: text("UI", uid)})


def test_a_series_is_kept_whole_or_not_at_all():
    long = [(f"long{number}.dcm", in_series("1.2.3")) for number in range(4)]
    short = [(f"short{number}.dcm", in_series("1.2.4")) for number in range(2)]
    batch = read_uploads([*long, *short], modality="ct", budget=Budget(max_decoded=3 * 20_480))
    assert [case.title for case in batch.cases] == ["short0.dcm", "short1.dcm"]
    assert sorted(refusal.subject for refusal in batch.refused) == [name for name, _ in long]
    whole = read_uploads([*long, *short], modality="ct", budget=Budget(max_decoded=6 * 20_480))
    assert len(whole.cases) == 6
    assert whole.refused == ()


def test_an_upload_may_have_as_many_files_as_a_session_may_hold():
    """Else a series within the budget would lose its last slices."""
    assert DEFAULT_LIMITS.max_files == DEFAULT_BUDGET.max_files

"""The one door: several files, of which none stops the others, in the order of the body."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ConfigError
from core.intake.colour import GREY_NOTE
from core.intake.limits import Limits
from core.intake.raster import FIXED_WINDOW_NOTE
from core.intake.uploads import read_uploads
from tests.dicom_factory import ct_bytes, ramp

SERIES = {"SeriesInstanceUID": "1.2.3", "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"]}


def at(place: float, number: int = 1, **changes) -> bytes:
    return ct_bytes(
        **{**SERIES, "ImagePositionPatient": ["0", "0", str(place)], "InstanceNumber": number, **changes}
    )


def test_refused_files_do_not_stop_the_others(photo, save):
    files = [
        ("a/../b.png", save(photo, "PNG")),
        ("no.txt", b"text"),
        ("", b""),
        ("c.jpg", save(photo, "JPEG")),
    ]
    batch = read_uploads(files, modality="dermoscopy")
    assert [case.title for case in batch.cases] == ["b.png", "c.jpg"]
    assert np.array_equal(batch.cases[0].pixels, np.asarray(photo))
    assert [refusal.subject for refusal in batch.refused] == ["no.txt", "Untitled image"]
    assert all(refusal.problem and refusal.remedy for refusal in batch.refused)


def test_slices_of_a_series_stand_together_along_the_body(photo, save):
    files = [
        ("3.dcm", at(30, 1)),
        ("photo.png", save(photo, "PNG")),
        ("1.dcm", at(-10, 2)),
        ("other.dcm", at(5, SeriesInstanceUID="1.2.4")),
        ("2.dcm", at(20.5, 3)),
    ]
    batch = read_uploads(files, modality="ct")
    assert [case.title for case in batch.cases] == ["1.dcm", "2.dcm", "3.dcm", "photo.png", "other.dcm"]
    assert [case.position for case in batch.cases] == [1, 2, 3, 0, 0]
    assert len({case.series for case in batch.cases[:3]}) == 1 and batch.cases[0].series
    assert [case.series for case in batch.cases[3:]] == ["", ""]


def test_without_places_the_number_decides_and_without_numbers_the_upload():
    numbered = [(f"{n}.dcm", at(0, n, ImagePositionPatient=None)) for n in (10, 9, 2)]
    assert [case.title for case in read_uploads(numbered, modality="ct").cases] == [
        "2.dcm",
        "9.dcm",
        "10.dcm",
    ]
    bare = [(f"{n}.dcm", at(0, n, ImagePositionPatient=None, InstanceNumber=None)) for n in (10, 9, 2)]
    assert [case.title for case in read_uploads(bare, modality="ct").cases] == ["10.dcm", "9.dcm", "2.dcm"]


def test_views_of_another_orientation_are_another_series():
    turned = at(0, ImageOrientationPatient=["0", "1", "0", "0", "0", "-1"])
    batch = read_uploads([("a.dcm", at(0)), ("scout.dcm", turned), ("b.dcm", at(5))], modality="ct")
    assert [case.title for case in batch.cases] == ["a.dcm", "b.dcm", "scout.dcm"]


def test_an_oblique_series_is_sorted_along_its_normal_and_a_sign_does_not_divide_it():
    """The normal of rows (.8, .6, 0) and columns (0, 0, -1) is (-.6, .8, 0); zeros of either sign."""
    files = []
    for step in (2, 0, 1):
        tiny = "-0.0001" if step % 2 else "0.0001"
        changes = {
            "ImageOrientationPatient": ["0.8", "0.6", tiny, tiny, "0", "-1"],
            "ImagePositionPatient": [str(-3 * step), str(4 * step), "0"],
        }
        files.append((f"{step}.dcm", at(0, 9 - step, **changes)))
    cases = read_uploads(files, modality="ct").cases
    assert [(case.title, case.position) for case in cases] == [("0.dcm", 1), ("1.dcm", 2), ("2.dcm", 3)]
    assert len({case.series for case in cases}) == 1


def test_frames_of_one_file_and_files_without_a_series_do_not_mix():
    stack = ct_bytes(np.stack([ramp(), ramp()[::-1]]))
    batch = read_uploads([("a.dcm", stack), ("b.dcm", stack), ("c.dcm", ct_bytes())], modality="ct")
    assert [case.position for case in batch.cases] == [1, 2, 1, 2, 0]
    assert len({case.series for case in batch.cases}) == 3


def test_series_cannot_be_recognised_from_one_upload_to_the_next():
    files = [("1.dcm", at(1)), ("2.dcm", at(2))]
    first, second = (read_uploads(files, modality="ct").cases[0].series for _ in range(2))
    assert first != second and "1.2.3" not in first


def test_a_slice_as_a_picture_has_a_fixed_window(photo, save, ramp16, make_png):
    picture = save(photo.convert("L"), "PNG")
    batch = read_uploads([("a.png", picture), ("b.png", make_png(ramp16, 0))], modality="ct")
    eight, sixteen = batch.cases
    assert FIXED_WINDOW_NOTE in eight.notes and GREY_NOTE not in eight.notes
    assert sixteen.notes == ("16-bit values scaled to 8 bit.",)
    assert eight.hounsfield is None and eight.window is None
    (skin,) = read_uploads([("a.png", picture)], modality="dermoscopy").cases
    assert skin.notes == (GREY_NOTE,)


def test_more_than_an_upload_may_hold(photo, save):
    picture = save(photo, "PNG")
    few = read_uploads([("a", picture), ("b", picture)], modality="ct", limits=Limits(max_files=1))
    assert len(few.cases) == 1 and "more than 1 files" in few.refused[0].problem
    late = read_uploads([("a", picture)], modality="ct", limits=Limits(batch_s=-1))
    assert "seconds" in late.refused[0].problem
    big = read_uploads([("a", picture)], modality="ct", limits=Limits(max_bytes=100))
    assert "MB" in big.refused[0].problem


def test_no_such_modality():
    with pytest.raises(ConfigError, match="modality"):
        read_uploads([], modality="xray")

"""The files that pydicom ships: what its own decoder reads is read here, to the same values."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest

from core.errors import DecodeError, QualityError, TwinLensError
from core.intake.dicom import read_dicom
from core.intake.dicom_frames import decode_frames
from core.intake.dicom_header import read_head
from core.intake.limits import Limits

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"
ANY_SIZE = Limits(min_side=1, max_aspect=1000)


def reference(path: Path) -> np.ndarray | None:
    """What pydicom alone makes of a file, with its transfer syntax as it stands; None where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pydicom.dcmread(path, force=True).pixel_array
        except (AttributeError, ValueError, RuntimeError, TypeError, NotImplementedError, KeyError):
            return None


@pytest.mark.filterwarnings("ignore")
def test_nearly_all_files_that_can_be_decoded_are():
    """88 of 89: the other one is deflated. Two that hold one grey in the window of training are read, too."""
    decodable, read, deflated, constant = 0, 0, [], 0
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        expected = reference(path)
        decodable += expected is not None
        try:
            cases = read_dicom(path.read_bytes(), title=path.name, modality="ct", limits=ANY_SIZE)
        except QualityError:
            constant += 1
        except DecodeError as error:
            if expected is not None:
                deflated.append((path.name, "deflated" in error.problem))
            continue
        else:
            frames = (
                1 if expected.ndim < 3 or (expected.shape[-1] == 3 and expected.ndim == 3) else len(expected)
            )
            assert len(cases) <= frames
            assert all(case.pixels.shape[2] == 3 for case in cases)
        read += 1
        compare(path, expected)
    assert decodable >= 89 and read >= 88
    assert deflated == [("image_dfl.dcm", True)]
    assert constant <= 2


def compare(path: Path, expected: np.ndarray) -> None:
    """Stored values, or RGB, frame by frame; palettes are pydicom's own."""
    head = read_head(path.read_bytes(), path.name, ANY_SIZE)
    frames = np.stack(list(decode_frames(head, path.name)))
    if head.interpretation != "PALETTE COLOR":
        assert np.array_equal(frames.reshape(expected.shape), expected), path.name


@pytest.mark.filterwarnings("ignore")
def test_what_is_no_picture_is_refused_by_name():
    for name in (
        "rtplan.dcm",
        "waveform_ecg.dcm",
        "reportsi.dcm",
        "badVR.dcm",
        "MR_truncated.dcm",
        "test1.json",
    ):
        with pytest.raises(TwinLensError) as caught:
            read_dicom((FOLDER / name).read_bytes(), title=name, modality="ct")
        assert caught.value.subject == name


def test_a_real_slice_in_hounsfield_units():
    """CT_small has slope 1 and intercept -1024, and its corner lies in air."""
    (case,) = read_dicom((FOLDER / "CT_small.dcm").read_bytes(), title="CT_small.dcm", modality="ct")
    stored = pydicom.dcmread(FOLDER / "CT_small.dcm").pixel_array.astype(int)
    assert np.array_equal(case.hounsfield, stored - 1024)
    assert case.warnings == ()
    assert dict(case.facts)["Maker"] == "GE"

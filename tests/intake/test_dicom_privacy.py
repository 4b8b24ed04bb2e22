"""Nothing that identifies a patient leaves the reading of a DICOM file: planted marks are looked for."""

from __future__ import annotations

import logging
import pickle
import subprocess
import warnings

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from core.errors import TwinLensError
from core.intake import sandbox
from core.intake.dicom import read_dicom
from core.intake.limits import DEFAULT_LIMITS
from core.intake.uploads import read_uploads
from tests.dicom_factory import ct_bytes, data_set, ramp, to_bytes

MARK = "PLANTED"
UID = "1.2.826.19610203.77"
TRACES = (MARK.encode(), MARK.encode("utf-16-le"), b"19610203", b"1961-02-03", b"826.1961")

TEXTS = (
    "PatientName",
    "PatientID",
    "PatientComments",
    "PatientAddress",
    "OtherPatientIDs",
    "InstitutionName",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "AccessionNumber",
    "StudyID",
    "StationName",
    "ManufacturerModelName",
    "DeviceSerialNumber",
    "ImageComments",
    "AdditionalPatientHistory",
    "DerivationDescription",
    "ContrastBolusAgent",
    "WindowCenterWidthExplanation",
    "Manufacturer",
    "BodyPartExamined",
    "SoftwareVersions",
)
DATES = (
    "PatientBirthDate",
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "ContentDate",
)
IDENTIFIERS = (
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "SOPInstanceUID",
)


def planted(**changes) -> Dataset:
    """A slice with a mark in every kind of place."""
    made = data_set(np.stack([ramp(), ramp()[::-1]]))
    for number, keyword in enumerate(TEXTS):
        setattr(made, keyword, f"{MARK}{number}"[:16])
    for keyword in DATES:
        setattr(made, keyword, "19610203")
    for keyword in IDENTIFIERS:
        setattr(made, keyword, f"{UID}.{len(keyword)}")
    made.SpecificCharacterSet = "ISO_IR 100"
    made.SliceThickness, made.KVP = "19610203", "19610203"
    made.PixelSpacing = ["19610203", "1"]
    made.ImagePositionPatient = ["19610203", "0", "19610203"]
    made.ImageType = ["ORIGINAL", MARK]
    made.InstanceNumber = "19610203"
    block = made.private_block(0x0009, f"{MARK} MAKER", create=True)
    block.add_new(0x01, "LO", f"{MARK} private")
    block.add_new(0x02, "UN", f"{MARK} bytes".encode())
    inner = Dataset()
    inner.PatientName, inner.ImagePositionPatient = MARK, [0, 0, 0]
    inner.ReferencedSOPInstanceUID = UID
    made.ReferencedImageSequence = Sequence([inner])
    made.PerFrameFunctionalGroupsSequence = Sequence([_with_plane(inner), _with_plane(inner)])
    made.add_new(0x60000022, "LO", f"{MARK} overlay")
    made.add_new(0x60003000, "OW", f"{MARK} overlay data ".encode())
    for keyword, value in changes.items():
        setattr(made, keyword, value)
    return made


def _with_plane(inner: Dataset) -> Dataset:
    group = Dataset()
    group.PlanePositionSequence = Sequence([inner])
    group.PatientComments = MARK
    return group


def planted_bytes(**changes) -> bytes:
    """:func:`planted` with marks in preamble, file meta and behind the pixels too."""
    made = planted(**changes)
    made.preamble = MARK.encode().ljust(128, b"<")
    to_bytes(made)
    made.file_meta.SourceApplicationEntityTitle = MARK
    made.file_meta.ImplementationVersionName = MARK
    made.file_meta.add_new(0x00020100, "UI", UID)
    made.file_meta.add_new(0x00020102, "OB", f"{MARK}x".encode())
    return to_bytes(made) + f"{MARK} behind".encode()


def broken() -> dict[str, bytes]:
    """Planted files that are refused, one for each way of failing that might quote a value."""
    whole = planted_bytes()
    return {
        "cut off": whole[:-3000],
        "character set": whole.replace(b"ISO_IR 100", b"PLANTEDSET")[:-3000],
        "rows": whole.replace(b"\x28\x00\x10\x00US\x02\x00", b"\x28\x00\x10\x00LO\x02\x00"),
        "slope": whole.replace(b"DS\x02\x001 ", b"DS\x02\x00PL"),
        "kind": planted_bytes(PhotometricInterpretation=MARK),
        "frames": planted_bytes(NumberOfFrames="19610203"),
        "syntax": whole.replace(b"1.2.840.10008.1.2.1\0", b"1.2.826.19610203.77\0"),
        "nothing": whole[:2000],
    }


def assert_clean(*found: bytes) -> None:
    for text in found:
        for trace in TRACES:
            assert trace not in text


def test_the_planted_file_is_read_and_full_of_marks():
    content = planted_bytes()
    assert content.count(MARK.encode()) > 30 and content.count(b"19610203") > 10
    assert len(read_dicom(content, title="a.dcm", modality="ct")) == 2


def test_nothing_planted_is_in_a_batch_or_in_any_log(caplog, capfd):
    files = [("scan.dcm", planted_bytes()), ("second.dcm", planted_bytes(Modality="MR"))]
    refused = [(f"{name}.dcm", content) for name, content in broken().items()]
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "pydicom")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        batch = read_uploads([*files, *refused], modality="ct")
        cases = read_dicom(files[0][1], title="scan.dcm", modality="ct")
    assert len(batch.cases) == 4 and len(batch.refused) >= 6
    out, err = capfd.readouterr()
    assert_clean(pickle.dumps(batch), repr(batch).encode(), pickle.dumps(cases), repr(cases).encode())
    assert_clean(
        caplog.text.encode(), out.encode(), err.encode(), *(str(one.message).encode() for one in caught)
    )
    assert logging.getLogger("pydicom").disabled is False


@pytest.mark.parametrize("name", sorted(broken()))
def test_no_error_quotes_the_file_nor_carries_one_that_does(name):
    with pytest.raises(TwinLensError) as caught:
        read_dicom(broken()[name], title="scan.dcm", modality="ct")
    error = caught.value
    assert error.__cause__ is None and error.__context__ is None
    assert_clean(str(error).encode(), repr(error).encode(), repr(error.args).encode())
    assert error.subject == "scan.dcm"


def test_the_decoding_process_prints_nothing():
    """Run as it is started, but with its standard error caught."""
    content = broken()["cut off"]
    request = sandbox.Request("scan.dcm", "ct", b"x" * 32, DEFAULT_LIMITS, content)
    done = subprocess.run(
        sandbox._command("serve_once"),
        input=sandbox.pack_request(request) + content,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0 and b"problem" in done.stdout and done.stderr == b""
    assert_clean(done.stdout)


def test_what_is_shown_is_known_words_and_checked_numbers():
    content = ct_bytes(
        Manufacturer="SIEMENS Healthineers", BodyPartExamined="CHEST", SliceThickness="2.5", KVP="120",
        PixelSpacing=["0.7", "0.7"], ImagePositionPatient=["-180", "-170", "-42.25"],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
    )  # fmt: skip
    (case,) = read_dicom(content, title="a.dcm", modality="ct")
    assert dict(case.facts) == {
        "Kind": "Computed tomography",
        "Body part": "Chest",
        "Size": "50 x 40 pixels",
        "Slice thickness": "2.5 mm",
        "Pixel spacing": "0.7 x 0.7 mm",
        "Position along the body": "-42.2 mm",
        "Tube voltage": "120 kV",
        "Rescale": "slope 1, intercept -1024",
        "Stored bits": "16",
        "Compression": "none",
        "Maker": "Siemens",
    }


def test_what_is_not_known_is_left_out():
    (first, _) = read_dicom(planted_bytes(), title="a.dcm", modality="ct")
    assert {what for what, _ in first.facts} == {
        "Kind", "Size", "Frames in the file", "Rescale", "Stored bits", "Compression"
    }  # fmt: skip


def test_the_same_file_gets_other_names_each_time():
    first, second = (read_dicom(planted_bytes(), title="a.dcm", modality="ct") for _ in range(2))
    assert {case.case_id for case in first}.isdisjoint(case.case_id for case in second)
    assert first[0].series != second[0].series

"""DICOM files become slices in Hounsfield units, or pictures without; values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from core.errors import DecodeError, QualityError
from core.intake.dicom import GREY_WARNING, NO_UNITS_WARNING, read_dicom
from core.modalities.ct import TRAINED_WINDOW
from tests.dicom_factory import ct_bytes, data_set, ramp, to_bytes


def read(content: bytes, modality: str = "ct", **kwargs):
    return read_dicom(content, title="slice.dcm", modality=modality, **kwargs)


def read_one(*args, **kwargs):
    (case,) = read(*args, **kwargs)
    return case


def greys(case):
    return case.pixels[..., 0]


def test_a_ct_slice_has_hounsfield_units_in_the_window_of_training():
    case = read_one(ct_bytes(RescaleSlope="2"))
    assert np.array_equal(case.hounsfield, np.clip(2 * ramp() - 1024, -1024, 4095))
    assert case.hounsfield.dtype == np.int16
    assert case.window == TRAINED_WINDOW
    assert np.array_equal(case.pixels, TRAINED_WINDOW.apply(case.hounsfield))
    assert not case.pixels.flags.writeable
    assert not case.hounsfield.flags.writeable
    assert (case.title, case.series, case.position, case.warnings, case.notes) == ("slice.dcm", "", 0, (), ())


def test_units_beyond_the_limits_are_set_to_them_and_said():
    values = ramp()
    values[0, :3] = (-3000, 9000, 1024)
    case = read_one(ct_bytes(values))
    assert case.hounsfield[0, :3].tolist() == [-1024, 4095, 0]
    assert any("set to these limits" in note for note in case.notes)


def test_padding_becomes_air_whichever_way_it_is_written():
    values = ramp()
    values[0, :5] = -2000
    for changes in (
        {"PixelPaddingValue": -2000},
        {"PixelPaddingValue": -2010, "PixelPaddingRangeLimit": -1990},
    ):
        made = data_set(values, RescaleIntercept="900")
        for keyword, value in changes.items():
            made.add_new(keyword, "SS", value)
        case = read_one(to_bytes(made))
        assert case.hounsfield[0, :6].tolist() == [-1024] * 5 + [905]
        assert "Padding outside the scanned field is shown as air." in case.notes
    made = data_set(values, RescaleIntercept="900")
    made.add_new("PixelPaddingValue", "US", 65536 - 2000)
    assert read_one(to_bytes(made)).hounsfield[0, 0] == -1024


def test_unsigned_values_and_bits_that_stand_higher_up():
    stored = np.arange(2000, dtype=np.uint16).reshape(40, 50)
    made = data_set(np.left_shift(stored, 4), BitsStored=12, HighBit=15)
    assert np.array_equal(read_one(to_bytes(made)).hounsfield, stored.astype(int) - 1024)


def test_monochrome1_turns_greys_round_and_no_units():
    dark, bright = (ct_bytes(PhotometricInterpretation=f"MONOCHROME{n}") for n in (1, 2))
    assert np.array_equal(read_one(dark).hounsfield, read_one(bright).hounsfield)
    dark, bright = (ct_bytes(PhotometricInterpretation=f"MONOCHROME{n}", Modality="CR") for n in (1, 2))
    assert np.array_equal(greys(read_one(dark)), 255 - greys(read_one(bright)))


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
@pytest.mark.parametrize("meta", [True, False])
def test_every_plain_encoding_with_and_without_file_meta(syntax, meta):
    made = data_set()
    if syntax.endswith(".2.2"):
        made.PixelData = ramp().astype(">i2").tobytes()
    case = read_one(to_bytes(made, syntax=syntax, meta=meta))
    assert np.array_equal(case.hounsfield, ramp() - 1024)


def test_colour_is_read_in_both_planar_configurations():
    colour = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    flat = data_set(colour, Modality="XC")
    assert np.array_equal(read_one(to_bytes(flat), "dermoscopy").pixels, colour)
    planes = data_set(
        colour, Modality="XC", PlanarConfiguration=1, PixelData=colour.transpose(2, 0, 1).tobytes()
    )
    case = read_one(to_bytes(planes), "dermoscopy")
    assert np.array_equal(case.pixels, colour)
    assert case.hounsfield is None and case.warnings == ()


def test_full_range_ybr_becomes_rgb():
    """PS3.3 C.7.6.3.1.2: luma 128, Cb 128, Cr 228 is red 128 + 1.402 x 100, green 128 - 0.714 x 100."""
    ybr = np.full((40, 50, 3), 128, np.uint8)
    ybr[0, 0] = (128, 128, 228)
    case = read_one(to_bytes(data_set(ybr, PhotometricInterpretation="YBR_FULL")), "dermoscopy")
    assert case.pixels[1, 1].tolist() == [128, 128, 128]
    assert case.pixels[0, 0].tolist() == [255, 57, 128]


def test_palettes_are_looked_up():
    index = np.zeros((40, 50), np.uint8)
    index[0, :4] = (0, 1, 2, 3)
    made = data_set(index, PhotometricInterpretation="PALETTE COLOR", Modality="XC")
    for colour, table in {"Red": (0, 255, 0, 10), "Green": (0, 0, 255, 20), "Blue": (9, 0, 0, 30)}.items():
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [4, 0, 16])
        setattr(made, f"{colour}PaletteColorLookupTableData", (np.array(table, "<u2") * 257).tobytes())
    case = read_one(to_bytes(made), "dermoscopy")
    assert case.pixels[0, :4].tolist() == [[0, 0, 9], [255, 0, 0], [0, 255, 0], [10, 20, 30]]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"Modality": "MR"}, "magnetic resonance"),
        ({"Modality": "US"}, "ultrasound"),
        ({"Modality": "CR"}, "computed radiography"),
    ],
)
def test_other_kinds_are_grey_with_a_warning(changes, kind):
    case = read_one(ct_bytes(**changes))
    assert case.hounsfield is None and case.window is None
    assert any(w.startswith(f"The file says it is {kind}, not a chest CT slice") for w in case.warnings)
    assert NO_UNITS_WARNING in case.warnings


def test_grey_follows_the_files_own_window_else_the_full_range():
    own = read_one(ct_bytes(Modality="MR", RescaleIntercept="0", WindowCenter="500", WindowWidth="101"))
    # PS3.3 C.11.2.1.2.1: black up to 499.5 - 50, white from 499.5 + 50, and 127.5 at 499.5.
    assert greys(own).ravel()[[449, 499, 500, 550]].tolist() == [0, 126, 129, 255]
    assert "Shown in the file's own window." in own.notes
    for width in ("0", "-5", None):
        changes = {} if width is None else {"WindowCenter": "500", "WindowWidth": width}
        case = read_one(ct_bytes(Modality="MR", **changes))
        assert greys(case).ravel()[[0, 1999]].tolist() == [0, 255]
        assert any("full range" in note for note in case.notes)


@pytest.mark.parametrize("width", ["0", "-400"])
def test_a_window_without_width_does_not_matter_to_a_slice(width):
    assert read_one(ct_bytes(WindowCenter="40", WindowWidth=width)).window == TRAINED_WINDOW


@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "1e400", "0", "1e30", "-1", "text"])
def test_slopes_that_no_scanner_writes(bad):
    with pytest.raises(DecodeError) as caught:
        read(_with_raw(RescaleSlope=bad))
    assert bad not in caught.value.problem.split()


@pytest.mark.parametrize("bad", ["nan", "inf", "1e30"])
def test_intercepts_that_no_scanner_writes(bad):
    with pytest.raises(DecodeError, match="intercept"):
        read(_with_raw(RescaleIntercept=bad))


def _with_raw(**values: str) -> bytes:
    """A slice whose decimal strings are replaced in the bytes, since pydicom would not write such ones."""
    marks = {keyword: f"{7 + n}.{n}2345678901234"[:16] for n, keyword in enumerate(values)}
    content = ct_bytes(**marks)
    for keyword, value in values.items():
        assert content.count(marks[keyword].encode()) == 1
        content = content.replace(marks[keyword].encode(), value.ljust(len(marks[keyword])).encode())
    return content


def test_missing_slope_or_intercept():
    lacking = read_one(ct_bytes(RescaleSlope=None))
    assert np.array_equal(lacking.hounsfield, ramp() - 1024)
    assert "The file states no rescale slope; 1 was taken." in lacking.notes
    for changes in ({"RescaleIntercept": None}, {"RescaleIntercept": None, "RescaleSlope": None}):
        case = read_one(ct_bytes(**changes))
        assert case.hounsfield is None and NO_UNITS_WARNING in case.warnings
    assert read_one(_with_raw(RescaleIntercept="")).hounsfield is None
    assert read_one(ct_bytes(RescaleType="US")).hounsfield is None


def test_frames_become_cases_and_blank_ones_are_left_out():
    values = np.stack([ramp(), np.full((40, 50), 7, np.int16), ramp()[::-1], ramp()[:, ::-1]])
    cases = read(ct_bytes(values))
    assert [case.title for case in cases] == [f"slice.dcm, slice {n} of 4" for n in (1, 3, 4)]
    assert [case.position for case in cases] == [1, 3, 4]
    assert len({case.series for case in cases}) == 1 and cases[0].series
    assert len({case.case_id for case in cases}) == 3
    assert all("1 of 4 slices have one colour throughout and were left out." in case.notes for case in cases)
    assert np.array_equal(cases[1].hounsfield, ramp()[::-1] - 1024)
    with pytest.raises(QualityError, match="same colour"):
        read(ct_bytes(np.full((2, 40, 50), 7, np.int16)))


def test_functional_groups_give_each_frame_its_rescale_and_place():
    made = data_set(np.stack([ramp()] * 3), RescaleSlope=None, RescaleIntercept=None)
    made.SharedFunctionalGroupsSequence = Sequence(
        [_group("PlaneOrientation", ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]
    )
    frames = []
    for place, intercept in ((30, "-1000"), (10, "-900"), (20, "-800")):
        group = _group("PlanePosition", ImagePositionPatient=[0, 0, place])
        group.update(_group("PixelValueTransformation", RescaleSlope="1", RescaleIntercept=intercept))
        frames.append(group)
    made.PerFrameFunctionalGroupsSequence = Sequence(frames)
    cases = read(to_bytes(made))
    assert [int(case.hounsfield[0, 0]) for case in cases] == [-900, -800, -1000]
    assert [dict(case.facts)["Position along the body"] for case in cases] == [
        "10.0 mm",
        "20.0 mm",
        "30.0 mm",
    ]
    assert [case.position for case in cases] == [1, 2, 3]


def _group(name: str, **values) -> Dataset:
    item, group = Dataset(), Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    setattr(group, f"{name}Sequence", Sequence([item]))
    return group


def test_sixteen_bit_colour_is_scaled():
    colour = np.zeros((40, 50, 3), np.uint16)
    colour[0, :3, 0] = (65535, 32768, 128)
    assert read_one(to_bytes(data_set(colour)), "dermoscopy").pixels[0, :3, 0].tolist() == [255, 128, 0]


def test_grey_pictures_for_colour_networks_warn():
    case = read_one(ct_bytes(), "fundus")
    assert GREY_WARNING in case.warnings and case.hounsfield is None
    assert any("computed tomography, not a fundus photograph" in warning for warning in case.warnings)


def test_captures_warn_of_names_in_their_pixels():
    for changes in ({"Modality": "OT"}, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}):
        case = read_one(ct_bytes(**changes))
        assert any("burned into their pixels" in warning for warning in case.warnings)
    assert any("text is burned" in w for w in read_one(ct_bytes(BurnedInAnnotation="YES")).warnings)
    assert any(
        "survey view" in w
        for w in read_one(ct_bytes(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])).warnings
    )

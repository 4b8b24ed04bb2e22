"""What may be said of a DICOM file: a few properties of the acquisition, checked numbers or known words.

Everything else is dropped with the data set, private elements, descriptions and dates first of all. No text
of a file is ever copied: words are looked up here, and only the words that stand here are shown. The idea is
that of the "retain" options of DICOM PS3.15 annex E, turned into an allow-list.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import numpy as np

from core.intake.dicom_greys import Rescale, groups_of
from core.intake.dicom_header import SYNTAXES, Head
from core.intake.dicom_values import finite, word

_UNTRAINED = "The networks were not trained for it."

KINDS = {
    "CT": "computed tomography",
    "MR": "magnetic resonance",
    "US": "ultrasound",
    "IVUS": "ultrasound inside a vessel",
    "CR": "computed radiography",
    "DX": "digital radiography",
    "MG": "mammography",
    "RF": "fluoroscopy",
    "XA": "angiography",
    "NM": "nuclear medicine",
    "PT": "positron emission tomography",
    "OP": "ophthalmic photography",
    "OPT": "optical coherence tomography",
    "XC": "photography",
    "DMS": "dermoscopy",
    "GM": "general microscopy",
    "SM": "slide microscopy",
    "ES": "endoscopy",
    "SEG": "a segmentation",
    "RTDOSE": "a radiotherapy dose",
    "RTIMAGE": "a radiotherapy image",
    "SC": "a secondary capture",
    "OT": "another kind of image",
}
"""Values of Modality (0008,0060) and how they are called; any other counts as not stated."""

SCREENSHOTS = ("US", "IVUS", "OT", "SC", "ES")
"""Kinds whose machines write names and dates into the picture itself."""

_BODY_PARTS = (
    "ABDOMEN", "BRAIN", "BREAST", "CHEST", "EYE", "HEAD", "HEART", "HIP", "KNEE", "LEG", "LIVER", "LUNG",
    "NECK", "PELVIS", "SHOULDER", "SKIN", "SKULL", "SPINE", "THORAX", "TSPINE", "LSPINE", "CSPINE", "ARM",
    "HAND", "FOOT", "RETINA",
)  # fmt: skip
_MAKERS = {
    "GE": "GE", "GENERAL": "GE", "SIEMENS": "Siemens", "PHILIPS": "Philips", "TOSHIBA": "Toshiba",
    "CANON": "Canon", "HITACHI": "Hitachi", "FUJI": "Fujifilm", "FUJIFILM": "Fujifilm", "AGFA": "Agfa",
    "UIH": "United Imaging", "UNITED": "United Imaging", "NEUSOFT": "Neusoft", "SHIMADZU": "Shimadzu",
    "SAMSUNG": "Samsung", "HOLOGIC": "Hologic", "ZEISS": "Zeiss", "CARL": "Zeiss", "TOPCON": "Topcon",
    "NIDEK": "Nidek", "HEIDELBERG": "Heidelberg", "PICKER": "Picker", "ELSCINT": "Elscint",
}  # fmt: skip
_SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
_FURTHEST_MM = 5000.0


@dataclass(frozen=True)
class Place:
    """Where a frame belongs among others; used for order and grouping, and dropped.

    Attributes:
        group: keyed hash of series and orientation; empty where the file names no series.
        along: millimetres along the normal of the slice, None where unknown.
        number: instance number, None where unknown.
    """

    group: str = ""
    along: float | None = None
    number: int | None = None


def find_kind(head: Head) -> str:
    """The file's Modality if it is one of :data:`KINDS`, else an empty text."""
    stated = word(head.elements, "Modality").upper()
    return stated if stated in KINDS else ""


def find_place(head: Head, frame: int, secret: bytes, shown: str) -> Place:
    """Series, place along the body and number of a frame, the series only as a hash keyed with ``secret``."""
    position, orientation = _find_geometry(head, frame, shown)
    uid = word(head.elements, "SeriesInstanceUID")
    # Adding 0 takes the sign off a rounded -0, which would divide a series.
    turned = ",".join(f"{round(value, 2) + 0.0:.2f}" for value in orientation or ())
    group = hmac.digest(secret, f"{uid}|{turned}".encode(), "sha256").hex() if uid else ""
    number = finite(head.elements, "InstanceNumber", shown, 1)
    along = None
    if position and orientation:
        along = float(np.dot(np.cross(orientation[:3], orientation[3:]), position))
    return Place(group, along, int(number[0]) if number and abs(number[0]) < 1e9 else None)


def find_facts(head: Head, rescale: Rescale, frame: int, shown: str) -> tuple[tuple[str, str], ...]:
    """What may be shown of a frame, as (what, value); what the file does not state validly is left out."""
    kind = find_kind(head)
    facts = [
        ("Kind", KINDS[kind].capitalize() if kind else ""),
        ("Body part", _known(word(head.elements, "BodyPartExamined"), _BODY_PARTS)),
        ("Size", f"{head.columns} x {head.rows} pixels"),
        ("Frames in the file", str(head.frames) if head.frames > 1 else ""),
        ("Slice thickness", _measure(head, "SliceThickness", shown, 0.01, 100, "mm")),
        ("Pixel spacing", _find_spacing(head, frame, shown)),
        ("Position along the body", _find_position(head, frame, shown)),
        ("Tube voltage", _measure(head, "KVP", shown, 10, 400, "kV")),
        (
            "Rescale",
            f"slope {rescale.slope:.4g}, intercept {rescale.intercept:.4g}" if rescale.stated else "",
        ),
        ("Stored bits", str(head.stored)),
        ("Compression", SYNTAXES[head.syntax]),
        ("Maker", _find_maker(word(head.elements, "Manufacturer"))),
    ]
    return tuple((what, value) for what, value in facts if value)


def find_other_kind(warnings: tuple[str, ...]) -> str:
    """The warning that a file names another kind of picture than the one chosen; empty without one.

    Args:
        warnings: of a case, from :func:`find_warnings`.
    """
    return next((warning for warning in warnings if warning.endswith(_UNTRAINED)), "")


def find_warnings(head: Head, *, image_name: str, expected: tuple[str, ...]) -> tuple[str, ...]:
    """What to look at before trusting the file, as its head tells it.

    Args:
        head: the file's head.
        image_name: what the chosen modality's pictures are called, for example ``"chest CT slice"``.
        expected: values of Modality that such a picture has.
    """
    kind, found = find_kind(head), []
    if kind and kind not in expected:
        found.append(f"The file says it is {KINDS[kind]}, not a {image_name}. {_UNTRAINED}")
    if "LOCALIZER" in word(head.elements, "ImageType").upper().split("\\"):
        found.append("The file says it is a survey view, not a slice.")
    if word(head.elements, "BurnedInAnnotation").upper() == "YES":
        found.append("The file says that text is burned into the picture: look for a name or a date.")
    elif kind in SCREENSHOTS or word(head.elements, "SOPClassUID").startswith(_SECONDARY):
        found.append(
            "Pictures of this kind may have a name or a date burned into their pixels: look before sharing."
        )
    return tuple(found)


def _find_geometry(head: Head, frame: int, shown: str) -> tuple[tuple[float, ...] | None, ...]:
    """(position, orientation) of a frame in patient coordinates, None each where not stated."""
    position = finite(head.elements, "ImagePositionPatient", shown, 3)
    orientation = finite(head.elements, "ImageOrientationPatient", shown, 6)
    for group in groups_of(head.elements, frame):
        if items := group.get("PlanePositionSequence"):
            position = position or finite(items[0], "ImagePositionPatient", shown, 3)
        if items := group.get("PlaneOrientationSequence"):
            orientation = orientation or finite(items[0], "ImageOrientationPatient", shown, 6)
    if position and max(map(abs, position)) > _FURTHEST_MM:
        position = None
    if orientation and max(map(abs, orientation)) > 1.01:
        orientation = None
    return position, orientation


def _find_position(head: Head, frame: int, shown: str) -> str:
    position = _find_geometry(head, frame, shown)[0]
    return f"{position[2]:.1f} mm" if position else ""


def _find_spacing(head: Head, frame: int, shown: str) -> str:
    spacing = finite(head.elements, "PixelSpacing", shown, 2)
    for group in groups_of(head.elements, frame):
        if items := group.get("PixelMeasuresSequence"):
            spacing = spacing or finite(items[0], "PixelSpacing", shown, 2)
    if not spacing or not all(0.001 <= value <= 50 for value in spacing):
        return ""
    return f"{spacing[0]:.3g} x {spacing[1]:.3g} mm"


def _measure(head: Head, keyword: str, shown: str, low: float, high: float, unit: str) -> str:
    value = finite(head.elements, keyword, shown, 1)
    return f"{value[0]:.3g} {unit}" if value and low <= value[0] <= high else ""


def _known(text: str, words: tuple[str, ...]) -> str:
    return text.upper().capitalize() if text.upper() in words else ""


def _find_maker(text: str) -> str:
    first = text.upper().replace(",", " ").split()[:1]
    return _MAKERS.get(first[0], "") if first else ""

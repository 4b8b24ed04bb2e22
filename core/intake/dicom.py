"""DICOM bytes become cases: Hounsfield units where the file holds them, and nothing that names a patient.

What survives of a file is its pixels and what :mod:`core.intake.dicom_facts` allows. No value of the data set
is quoted in an error, and what pydicom would log or warn of, often with the value, is not let out.
"""

from __future__ import annotations

import logging
import secrets
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DecodeError, QualityError, TwinLensError
from core.intake.burned_text import TEXT_WARNING, find_burned_text
from core.intake.dicom_facts import find_facts, find_place, find_warnings
from core.intake.dicom_frames import decode_frames, sample_bits, to_eight_bits
from core.intake.dicom_greys import (
    Rescale,
    find_padding,
    find_rescale,
    is_hounsfield,
    to_greys,
    to_hounsfield,
)
from core.intake.dicom_header import Head, read_head
from core.intake.dicom_values import AGAIN
from core.intake.limits import DEFAULT_LIMITS, Limits
from core.intake.series import Slice, arrange_slices
from core.intake.titles import clean_title
from core.modalities.base import MODALITIES, Modality
from core.types import Case

GREY_WARNING = "The picture has no colour; the networks were trained on colour photographs."
NO_UNITS_WARNING = (
    "The file does not state Hounsfield units, so its brightness may differ from what the networks were "
    "trained on, and no other window can be chosen."
)
MOST_LOOKED_AT = 12
"""Frames of one file in which text is looked for, evenly spaced; what is burned in is so in every frame."""
_EXPECTED = {
    "ct": ("CT",),
    "dermoscopy": ("DMS", "XC", "OT", "SC", "GM"),
    "fundus": ("OP", "XC", "OT", "SC"),
}
"""Values of Modality that a picture of each modality has; colour pictures are often filed as "other"."""


def read_dicom(
    content: bytes, *, title: str, modality: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[Case, ...]:
    """Decode one DICOM file in this process; uploads go through :func:`core.intake.uploads.read_uploads`.

    For a modality with windows, slices of computed tomography have ``hounsfield``, and ``pixels`` in the
    window of training. Other monochrome pictures are grey by the file's own window or full range, without
    Hounsfield units and with a warning. Colour and palette pictures become RGB, taken as sRGB.

    Args:
        content: the whole file, with or without preamble and file meta information.
        title: the file's name; untrusted, cleaned by :func:`core.intake.titles.clean_title`.
        modality: registry name.
        limits: what the file may ask of this machine.

    Returns:
        A case for each frame that is not of one colour, along the body where the file says how its frames
        lie, else in its order; those of a file with several frames share a random ``series``.

    Raises:
        DecodeError: damaged, deflated, compressed in a way that is not read, beyond a limit, no picture, or
            values that are no measurements.
        QualityError: every frame has one colour throughout.
    """
    slices = read_slices(
        content, title=title, modality=modality, secret=secrets.token_bytes(32), limits=limits
    )
    return arrange_slices([slices])


def read_slices(
    content: bytes, *, title: str, modality: str, secret: bytes, limits: Limits = DEFAULT_LIMITS
) -> tuple[Slice, ...]:
    """:func:`read_dicom` with what is needed to sort the slices of several files.

    Args:
        content, title, modality, limits: as in :func:`read_dicom`.
        secret: key of the hash of the series' identifier.
    """
    shown = clean_title(title)
    found: tuple[Slice, ...] | None = None
    refusal: TwinLensError = DecodeError(shown, "the DICOM file is damaged and cannot be decoded", AGAIN)
    with _silence():
        try:
            found = _read(content, shown, MODALITIES.get(modality), secret, limits)
        except TwinLensError as error:
            refusal = error
        except MemoryError:
            refusal = DecodeError(
                shown, "the DICOM file takes too much memory to decode", "Export smaller frames"
            )
        except RecursionError:
            refusal = DecodeError(shown, "the DICOM file nests its elements too deeply", AGAIN)
        except Exception:  # noqa: BLE001 - whatever a decoder raises on hostile bytes; it may quote them
            found = None
        except BaseException as panic:
            # A decoder written in Rust gives up with one that is no Exception (PyO3).
            if type(panic).__name__ != "PanicException":
                raise
            found = None
    if found is None:
        # Raised here so that no exception of a library, which may quote the file, hangs on to it.
        raise type(refusal)(refusal.subject, refusal.problem, refusal.remedy)
    return found


@dataclass(frozen=True)
class _Picture:
    """One frame as a case will hold it."""

    pixels: NDArray[np.uint8]
    hounsfield: NDArray[np.int16] | None
    rescale: Rescale
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def _read(content: bytes, shown: str, modality: Modality, secret: bytes, limits: Limits) -> tuple[Slice, ...]:
    head = read_head(content, shown, limits)
    stated = find_warnings(head, image_name=modality.image_name, expected=_EXPECTED.get(modality.name, ()))
    places = [find_place(head, frame, secret, shown) for frame in range(head.frames)]
    ranks = _rank([place.along for place in places])
    pictures = {}
    for frame, stored in enumerate(decode_frames(head, shown)):
        if frame >= head.frames:
            break
        picture = _draw(head, stored, frame, modality, shown)
        if (picture.pixels != picture.pixels[0, 0]).any():
            pictures[frame] = picture
    if not pictures:
        raise QualityError(shown, "every pixel has the same colour", "Choose another picture")
    looked_at = list(pictures.values())[:: -(-len(pictures) // MOST_LOOKED_AT)]
    written = (TEXT_WARNING,) if any(find_burned_text(one.pixels) for one in looked_at) else ()
    skipped = head.frames - len(pictures)
    left_out = (f"{skipped} of {head.frames} slices have one colour throughout and were left out.",)
    slices = []
    for frame, picture in sorted(pictures.items(), key=lambda item: ranks[item[0]]):
        rank, place = ranks[frame], places[frame]
        several = head.frames > 1
        window = modality.trained_window if picture.hounsfield is not None else None
        case = Case(
            case_id=uuid.uuid4().hex,
            pixels=_locked(picture.pixels),
            modality=modality.name,
            title=f"{shown}, slice {rank} of {head.frames}" if several else shown,
            notes=(*picture.notes, *(left_out if skipped else ())),
            hounsfield=None if picture.hounsfield is None else _locked(picture.hounsfield),
            window=window,
            position=rank if several else 0,
            facts=find_facts(head, picture.rescale, frame, shown),
            warnings=(*stated, *picture.warnings, *written),
        )
        slices.append(Slice(case, place.group, place.along, rank if several else place.number))
    return tuple(slices)


def _rank(along: list[float | None]) -> list[int]:
    """Place of each frame, from 1: along the body where every frame states where it lies, else as stored."""
    if any(place is None for place in along) or len(set(along)) < len(along):
        return list(range(1, len(along) + 1))
    order = np.argsort(np.array(along, float), kind="stable")
    ranks = np.empty(len(along), int)
    ranks[order] = np.arange(1, len(along) + 1)
    return [int(rank) for rank in ranks]


def _draw(head: Head, stored: NDArray[Any], frame: int, modality: Modality, shown: str) -> _Picture:
    """The picture of one frame of stored values."""
    if not head.monochrome:
        colour = ("The picture is in colour, so it holds no Hounsfield units.",) if modality.windows else ()
        pixels = np.ascontiguousarray(to_eight_bits(stored, sample_bits(head))[..., :3])
        return _Picture(pixels, None, Rescale(), colour, ())
    rescale, notes = find_rescale(head, frame, shown)
    padding = find_padding(head, stored, shown)
    window = modality.trained_window
    if window is not None and is_hounsfield(head, rescale):
        hounsfield, changed = to_hounsfield(stored, rescale, padding)
        return _Picture(window.apply(hounsfield), hounsfield, rescale, (*notes, *changed), ())
    greys, how = to_greys(head, stored, rescale, padding, frame, shown)
    warning = NO_UNITS_WARNING if window is not None else GREY_WARNING
    pixels = np.repeat(greys[..., None], 3, axis=-1)
    return _Picture(pixels, None, rescale, (*notes, how), (warning,))


def _locked(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values


@contextmanager
def _silence() -> Iterator[None]:
    """Keep from being said what pydicom would log, warn of or validate; for one thread at a time."""
    from pydicom import config

    logger, mode = logging.getLogger("pydicom"), config.settings.reading_validation_mode
    disabled = logger.disabled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.disabled = True
        config.settings.reading_validation_mode = config.IGNORE
        try:
            yield
        finally:
            logger.disabled = disabled
            config.settings.reading_validation_mode = mode

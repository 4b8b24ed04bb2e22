"""DICOM files made by hand: a small CT slice, and whatever a test changes in it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"


def ramp(rows: int = 40, columns: int = 50) -> np.ndarray:
    """(rows, columns) int16, every value once, from 0."""
    return np.arange(rows * columns, dtype=np.int16).reshape(rows, columns)


def data_set(values: np.ndarray | None = None, **changes: Any) -> Dataset:
    """A CT slice of stored values with slope 1 and intercept -1024; a change to None removes the element."""
    values = ramp() if values is None else values
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = CT_STORAGE, "1.2.3.4.5"
    made.Modality = "CT"
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    frames, (rows, columns) = values.shape[:-2], values.shape[-2:]
    if values.shape[-1] == 3:
        frames, (rows, columns) = values.shape[:-3], values.shape[-3:-1]
        made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "RGB", 0
    if frames:
        made.NumberOfFrames = frames[0]
    made.Rows, made.Columns = rows, columns
    made.BitsAllocated = made.BitsStored = 8 * values.dtype.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(values.dtype.kind == "i")
    made.RescaleSlope, made.RescaleIntercept = "1", "-1024"
    made.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    made["PixelData"].VR = "OB" if values.dtype.itemsize == 1 else "OW"
    for keyword, value in changes.items():
        if value is None:
            made.pop(keyword, None)
        else:
            setattr(made, keyword, value)
    return made


def to_bytes(made: Dataset, *, syntax: str = ExplicitVRLittleEndian, meta: bool = True) -> bytes:
    """The file of a data set; without ``meta`` neither preamble nor file meta information."""
    stream = BytesIO()
    implicit, little = syntax == ImplicitVRLittleEndian, syntax != "1.2.840.10008.1.2.2"
    if not meta:
        made.save_as(stream, implicit_vr=implicit, little_endian=little, enforce_file_format=False)
        return stream.getvalue()
    if not hasattr(made, "file_meta"):
        made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made.file_meta.MediaStorageSOPClassUID = UID(CT_STORAGE)
    made.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4.5")
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def ct_bytes(values: np.ndarray | None = None, **changes: Any) -> bytes:
    """:func:`to_bytes` of :func:`data_set`."""
    return to_bytes(data_set(values, **changes))

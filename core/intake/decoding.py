"""One uploaded file becomes slices or a refusal, whatever its kind; runs in the decoding process."""

from __future__ import annotations

from core.errors import TwinLensError
from core.intake.dicom import read_slices
from core.intake.raster import read_case
from core.intake.series import Slice
from core.intake.sniff import looks_like_dicom
from core.intake.wire import Request
from core.types import Refusal


def decode_upload(request: Request) -> tuple[Slice, ...] | Refusal:
    """Decode one file by what its bytes are; its name is not asked.

    Returns:
        One slice for a photograph, one for each frame of a DICOM file, or why there are none.
    """
    common = {"title": request.title, "modality": request.modality}
    try:
        if looks_like_dicom(request.content):
            return read_slices(request.content, secret=request.secret, limits=request.limits, **common)
        return (Slice(read_case(request.content, limits=request.limits, **common)),)
    except TwinLensError as error:
        return Refusal(request.title, error.problem, error.remedy)

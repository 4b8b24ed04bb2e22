"""Image files named on the command line, read through the same door as uploads."""

from __future__ import annotations

from pathlib import Path

from core.errors import ConfigError, DecodeError
from core.types import Batch, Case, Refusal


def read_images(path: Path, modality: str) -> Batch:
    """The cases of one file, several for a DICOM file with several frames, or why there are none.

    A file that cannot be opened is refused like one that cannot be decoded.
    """
    from core.intake.uploads import read_uploads

    try:
        content = path.read_bytes()
    except OSError as error:
        return Batch((), (Refusal(str(path), f"cannot be read ({error.strerror})", "Check the path"),))
    return read_uploads([(path.name, content)], modality=modality)


def read_image(path: Path, modality: str, *, number: int = 0) -> Case:
    """One case of a file.

    Args:
        path: the file.
        modality: registry name.
        number: place of the slice in a file with several, from 1; 0 for the first there is.

    Raises:
        DecodeError: the file cannot be read.
        ConfigError: it has no such slice.
    """
    batch = read_images(path, modality)
    for refusal in batch.refused:
        raise DecodeError(refusal.subject, refusal.problem, refusal.remedy)
    if not number:
        return batch.cases[0]
    for case in batch.cases:
        if max(case.position, 1) == number:
            return case
    choices = ", ".join(str(max(case.position, 1)) for case in batch.cases[:10])
    raise ConfigError("--slice", f"{path.name} has no slice {number} that can be read", f"It has {choices}")

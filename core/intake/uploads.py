"""The one door for uploads: files become cases or refusals, and no file stops another or the application."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

from core.intake.budget import DEFAULT_BUDGET, NOTHING, Budget, Held
from core.intake.limits import DEFAULT_LIMITS, Limits
from core.intake.room import Room
from core.intake.sandbox import decode_apart
from core.intake.series import Slice, arrange_slices
from core.intake.titles import clean_title
from core.intake.wire import Request
from core.modalities.base import MODALITIES
from core.types import Batch, Refusal

_REMEDY = "Choose fewer files, or smaller ones"


def read_uploads(
    files: Sequence[tuple[str, bytes]],
    *,
    modality: str,
    limits: Limits = DEFAULT_LIMITS,
    held: Held = NOTHING,
    budget: Budget = DEFAULT_BUDGET,
    decode: Callable[[Request], tuple[Slice, ...] | Refusal] = decode_apart,
) -> Batch:
    """Decode the files of one upload: PNG, JPEG, TIFF or DICOM, told by their bytes.

    Each file is decoded in a child process of its own (:mod:`core.intake.sandbox`). Safe to call from several
    threads at once. Of a DICOM file only pixels and a few allow-listed properties come back
    (:mod:`core.intake.dicom`).

    Args:
        files: name and content of each; names are untrusted and cleaned by
            :func:`core.intake.titles.clean_title`.
        modality: registry name.
        limits: what each file, and all together, may ask of this machine.
        held: what the session keeps beside these files.
        budget: what it may keep; a file for whose pixels there is no room is refused with all of its series.
        decode: how one file is decoded apart from this process.

    Returns:
        Cases with random ids and read-only arrays, the slices of one series together and sorted along the
        body; and each file that was not read, with the reason.

    Raises:
        ConfigError: there is no such modality.
    """
    MODALITIES.get(modality)
    secret = secrets.token_bytes(32)
    deadline = time.monotonic() + limits.batch_s
    room = Room(held, budget)
    for index, (name, content) in enumerate(files):
        title = clean_title(name)
        outcome = _refuse_early(title, content, index, deadline, limits) or decode(
            Request(title, modality, secret, limits, content)
        )
        if isinstance(outcome, Refusal):
            room.refused.append(outcome)
        else:
            room.add(title, outcome)
    return Batch(arrange_slices([slices for _, slices in room.read]), tuple(room.refused))


def _refuse_early(title: str, content: bytes, index: int, deadline: float, limits: Limits) -> Refusal | None:
    """What can be refused without a child: too many files, too little time left, too many bytes."""
    if index >= limits.max_files:
        return Refusal(title, f"more than {limits.max_files} files were chosen at once", _REMEDY)
    if time.monotonic() > deadline:
        problem = f"the files before it took more than {limits.batch_s:g} seconds"
        return Refusal(title, problem, "Choose it alone")
    if len(content) > limits.max_bytes:
        size = f"the file has {len(content) / 2**20:.1f} MB, {limits.max_bytes / 2**20:.0f} MB are allowed"
        return Refusal(title, size, "Save the picture as a JPEG, or make it smaller")
    return None

"""How much one session may hold of what a reader uploaded: files, their bytes, and their decoded pixels.

A server limits each file; nothing else limits their sum. Every session counts for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import DecodeError
from core.intake.titles import clean_title
from core.types import Case

_FEWER = "Choose fewer files at a time, for example every second slice"


@dataclass(frozen=True)
class Budget:
    """Bounds on what one session holds at a time.

    Attributes:
        max_files: files of one upload and slices in memory; a chest has 100 to 500 slices.
        max_uploaded: bytes of the files as they were sent.
        max_decoded: bytes of pixels and Hounsfield units once decoded; 300 slices of 512 x 512 need 400 MB.
    """

    max_files: int = 600
    max_uploaded: int = 200 * 2**20
    max_decoded: int = 400 * 2**20


DEFAULT_BUDGET = Budget()


@dataclass(frozen=True)
class Held:
    """What a session holds already.

    Attributes:
        slices: cases in memory.
        uploaded: bytes of files that are kept as they were sent.
        decoded: bytes of pixels and Hounsfield units.
    """

    slices: int = 0
    uploaded: int = 0
    decoded: int = 0


NOTHING = Held()


def measure_case(case: Case) -> int:
    """Bytes of a case's pixels and Hounsfield units, as if each were stored in full."""
    return case.pixels.nbytes + (0 if case.hounsfield is None else case.hounsfield.nbytes)


def measure_cases(cases: Iterable[Case]) -> Held:
    """What these cases take, beside nothing that is kept of their files."""
    sizes = [measure_case(case) for case in cases]
    return Held(slices=len(sizes), decoded=sum(sizes))


def check_budget(
    files: Sequence[tuple[str, bytes]], *, held: Held = NOTHING, budget: Budget = DEFAULT_BUDGET
) -> None:
    """Refuse an upload as a whole before any of it is decoded.

    Args:
        files: (name, content) as they were sent.
        held: what stays in memory beside them.
        budget: what one session may hold.

    Raises:
        DecodeError: too many files, or too many bytes, with those held already; the first file is named.
    """
    if not files:
        return
    first = clean_title(files[0][0])
    subject = first if len(files) == 1 else f"{first} and {len(files) - 1} more"
    if len(files) + held.slices > budget.max_files:
        beside = f" beside the {held.slices} held already" if held.slices else ""
        raise DecodeError(subject, f"{len(files)} files{beside}, {budget.max_files} are allowed", _FEWER)
    total = held.uploaded + sum(len(content) for _, content in files)
    if total > budget.max_uploaded:
        allowed = f"{budget.max_uploaded / 2**20:.0f} MB are allowed in one session"
        raise DecodeError(subject, f"the files have {total / 2**20:.1f} MB, {allowed}", _FEWER)


def add_cases(
    cases: Sequence[Case], *, title: str, held: Held = NOTHING, budget: Budget = DEFAULT_BUDGET
) -> Held:
    """Count what one decoded file adds to a session.

    Args:
        cases: the slices of one file.
        title: the file's name.
        held: what the session holds without them.
        budget: what one session may hold.

    Returns:
        What the session holds with them.

    Raises:
        DecodeError: there is no room for all of them; none is to be kept.
    """
    added = measure_cases(cases)
    total = Held(held.slices + added.slices, held.uploaded, held.decoded + added.decoded)
    if total.slices > budget.max_files:
        problem = f"with its pictures there would be {total.slices}, {budget.max_files} are allowed at a time"
        raise DecodeError(clean_title(title), problem, _FEWER)
    if total.decoded > budget.max_decoded:
        allowed = f"{budget.max_decoded / 2**20:.0f} MB are allowed in one session"
        problem = f"with its pixels there would be {total.decoded / 2**20:.1f} MB in memory, {allowed}"
        raise DecodeError(clean_title(title), problem, _FEWER)
    return total

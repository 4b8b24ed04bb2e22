"""Files of the upload widget, taken only while the session's total stays within its budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.intake.budget import check_budget, measure_cases
from core.types import Case


class Upload(Protocol):
    """What is asked of Streamlit's uploaded file."""

    @property
    def name(self) -> str:
        """As the browser sent it; untrusted."""
        ...

    def getvalue(self) -> bytes:
        """The whole content."""
        ...


def take_files(uploads: Sequence[Upload], *, kept: Sequence[Case] = ()) -> tuple[tuple[str, bytes], ...]:
    """(name, content) of what the widget holds, for :func:`core.intake.uploads.read_uploads`.

    The widget's own limit is held by the browser alone and the server's is for one file, so the sum is
    checked here.

    Args:
        uploads: files of the widget; it keeps them in memory until it is emptied.
        kept: cases that stay in the session beside the new ones; those being replaced are left out.

    Raises:
        DecodeError: the session would hold more than :data:`core.intake.budget.DEFAULT_BUDGET`.
    """
    files = tuple((upload.name, upload.getvalue()) for upload in uploads)
    check_budget(files, held=measure_cases(kept))
    return files

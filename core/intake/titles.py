"""File names from strangers, made fit to be shown as text."""

from __future__ import annotations

import unicodedata

MAX_TITLE = 80
UNTITLED = "Untitled image"


def clean_title(title: str) -> str:
    """Keep the last part of a path, without control characters, cut to 80 characters.

    Slashes of both kinds count as directory separators. Every character of Unicode category C (control,
    format such as right-to-left override, surrogate, private, unassigned) is dropped; white space,
    including line and paragraph separators, becomes one space. The result is still untrusted: it may
    contain markup, so it is shown as text only.

    Returns:
        1 to 80 characters; ``"Untitled image"`` when nothing is left.
    """
    spaced = " ".join(title.replace("\\", "/").split())
    kept = "".join(char for char in spaced if unicodedata.category(char)[0] != "C")
    last = [part for part in kept.split("/") if part.strip(" .")][-1:]
    shown = " ".join("".join(last).split())[:MAX_TITLE].strip()
    return shown if shown.strip(" .") else UNTITLED

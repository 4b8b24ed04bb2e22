"""What holds of every answer to every file, however hostile."""

from __future__ import annotations

import re

import numpy as np

from core.intake.limits import DEFAULT_LIMITS
from core.intake.titles import clean_title
from core.types import Case, Refusal

# Two parts of a path, a drive, an address in memory, a line of Python, markup: none is for a reader.
_LEAKS = re.compile(r"/\w[\w.-]*/|[A-Z]:\\|0x[0-9a-f]{6,}|Traceback|line \d+|\w+Error\b|[<>{}]|\bNone\b")


def check_refusal(refusal: Refusal, title: str) -> None:
    """It names the cleaned file name, a cause and what to do, in words and without a path or markup."""
    assert refusal.subject == clean_title(title), (refusal, title)
    for part in (refusal.problem, refusal.remedy):
        assert 10 <= len(part) <= 300, refusal
        assert part.isprintable(), refusal
        assert not _LEAKS.search(part), refusal
        assert not part.endswith("."), refusal


def check_case(case: Case, title: str) -> None:
    """A picture that can be drawn: right type, right size, nothing of the file but what was asked for."""
    assert case.title.startswith(clean_title(title)[:40]), (case.title, title)
    assert case.pixels.dtype == np.uint8
    assert case.pixels.ndim == 3
    assert case.pixels.shape[2] == 3
    height, width = case.pixels.shape[:2]
    assert DEFAULT_LIMITS.min_side <= min(height, width)
    assert height * width <= DEFAULT_LIMITS.max_pixels
    if case.hounsfield is not None:
        assert case.hounsfield.dtype == np.int16
        assert case.hounsfield.shape == (height, width)
        assert case.window is not None
    for sentence in (*case.notes, *case.warnings):
        assert sentence.isprintable(), sentence
        assert not _LEAKS.search(sentence), sentence

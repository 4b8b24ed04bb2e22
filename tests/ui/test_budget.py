from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from core.errors import DecodeError
from core.intake.budget import DEFAULT_BUDGET
from core.types import Case
from core.ui.budget import take_files


@dataclass
class Upload:
    name: str
    content: bytes = b""

    def getvalue(self) -> bytes:
        return self.content


def test_files_are_taken_as_they_were_sent():
    assert take_files([Upload("../a.png", b"1"), Upload("b.png", b"2")]) == (
        ("../a.png", b"1"),
        ("b.png", b"2"),
    )
    assert take_files([]) == ()


def test_too_many_files_are_refused_with_those_kept():
    case = Case(case_id="a", pixels=np.zeros((2, 2, 3), np.uint8), modality="ct", title="a")
    files = [Upload(f"{number}.dcm") for number in range(DEFAULT_BUDGET.max_files)]
    assert len(take_files(files)) == DEFAULT_BUDGET.max_files
    with pytest.raises(DecodeError, match=r"0\.dcm and 599 more: 600 files beside the 1 held already"):
        take_files(files, kept=[case])


def test_a_sum_that_no_single_file_reaches_is_refused():
    many = [Upload(f"{number}.dcm", bytes(24 * 2**20)) for number in range(9)]
    with pytest.raises(DecodeError, match=r"the files have 216\.0 MB, 200 MB are allowed"):
        take_files(many)

"""Names from strangers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intake.titles import MAX_TITLE, UNTITLED, clean_title


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("mole.jpg", "mole.jpg"),
        ("..%2f..\\../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\me\\mole.jpg", "mole.jpg"),
        ("folder/", "folder"),
        ("a\x00b\x1b[31mc\n d\u202egpj.exe", "ab[31mc dgpj.exe"),
        ("a\u2028b", "a b"),
        ("<script>alert(1)<b>.png", "<script>alert(1)<b>.png"),
        ("..", UNTITLED),
        ("", UNTITLED),
        ("\u200b", UNTITLED),
        ("x" * 500, "x" * MAX_TITLE),
        ("Muttermal größe ✓.jpg", "Muttermal größe ✓.jpg"),
    ],
)
def test_by_hand(title, shown):
    assert clean_title(title) == shown


@given(st.text())
def test_any_text(title):
    shown = clean_title(title)
    assert 1 <= len(shown) <= MAX_TITLE
    assert "/" not in shown
    assert "\\" not in shown
    assert not any(unicodedata.category(char).startswith(("C", "Zl", "Zp")) for char in shown)
    assert clean_title(shown) == shown or len(title) > MAX_TITLE

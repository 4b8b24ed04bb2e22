"""The README's figures are the card's."""

from __future__ import annotations

import re
from pathlib import Path

from core.bundle import load_pair
from core.release.summary import summarise_card

ROOT = Path(__file__).resolve().parent.parent


def test_readme_shows_the_figures_of_the_shipped_card() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- figures:.*?-->\n(.*?)\n<!-- end of figures -->", text, re.DOTALL)
    assert shown is not None
    assert shown[1].strip() == summarise_card(load_pair("melanoma"))


def test_readme_names_files_that_exist() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points at {target}"

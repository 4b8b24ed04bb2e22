"""The README's figures are the card's."""

from __future__ import annotations

import re
from pathlib import Path

from core.bundle import list_pairs, load_pair
from core.release.summary import summarise_card

ROOT = Path(__file__).resolve().parent.parent


def test_readme_shows_the_figures_of_every_shipped_card() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<!-- figures of (\w+):.*?-->\n(.*?)\n<!-- end of figures -->", text, re.DOTALL))
    assert set(shown) == set(list_pairs())
    for name, figures in shown.items():
        assert figures.strip() == summarise_card(load_pair(name))


def test_readme_names_files_that_exist() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points at {target}"

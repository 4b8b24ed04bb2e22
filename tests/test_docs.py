"""What documents say of the tree: the files they name are there, and the layers are those that are held."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:core|tests|pages|benchmarks|models|docs)/[^`\s]*)`", text)
    absent = [path for path in named if "<" not in path and not list(ROOT.glob(path.rstrip("/")))]
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    absent += [link for link in links if not (document.parent / link).exists()]
    assert not absent


def test_the_layers_drawn_are_those_held() -> None:
    rooms = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(entry["layers"] for entry in contracts["contracts"] if entry["type"] == "layers")
    names = set(re.findall(r"\w+", " ".join(layers)))
    drawn = [names & set(re.findall(r"\w+", line.partition("  ")[0])) for line in rooms.splitlines()]
    assert [row for row in drawn if row] == [set(re.findall(r"\w+", layer)) for layer in layers]

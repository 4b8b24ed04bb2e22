"""The card as Markdown: every number is the card's, and what does not ship is a dash."""

from __future__ import annotations

from pathlib import Path

from core.bundle import Pair, load_pair
from core.release.summary import summarise_card
from tests.pair_factory import PAIR


def rows(text: str, title: str) -> list[list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]
    return [line[1:] for line in cells if line[0] == title]


def test_figures_and_costs_are_the_cards(pair: Pair):
    text = summarise_card(pair)
    assert "ISIC 2017 test split: 600 cases, 117 melanomas" in text
    assert rows(text, "ROC-AUC") == [["0.860 (0.820-0.890)", "0.840 (0.800-0.870)"]]
    assert rows(text, "ECE") == [["undefined", "undefined"]]
    student = pair.network("student")
    assert rows(text, "network") == [["ResNet-18", "MobileNetV3-Small"]]
    assert rows(text, "parameters")[0][1] == f"{student.parameters / 1e6:.1f} M"
    assert rows(text, "multiply-accumulates")[0][1] == f"{student.macs / 1e6:.0f} M at 64 × 64 px"
    assert rows(text, "ONNX file")[0][1] == f"{len(pair.read('student.onnx')) / 1e6:.1f} MB"


def test_the_control_has_no_file_and_only_the_figures_it_has(complete_models: Path):
    text = summarise_card(load_pair(PAIR, complete_models))
    assert rows(text, "ONNX file")[0][2] == "-"
    assert rows(text, "ROC-AUC")[0][2] == "-"
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {5}

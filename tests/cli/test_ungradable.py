"""``predict`` does not answer where the page would not, and goes on with the other files."""

from __future__ import annotations

import json
from functools import partial

import pytest
from PIL import Image

from core.bundle import load_pair
from core.cli import pairs as pair_commands
from core.intake.samples import open_sample
from tests.fundus_pair import FUNDUS_PAIR


@pytest.fixture
def predict(run, fundus_models, tmp_path, monkeypatch):
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=fundus_models))
    files = []
    for name in ("dark", "healthy", "foreign"):
        path = tmp_path / f"{name}.png"
        Image.fromarray(open_sample("fundus", name).pixels[::4, ::4]).save(path)
        files.append(path)
    return partial(run, "predict", *files, "--pair", FUNDUS_PAIR)


def test_refused_files_are_named_and_the_others_answered(predict) -> None:
    found = predict("--json")
    assert found.code == 1
    assert {(row["file"].rsplit("/")[-1], row["quality"]) for row in json.loads(found.out)} == {
        ("healthy.png", "gradable")
    }
    lines = found.err.strip().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("error: dark.png: ungradable") and "light" in lines[0]
    assert lines[1].startswith("error: foreign.png: ")


def test_asked_to_every_file_is_answered_with_its_verdict(predict) -> None:
    rows = predict("--ungradable", "--json").json()
    assert [row["quality"] for row in rows] == ["ungradable"] * 2 + ["gradable"] * 2 + ["foreign"] * 2
    table = predict("--ungradable")
    assert table.code == 0 and "foreign" in table.out

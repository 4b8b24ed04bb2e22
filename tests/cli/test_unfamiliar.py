"""``predict`` refuses a picture unlike those of training, as the page does, and answers it when asked to."""

from __future__ import annotations

from functools import partial

from PIL import Image

from core.bundle import load_pair
from core.cli import pairs as pair_commands
from core.types import Case
from tests.kind_factory import add_check, foreign_pixels
from tests.pair_factory import PAIR, sample_pixels

NEAR = Case("near", sample_pixels(3), "dermoscopy", "near")
FAR = Case("far", foreign_pixels(), "dermoscopy", "far")


def test_the_command_refuses_what_the_page_refuses(run, pair, tmp_path, monkeypatch):
    models = tmp_path / "models"
    add_check(pair, models)
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=models))
    files = []
    for case in (FAR, NEAR):
        files.append(tmp_path / f"{case.title}.png")
        Image.fromarray(case.pixels).save(files[-1])
    found = run("predict", *files, "--pair", PAIR, "--json")
    assert found.code == 1
    assert "far.png: this does not look like the pictures" in found.err and "near" not in found.err
    rows = run("predict", *files, "--pair", PAIR, "--ungradable", "--json").json()
    assert [row["kind"] for row in rows] == ["unfamiliar"] * 2 + ["familiar"] * 2
    assert rows[0]["distance"] > rows[2]["distance"]
    assert "unfamiliar" in run("predict", *files, "--pair", PAIR, "--ungradable").out

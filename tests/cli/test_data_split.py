"""``data split``: what it prints, what it refuses."""

from __future__ import annotations

import pytest
from PIL import Image

from core.cli.output import WIDTH
from tests.pair_factory import sample_pixels


@pytest.fixture
def aptos(tmp_path):
    """Forty pictures of one grade, the first ten of them five pairs of copies."""
    (tmp_path / "train_images").mkdir()
    for number in range(40):
        seed = number // 2 if number < 10 else number
        Image.fromarray(sample_pixels(seed, 16)).save(tmp_path / "train_images" / f"p{number:02d}.png")
    rows = "".join(f"p{number:02d},2\n" for number in range(40))
    (tmp_path / "train.csv").write_text(f"id_code,diagnosis\n{rows}")
    return tmp_path


def test_json_has_both_divisions(run, aptos):
    record = run("data", "split", "aptos2019", "--root", aptos, "--seeds", 3, "--json").json()
    assert (record["dataset"], record["images"], record["copies"], record["copy_sets"]) == (
        "aptos2019",
        40,
        10,
        5,
    )
    assert record["divisions"]["by_group"]["test_in_train"]["by_seed"] == [0, 0, 0]
    assert record["divisions"]["ignored"]["test_in_train_or_val"]["most"] > 0
    assert record["divisions"]["ignored"]["counts"]["train"]["moderate"] == 28


def test_table_says_that_it_is_a_bound(run, aptos):
    found = run("data", "split", "aptos2019", "--root", aptos, "--seeds", 2)
    assert found.code == 0 and "share their bytes with another one" in found.out
    assert "upper bound" in found.out and "Images, image by image, seed 0" in found.out
    assert max(map(len, found.out.splitlines())) <= WIDTH


def test_refusals_are_one_line(run, aptos, monkeypatch):
    for arguments, words in {
        ("data", "split", "mnist", "--root", aptos): "mnist: no such data set",
        ("data", "split", "aptos2019"): "TWINLENS_DATA: not set",
        ("data", "split", "aptos2019", "--root", aptos / "none"): "no such folder",
    }.items():
        found = run(*arguments)
        assert (found.code, found.out) == (1, "") and words in found.err
    assert run("data", "split", "aptos2019", "--seeds", 0).code == 2

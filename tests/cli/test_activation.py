"""``activation``: which photographs it takes, what it prints, what it refuses."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
from PIL import Image

from core.bundle import load_pair, save_pair
from core.cli import pairs as pair_commands
from core.cli.output import WIDTH
from core.predict import open_predictor
from core.release.activation import choose_samples
from core.release.external import SPLIT_NAME
from tests.fundus_pair import FUNDUS_PAIR, fundus_pixels
from tests.pair_factory import PAIR
from tests.small_world import DATASET

SET = "aptos2019"
HOMES = ["train"] * 4 + ["val"] * 3 + ["test"] * 10
"""Of the first photographs; the last three of twenty are not in the pair's split."""


@pytest.fixture(scope="module")
def eyes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("eyes")
    (folder / "train_images").mkdir()
    for number in range(20):
        Image.fromarray(fundus_pixels(number)).save(folder / "train_images" / f"eye{number:02d}.png")
    rows = "".join(f"eye{number:02d},{number % 5}\n" for number in range(20))
    (folder / "train.csv").write_text(f"id_code,diagnosis\n{rows}")
    return folder


@pytest.fixture(scope="module")
def divided(fundus_pair, tmp_path_factory):
    models = tmp_path_factory.mktemp("divided")
    homes = {f"{SET}/eye{number:02d}": home for number, home in enumerate(HOMES)}
    files = {name: fundus_pair.read(name) for name in fundus_pair.card.files}
    return save_pair(fundus_pair.card, files | {SPLIT_NAME: json.dumps(homes).encode()}, models)


@pytest.fixture
def fundus_run(run, divided, monkeypatch):
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=divided.folder.parent))
    return run


def test_no_photograph_of_training_is_measured(divided, eyes):
    def chosen(split):
        samples = choose_samples(divided, dataset=SET, root=eyes, split=split)
        return sorted(int(sample.image_id[3:]) for sample in samples)

    assert chosen("test") == list(range(7, 17))
    assert chosen("val") == [4, 5, 6]
    assert chosen("all") == list(range(7, 20))


def test_json_and_table(fundus_run, eyes):
    arguments = ("activation", FUNDUS_PAIR, "--dataset", SET, "--root", eyes, "--resamples", 30)
    record = fundus_run(*arguments, "--json").json()
    assert (record["pair"], record["dataset"], record["split"], record["n"]) == (FUNDUS_PAIR, SET, "test", 10)
    for role in record["roles"].values():
        assert role["area_verdict"] in {"supported", "contradicted", "cannot_tell"}
        assert role["area"]["n"] + role["without_evidence"] == role["evidence"]["n"] == 10
        assert [grade["n"] for grade in role["by_grade"]] == [2] * 5
    table = fundus_run(*arguments)
    assert table.code == 0 and "activation grows with the grade" in table.out
    assert "outside the lit disc lie" in table.out and "nan" not in table.out
    assert max(map(len, table.out.splitlines())) <= WIDTH


def test_refusals_are_one_line(fundus_run, complete_models, eyes, tmp_path, monkeypatch):
    call = ("activation", FUNDUS_PAIR, "--root", eyes, "--dataset")
    for arguments, words in {
        (*call, SET, "--split", "train"): "train: no such split of held-out cases",
        (*call, "mnist"): "mnist: no such data set",
        (*call, DATASET): "a dermoscopy set, the pair reads fundus",
        ("activation", "retina", "--root", eyes, "--dataset", SET): "retina: no such pair is shipped",
        ("activation", FUNDUS_PAIR, "--root", tmp_path, "--dataset", SET): "train.csv",
    }.items():
        found = fundus_run(*arguments)
        assert (found.code, found.out) == (1, "") and words in found.err, found.err
        assert found.err.count("\n") == 1
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=complete_models))
    found = fundus_run("activation", PAIR, "--root", eyes, "--dataset", SET)
    assert found.code == 1 and "are no grades" in found.err


def test_flips_counts_what_the_networks_say_of_turned_photographs(fundus_run, eyes, divided):
    record = fundus_run("flips", FUNDUS_PAIR, "--dataset", SET, "--root", eyes, "--json").json()
    assert (record["n"], record["split"], set(record["flip_rate"])) == (10, "test", {"teacher", "student"})
    pictures = [fundus_pixels(number) for number in range(7, 17)]
    for role, found in record["flip_rate"].items():
        network = open_predictor(divided, role)
        calls = [
            network.compute_probs(np.rot90(picture, quarter) for picture in pictures).argmax(axis=1)
            for quarter in range(4)
        ]
        changed = np.mean([(calls[quarter] != calls[0]) for quarter in (1, 2, 3)], axis=0) > 0
        assert found["value"] == pytest.approx(changed.mean())
    printed = fundus_run("flips", FUNDUS_PAIR, "--dataset", SET, "--root", eyes).out
    assert "n = 10, turned by 90, 180 and 270 degrees" in printed and "Wilson" in printed

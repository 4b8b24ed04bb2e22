from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ConfigError
from core.experiments.recipes import recipe_of
from core.experiments.suite import Suite, load_suite
from core.networks.base import build_network
from tests.experiments.conftest import SUITE


def broken(folder: Path, old: str, new: str) -> Path:
    assert old in SUITE
    (folder / "tiny.toml").write_text(SUITE.replace(old, new, 1), encoding="utf-8")
    return folder


def test_an_experiment_is_its_parent_with_its_own_changes(suite: Suite) -> None:
    base, second, control = (recipe_of(suite, number, seed=3) for number in (1, 2, 4))
    assert base.seed == second.seed == 3
    assert second.arguments == {"filters": [4, 8], "batch_norm": "after"}
    assert second.optimiser == base.optimiser and second.epochs == 2
    assert control.epochs == 1 and control.arguments == second.arguments


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "Base"', 'name = "Base"\npears = 1', "experiments.0.pears"),
        ("number = 2", "number = 1", "two experiments have the number 1"),
        ("parent = 1", "parent = 4", "its parent 4 is not above it"),
        ("against = 1", "against = 9", "there is no experiment 9"),
        ("against = 1\n", "", "needs against"),
        ("auc = 0.7", "auc = 70", "experiments.0.reported.auc"),
        ("[base]", "[base", "not valid TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_suite("tiny", broken(tmp_path, old, new))
    assert "tiny.toml" in str(caught.value) and said in str(caught.value)


def test_a_recipe_that_does_not_fit_is_named(tmp_path: Path) -> None:
    suite = load_suite("tiny", broken(tmp_path, "set = { epochs = 1 }", "set = { epoch = 1 }"))
    with pytest.raises(ConfigError, match="experiment 4, epoch"):
        recipe_of(suite, 4)


def test_choices_are_listed(suite: Suite, suites: Path) -> None:
    with pytest.raises(ConfigError, match="The choices are 1 to 4"):
        suite.experiment(9)
    with pytest.raises(ConfigError, match="The choices are tiny"):
        load_suite("other", suites)


def test_the_course_has_its_25_experiments_and_every_recipe_holds() -> None:
    suite = load_suite("dermamnist")
    source = [entry for entry in suite.experiments if entry.origin == "source"]
    assert [entry.number for entry in source] == list(range(1, 26))
    recipes = {entry.number: recipe_of(suite, entry.number) for entry in suite.experiments}
    for recipe in recipes.values():
        build_network(recipe.architecture, recipe.arguments, 7)
    # What the source prints of each run, row DMN2.
    assert (recipes[1].optimiser.name, recipes[1].optimiser.lr) == ("sgd", 0.1)
    assert recipes[5].optimiser.momentum == 0.9
    assert recipes[8].arguments["batch_norm"] == "after" and recipes[7].arguments.get("batch_norm") is None
    assert recipes[9].arguments["dropout"] == 0.3
    assert recipes[11].augment.horizontal_flip == 0.5 and recipes[11].epochs == 10
    assert recipes[12].augment.rotation == 30 and recipes[12].augment.horizontal_flip == 0.5
    assert recipes[15].loss.class_weight_power == 1 and recipes[16].loss.label_smoothing == 0.1
    assert recipes[17].batch_size < recipes[18].batch_size and recipes[19].epochs == 20
    assert recipes[20].schedule.name == "cosine" and recipes[20].epochs == 15
    assert recipes[21].loss.class_weight_power == 1 and recipes[21].schedule.name == "cosine"
    assert recipes[22].loss.label_smoothing == 0.1 and recipes[24].freeze == "base"
    assert {recipe.monitor for recipe in recipes.values()} == {"last"}


def test_only_the_trap_has_the_check_of_preprocessing_switched_off() -> None:
    suite = load_suite("dermamnist")
    off = [e.number for e in suite.experiments if recipe_of(suite, e.number).preprocessing_check == "off"]
    assert off == [14]

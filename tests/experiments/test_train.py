from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from core.errors import ConfigError, DataError
from core.experiments.bench import load_bench
from core.experiments.recipes import recipe_of
from core.experiments.suite import Suite, load_suite
from core.experiments.tasks import Task
from core.experiments.train import finished_tasks, plan_tasks, suite_runs, train_task, train_tasks
from core.networks.base import build_network
from core.training.fit import EpochKeeper
from core.training.preprocessing_check import check_preprocessing
from tests.experiments.conftest import COUNTS, SUITE


def answers(suite: Suite, runs: Path, task: Task) -> dict[str, np.ndarray]:
    return load_file(suite_runs(suite, runs) / task.stage / "answers.safetensors")


def test_every_run_leaves_what_it_says_of_both_parts(suite: Suite, world: Path, tmp_path: Path) -> None:
    tasks, told = plan_tasks(suite, (1, 2), 2), []
    train_tasks(suite, tasks, tmp_path, root=world, jobs=1, on_done=lambda *what: told.append(what))
    assert finished_tasks(suite, tmp_path) == (Task(1, 0), Task(1, 1), Task(2, 0), Task(2, 1))
    assert [done for _, _, done in told] == [1, 2, 3, 4]
    for task in tasks:
        found = answers(suite, tmp_path, task)
        assert found["val"].shape == (COUNTS["val"], 7) and found["test"].shape == (COUNTS["test"], 7)
        np.testing.assert_allclose(np.exp(found["test"].astype(float)).sum(1), 1, atol=0.01)
        history = (suite_runs(suite, tmp_path) / task.stage / "history.jsonl").read_text().splitlines()
        assert all(json.loads(line)["train_loss"] > 0 for line in history) and len(history) == 2
    assert not np.array_equal(
        answers(suite, tmp_path, Task(1, 0))["test"], answers(suite, tmp_path, Task(1, 1))["test"]
    )
    again: list[Task] = []
    train_tasks(suite, tasks, tmp_path, root=world, jobs=1, on_done=lambda task, *_: again.append(task))
    assert again == []


def test_two_processes_give_what_one_gives(suite: Suite, suites: Path, world: Path, tmp_path: Path) -> None:
    tasks = plan_tasks(suite, (2, 4), 1)
    for jobs in (1, 2):
        train_tasks(suite, tasks, tmp_path / str(jobs), root=world, jobs=jobs, folder=suites)
    for task in tasks:
        one, two = (answers(suite, tmp_path / str(jobs), task) for jobs in (1, 2))
        np.testing.assert_array_equal(one["test"], two["test"])


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_happened(
    suite: Suite, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, task = load_bench(suite, world), Task(2, 0)
    train_task(suite, task, bench, tmp_path / "whole")
    with monkeypatch.context() as patched:
        end = EpochKeeper.on_train_epoch_end

        def die(self: EpochKeeper, *arguments: object) -> None:
            end(self, *arguments)
            raise RuntimeError("killed")

        patched.setattr(EpochKeeper, "on_train_epoch_end", die)
        with pytest.raises(RuntimeError, match="killed"):
            train_task(suite, task, bench, tmp_path / "cut")
    assert finished_tasks(suite, tmp_path / "cut") == ()
    result = train_task(suite, task, bench, tmp_path / "cut")
    assert [session["first_epoch"] for session in result.sessions] == [0, 1]
    whole, cut = (answers(suite, tmp_path / name, task) for name in ("whole", "cut"))
    np.testing.assert_array_equal(whole["test"], cut["test"])


def test_a_preprocessing_mismatch_raises_until_its_check_is_switched_off(
    suite: Suite, world: Path, tmp_path: Path
) -> None:
    bench = load_bench(suite, world)
    with pytest.raises(ConfigError, match="normalised otherwise than images in use"):
        train_task(suite, Task(3, 0), bench, tmp_path)
    allowed = 'set = { train_normalisation = "imagenet", preprocessing_check = "off" }'
    (tmp_path / "tiny.toml").write_text(
        SUITE.replace('set = { train_normalisation = "imagenet" }', allowed), encoding="utf-8"
    )
    train_task(load_suite("tiny", tmp_path), Task(3, 0), bench, tmp_path / "off")
    assert finished_tasks(suite, tmp_path / "off") == (Task(3, 0),)


def test_the_courses_trap_is_refused_without_its_own_line() -> None:
    suite = load_suite("dermamnist")
    recipe = recipe_of(suite, 14).model_copy(update={"preprocessing_check": "on"})
    with pytest.raises(ConfigError, match="normalised otherwise"):
        check_preprocessing(build_network(recipe.architecture, recipe.arguments, 7), recipe)


def test_errors_of_another_process_arrive_as_they_are(suite: Suite, suites: Path, tmp_path: Path) -> None:
    tasks = plan_tasks(suite, (1,), 2)
    with pytest.raises(DataError, match="dermamnist"):
        train_tasks(suite, tasks, tmp_path, root=tmp_path / "nowhere", jobs=2, folder=suites)


def test_another_recipe_does_not_overwrite_a_run(suite: Suite, world: Path, tmp_path: Path) -> None:
    bench = load_bench(suite, world)
    train_task(suite, Task(4, 0), bench, tmp_path)
    shutil.copytree(suite_runs(suite, tmp_path) / "04-0", suite_runs(suite, tmp_path) / "01-0")
    with pytest.raises(ConfigError, match="another recipe"):
        train_task(suite, Task(1, 0), bench, tmp_path)


def test_the_longest_run_first() -> None:
    suite = load_suite("dermamnist")
    tasks = plan_tasks(suite, (1, 19, 25, 23), 2)
    assert [task.number for task in tasks] == [25, 25, 23, 23, 19, 19, 1, 1]
    with pytest.raises(ConfigError, match="no such experiment"):
        plan_tasks(suite, (99,), 1)

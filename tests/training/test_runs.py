from __future__ import annotations

import json

import pytest

from core.errors import ConfigError
from core.training.runs import RESULT_NAME, RUN_NAME, Asked, load_result, open_run
from core.training.stages import distill_student
from core.training.trained import load_trained

ADDED = {"monitor", "crop", "sampler", "consistency_weight", "topology"}
"""Fields younger than the runs of the melanoma pair."""


def asked_for(recipe, **changes) -> Asked:
    network = recipe.student.model_copy(update=changes)
    return Asked(stage="student", recipe=network.model_dump(mode="json"), data={}, split_sha256="0")


def test_a_run_older_than_a_field_is_the_same_recipe_while_the_field_has_its_default(recipe, tmp_path):
    now = asked_for(recipe)
    stored = now.model_dump(mode="json")
    for name in ADDED:
        del stored["recipe"][name]
    (tmp_path / RUN_NAME).write_text(json.dumps(stored))
    assert open_run(tmp_path, now, resume="never") is None
    (tmp_path / RUN_NAME).write_text(json.dumps(stored))
    with pytest.raises(ConfigError, match=r"recipe\.monitor was roc_auc, is accuracy"):
        open_run(tmp_path, asked_for(recipe, monitor="accuracy"), resume="never")


def test_a_run_with_a_field_that_is_gone_is_another_recipe(recipe, tmp_path):
    stored = asked_for(recipe).model_dump(mode="json")
    stored["recipe"]["gone"] = 1
    (tmp_path / RUN_NAME).write_text(json.dumps(stored))
    with pytest.raises(ConfigError, match=r"recipe\.gone was 1, is None"):
        open_run(tmp_path, asked_for(recipe), resume="never")


def test_a_finished_run_older_than_a_field_is_loaded(recipe, data_root, tmp_path):
    recipe = recipe.model_copy(update={"student": recipe.student.model_copy(update={"epochs": 1})})
    result = distill_student(recipe, tmp_path, role="control", root=data_root)
    path = tmp_path / "tiny/control" / RESULT_NAME
    stored = json.loads(path.read_text())
    for name in ADDED:
        del stored["asked"]["recipe"][name]
    path.write_text(json.dumps(stored))
    assert load_result(path.parent) == result
    assert load_trained(recipe, tmp_path, "control").num_classes == 7
    assert distill_student(recipe, tmp_path, role="control", root=data_root) == result

from __future__ import annotations

import pytest

from core.errors import ConfigError
from core.training.presets import load_recipe


def test_members_take_what_the_teacher_says_and_keep_their_own(recipe):
    one, two = recipe.teacher.members
    assert (one.name, one.epochs, one.optimiser.lr) == ("one", 2, 1e-3)
    assert (two.name, two.epochs, two.optimiser.lr) == ("two", 1, 1e-3)
    assert two.arguments == {"drop_rate": 0.5}
    assert one.loss.focusing == 2


def test_overrides_reach_all_members_one_member_and_nested_keys(presets):
    recipe = load_recipe(
        "tiny",
        [
            "teacher.epochs=7",
            "teacher.members.two.optimiser.lr=0.5",
            "student.pretrained=auto",
            "student.distill.views=1",
            "student.arguments.drop_rate=0.1",
            "data.fractions=[0.6, 0.2, 0.2]",
        ],
        folder=presets,
    )
    one, two = recipe.teacher.members
    assert (one.epochs, two.epochs) == (7, 7)
    assert (one.optimiser.lr, two.optimiser.lr) == (1e-3, 0.5)
    assert recipe.student.pretrained == "auto"
    assert recipe.student.arguments == {"drop_rate": 0.1}
    assert recipe.student.distill.views == 1
    assert recipe.data.fractions == (0.6, 0.2, 0.2)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("student.epoch=3", ["student.epoch", "Did you mean 'epochs'", "batch_size"]),
        ("student.distill.alpha=1", ["kd_weight", "temperature"]),
        ("student.augment.blur=1", ["rotation"]),
        ("teacher.optimiser.momentum=1", ["head_lr_factor"]),
        ("pears.x=1", ["student"]),
        ("teacher.members.three.epochs=1", ["teacher.members.one.KEY"]),
        ("student.epochs=many", ["student.epochs", "integer"]),
        ("student.epochs=0", ["student.epochs"]),
        ("student.distill.kd_weight=1.5", ["kd_weight"]),
        ("student.schedule.warmup=0", ["onecycle"]),
        ("student.epochs.more=1", ["epochs is a value"]),
        ("student.epochs", ["key.sub=value"]),
        ("teacher.members.two.image_size=64", ["image_size"]),
        ("teacher.members.two.name=one", ["different names"]),
    ],
)
def test_refusals_name_the_key_and_the_choices(presets, override, said):
    with pytest.raises(ConfigError) as caught:
        load_recipe("tiny", [override], folder=presets)
    assert all(word in str(caught.value) for word in said)


def test_no_such_preset_and_broken_files(presets, tmp_path):
    with pytest.raises(ConfigError, match=r"Did you mean 'tiny'"):
        load_recipe("tinny", folder=presets)
    (tmp_path / "bad.toml").write_text("[pair")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_recipe("bad", folder=tmp_path)
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(ConfigError, match="pair"):
        load_recipe("empty", folder=tmp_path)


def test_fast_shrinks_what_takes_time_and_keeps_the_rest(presets):
    full, fast = (load_recipe("tiny", folder=presets, size=size) for size in ("full", "fast"))
    assert fast.data.limit == 24
    assert fast.student.distill.views == 2
    assert {member.epochs for member in fast.teacher.members} == {1, 2}
    assert fast.student.view_size == (64, 64)
    assert fast.student.optimiser == full.student.optimiser
    assert fast.folder_name != full.folder_name


def test_control_differs_from_the_student_in_the_weight_alone(recipe):
    student, control = recipe.student.model_dump(), recipe.student.as_control().model_dump()
    assert control["distill"]["kd_weight"] == 0
    control["distill"]["kd_weight"] = student["distill"]["kd_weight"]
    assert {**control, "name": "student"} == student

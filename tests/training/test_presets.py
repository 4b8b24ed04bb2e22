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
        ("teacher.optimiser.decay=1", ["head_lr_factor"]),
        ("teacher.optimiser.momentum=0.9", ["momentum belongs to sgd"]),
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


def test_the_preset_of_dr5_holds_every_value_of_its_rows():
    recipe = load_recipe("dr5")
    (teacher,), student = recipe.teacher.members, recipe.student
    assert recipe.data.datasets == ("aptos2019",)
    assert recipe.data.fractions == (0.7, 0.15, 0.15)
    backbone = student.arguments["backbone"]
    assert (teacher.architecture, backbone["architecture"]) == ("efficientnet_b5", "efficientnet_b2")
    assert teacher.arguments["drop_rate"] == backbone["arguments"]["drop_rate"] == 0.5
    assert (student.arguments["attention"], student.arguments["reduction"]) == ("cbam", 16)
    assert student.arguments["kernel_size"] == 7
    assert student.arguments["topology_inputs"] == student.topology.bins**2 == 1024
    assert (student.topology.side, student.arguments["topology_hidden"]) == (32, [512, 128])
    assert student.consistency_weight == 0.1
    distill = student.distill
    assert (distill.temperature, distill.kd_weight, distill.kd_weight_end) == (4, 0.2, 0.8)
    for network in (teacher, student):
        assert (network.image_size, network.batch_size, network.patience) == (224, 32, 15)
        assert (network.optimiser.lr, network.optimiser.weight_decay) == (1e-3, 0.01)
        assert (network.schedule.name, network.grad_clip, network.sampler) == ("onecycle", 5, "weighted")
        assert (network.loss.label_smoothing, network.loss.weighting) == (0.1, "none")
        augment = network.augment
        assert (augment.rotation, augment.horizontal_flip, augment.vertical_flip) == (40, 0.5, 0.5)
        assert (augment.brightness, augment.contrast, augment.saturation) == (0.3, 0.3, 0.3)
        assert (augment.scale, augment.aspect, augment.shift, augment.tint, augment.erase) == (
            (1, 1),
            1,
            0,
            0,
            0,
        )

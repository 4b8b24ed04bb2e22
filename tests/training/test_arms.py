from __future__ import annotations

import pytest

from core.errors import ConfigError
from core.networks.base import build_network
from core.training.arms import ARMS, choose_arms, recipe_of_arm
from core.training.presets import load_recipe


@pytest.fixture
def ablation(attentive):
    return load_recipe("attentive", folder=attentive).ablation


def pieces(recipe) -> set[str]:
    network = build_network(recipe.architecture, recipe.arguments, 3)
    found = {
        "cbam": network.attention == "cbam",
        "topology": network.topology_inputs > 0,
        "consistency": recipe.consistency_weight > 0,
        "teacher": recipe.distill.asks_teacher,
    }
    assert (recipe.topology is not None) == found["topology"]
    return {name for name, there in found.items() if there}


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_has_its_pieces_and_no_others(ablation, name):
    recipe = recipe_of_arm(ablation, ARMS[name], 2)
    assert pieces(recipe) == set(ARMS[name].pieces)
    assert (recipe.name, recipe.seed) == (f"{name}-2", 2)
    whole = ablation.student
    assert (recipe.epochs, recipe.optimiser, recipe.augment) == (whole.epochs, whole.optimiser, whole.augment)
    assert recipe.distill.views == whole.distill.views


def test_all_is_the_whole_student(ablation):
    recipe = recipe_of_arm(ablation, ARMS["all"], ablation.student.seed)
    assert recipe == ablation.student.model_copy(update={"name": recipe.name})


def test_arms_on_class_weights_differ_in_the_weights_alone(ablation):
    inverse, effective = (
        recipe_of_arm(ablation, ARMS[name], 0) for name in ("inverse_frequency", "effective_number")
    )
    assert (inverse.loss.weighting, effective.loss.weighting) == ("inverse_frequency", "effective_number")
    assert (inverse.loss.class_weight_power, effective.loss.beta) == (1, ablation.beta)
    assert inverse.sampler == effective.sampler == "shuffle"
    assert inverse.model_copy(update={"name": "x", "loss": effective.loss}) == effective.model_copy(
        update={"name": "x"}
    )


def test_recipes_of_arms_can_be_stored_and_read_back(ablation):
    for arm in ARMS.values():
        recipe = recipe_of_arm(ablation, arm, 0)
        assert type(recipe).model_validate(recipe.model_dump(mode="json")) == recipe


def test_every_arm_is_compared_with_one_that_is_there():
    assert {arm.against for arm in ARMS.values()} - {None} <= set(ARMS)
    assert [arm.name for arm in choose_arms(("kd", "plain"))] == ["plain", "kd"]
    assert choose_arms(()) == tuple(ARMS.values())
    with pytest.raises(ConfigError, match=r"kdd: no such arm.*The choices are plain, kd"):
        choose_arms(("kdd",))


@pytest.mark.parametrize(
    ("override", "lacking"),
    [
        ("ablation.student.consistency_weight=0", "consistency_weight"),
        ("ablation.student.architecture=mobilenetv3_small_100", "attentive"),
        ("ablation.student.distill.kd_weight=0", "kd_weight"),
        ("ablation.student.arguments.attention=none", "cbam"),
    ],
)
def test_a_student_that_lacks_a_piece_is_refused(attentive, override, lacking):
    with pytest.raises(ConfigError, match=lacking):
        load_recipe("attentive", [override], folder=attentive)


def test_the_ablations_student_takes_what_it_does_not_say_from_the_student(attentive):
    recipe = load_recipe("attentive", ["student.optimiser.lr=0.5", "ablation.seeds=2"], folder=attentive)
    assert recipe.ablation.student.optimiser.lr == 0.5
    assert recipe.ablation.student.epochs == 1
    assert recipe.student.epochs == 3
    assert recipe.ablation.seeds == 2
    fast = load_recipe("attentive", folder=attentive, size="fast")
    assert fast.ablation.student.image_size == 64

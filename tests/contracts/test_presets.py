"""What every preset that ships keeps, whichever file it is."""

from __future__ import annotations

import pytest

from core.data.base import DATASETS
from core.distill.base import DISTILLERS
from core.modalities.base import MODALITIES
from core.networks.base import build_network
from core.training.presets import list_presets, load_recipe


@pytest.fixture(params=list_presets())
def preset(request):
    return load_recipe(request.param)


def test_file_name_is_the_name_of_the_pair():
    assert all(load_recipe(name).pair.name == name for name in list_presets())
    assert {"melanoma", "mel5"} <= set(list_presets())


def test_names_lead_somewhere(preset):
    modality = MODALITIES.get(preset.pair.modality)
    assert all(DATASETS.get(name).modality == modality.name for name in preset.data.datasets)
    assert preset.student.distill.method in DISTILLERS.names()


def test_every_network_builds_with_its_arguments(preset):
    classes = len(MODALITIES.get(preset.pair.modality).classes)
    for network in (*preset.teacher.members, preset.student):
        built = build_network(network.architecture, network.arguments, classes)
        assert built.num_classes == classes


def test_survives_being_stored_as_json(preset):
    assert type(preset).model_validate_json(preset.model_dump_json()) == preset


def test_has_a_smoke_version(preset):
    fast = load_recipe(preset.pair.name, size="fast")
    assert fast.fast
    assert fast.data.limit <= 24
    assert max(network.epochs for network in (*fast.teacher.members, fast.student)) <= 2


def test_mel5_keeps_the_documents_numbers():
    recipe = load_recipe("mel5")
    (teacher,) = recipe.teacher.members
    assert (teacher.architecture, recipe.student.architecture) == ("efficientnet_b1", "mobilenetv3_small_100")
    for network in (teacher, recipe.student):
        assert network.loss.name == "focal"
        assert (network.loss.gamma, network.loss.class_weight_power) == (2, 1)
        assert (network.optimiser.lr, network.batch_size, network.patience) == (1e-4, 32, 10)
        assert network.augment.rotation == 360
    distill = recipe.student.distill
    assert (distill.temperature, distill.kd_weight) == (1, 0.5)

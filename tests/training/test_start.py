"""Which parameters pretrained weights did not fill: their learning rate is multiplied."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import timm
import torch
from safetensors.torch import save_file

from core.errors import ConfigError
from core.networks.base import build_network
from core.training.fit import train_network
from core.training.images import TrainingImages
from core.training.network_recipe import NetworkRecipe
from core.training.optimiser import build_optimiser
from core.training.progress import Listener
from core.training.runs import Asked
from core.training.start import start_network

CONVNEXT = {"model": "convnext_atto", "depths": [1, 1, 1, 1], "dims": [8, 8, 16, 16]}
MOBILENET = {"model": "mobilenetv3_small_050"}
ADDED = {"cbam", "topology_branch"}


@pytest.mark.parametrize(
    ("backbone", "classifier"), [(MOBILENET, "body.classifier"), (CONVNEXT, "body.head.fc")]
)
def test_what_timm_never_had_is_fresh(tmp_path: Path, backbone: dict, classifier: str) -> None:
    options = {key: value for key, value in backbone.items() if key != "model"}
    torch.manual_seed(5)
    save_file(timm.create_model(backbone["model"], **options).state_dict(), tmp_path / "body.safetensors")
    recipe = NetworkRecipe(
        name="one",
        architecture="attentive",
        arguments={"backbone": {"architecture": "timm", "arguments": backbone}, "topology_inputs": 16},
        pretrained=str(tmp_path / "body.safetensors"),
    )
    network, fresh = start_network(recipe, SimpleNamespace(num_classes=3))
    found = {name for name in fresh if not name.startswith(f"{classifier}.")}
    assert {f"{classifier}.weight", f"{classifier}.bias"} <= fresh
    assert {name.partition(".")[0] for name in found} == ADDED
    assert found == {
        name for name, _ in network.named_parameters() if name.startswith(("cbam.", "topology_branch."))
    }


def test_without_pretrained_weights_all_is_fresh() -> None:
    recipe = NetworkRecipe(name="one", architecture="timm", arguments=MOBILENET, pretrained="none")
    _, fresh = start_network(recipe, SimpleNamespace(num_classes=3))
    assert fresh == {name for name, _ in build_network("timm", MOBILENET, 3).named_parameters()}


def test_a_frozen_base_leaves_only_the_new_head_to_train(tmp_path: Path) -> None:
    torch.manual_seed(5)
    save_file(timm.create_model("vgg16").state_dict(), tmp_path / "vgg16.safetensors")
    recipe = NetworkRecipe(
        name="one", architecture="vgg16_gap", pretrained=str(tmp_path / "vgg16.safetensors"), freeze="base"
    )
    network, fresh = start_network(recipe, SimpleNamespace(num_classes=3))
    trained = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert trained == set(fresh) == {"body.head.fc.weight", "body.head.fc.bias"}
    optimiser, _ = build_optimiser(network, recipe, fresh, total_steps=10)
    assert sum(len(group["params"]) for group in optimiser.param_groups) == 2


def test_a_base_that_nothing_fills_cannot_be_frozen() -> None:
    recipe = NetworkRecipe(name="one", architecture="vgg16_gap", pretrained="none", freeze="base")
    with pytest.raises(ConfigError, match="no pretrained weights fill a base"):
        start_network(recipe, SimpleNamespace(num_classes=3))


def test_training_moves_nothing_of_a_frozen_base_not_even_its_batch_statistics(tmp_path: Path) -> None:
    save_file(timm.create_model(MOBILENET["model"]).state_dict(), tmp_path / "body.safetensors")
    recipe = NetworkRecipe(
        name="one",
        architecture="timm",
        arguments=MOBILENET,
        pretrained=str(tmp_path / "body.safetensors"),
        freeze="base",
        image_size=32,
        batch_size=4,
        epochs=2,
        monitor="last",
        optimiser={"lr": 0.05},
    )
    pixels = torch.randint(0, 256, (12, 3, 32, 32), dtype=torch.uint8)
    target = torch.arange(12) % 3
    images = TrainingImages(pixels, target, pixels, target, num_classes=3, positives=(0,))
    network, fresh = start_network(recipe, images)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    asked = Asked(stage="one", recipe={}, data={}, split_sha256="0")
    train_network(network, recipe, images, tmp_path, asked, fresh=fresh, listener=Listener())
    moved = {
        name
        for name, value in network.state_dict().items()
        if not torch.allclose(value.float(), before[name].float(), atol=2e-3, rtol=1e-3)
    }
    assert moved and moved <= set(fresh)

"""Which parameters pretrained weights did not fill: their learning rate is multiplied."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import timm
import torch
from safetensors.torch import save_file

from core.networks.base import build_network
from core.training.network_recipe import NetworkRecipe
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

"""The shipped presets, small but on the real images, from pretrained weights to the control."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.training.presets import load_recipe
from core.training.stages import distill_student, train_teacher
from core.training.trained import load_topology_spec, load_trained

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.slow,
]


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("melanoma", []),
        ("mel5", ["teacher.pretrained=none", "data.limit=16"]),
        ("dr5", ["teacher.pretrained=none", "student.pretrained=none", "data.limit=16"]),
    ],
)
def test_smoke_run(tmp_path, name, overrides):
    recipe = load_recipe(name, overrides, size="fast")
    train_teacher(recipe, tmp_path)
    results = [distill_student(recipe, tmp_path, role=role) for role in ("student", "control")]
    assert len({result.asked.split_sha256 for result in results}) == 1
    for role in ("teacher", "student", "control"):
        network, spec = load_trained(recipe, tmp_path, role), load_topology_spec(recipe, tmp_path, role)
        topology = None if spec is None else torch.from_numpy(spec.apply(np.zeros((64, 64, 3), np.uint8)))
        with torch.inference_mode():
            logits = network(torch.rand(1, 3, 64, 64), topology)
        assert logits.shape == (1, network.num_classes)
        assert torch.isfinite(logits).all()

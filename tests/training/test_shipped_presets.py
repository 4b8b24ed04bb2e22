"""The shipped presets, small but on the real images, from pretrained weights to the control."""

from __future__ import annotations

import os

import pytest
import torch

from core.training.presets import load_recipe
from core.training.stages import distill_student, train_teacher
from core.training.trained import load_trained

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("TWINLENS_DATA"), reason="TWINLENS_DATA is not set"),
]


@pytest.mark.parametrize(
    ("name", "overrides"), [("melanoma", []), ("mel5", ["teacher.pretrained=none", "data.limit=16"])]
)
def test_smoke_run(tmp_path, name, overrides):
    recipe = load_recipe(name, overrides, size="fast")
    train_teacher(recipe, tmp_path)
    results = [distill_student(recipe, tmp_path, role=role) for role in ("student", "control")]
    assert len({result.asked.split_sha256 for result in results}) == 1
    for role in ("teacher", "student", "control"):
        with torch.inference_mode():
            logits = load_trained(recipe, tmp_path, role)(torch.rand(1, 3, 64, 64))
        assert logits.shape == (1, 7)
        assert torch.isfinite(logits).all()

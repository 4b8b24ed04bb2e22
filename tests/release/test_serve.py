"""A network as it is served: what is fitted is fitted on the validation cases, and ends up in the file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core.evaluation.calibration import fit_class_biases, fit_temperature
from core.modalities.base import MODALITIES, Preprocessing
from core.networks.base import build_network
from core.release.serve import Served, serve_network
from core.types import Sample

pytestmark = pytest.mark.slow
FUNDUS = MODALITIES.get("fundus")


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Sample]]:
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    parts: dict[str, list[Sample]] = {"val": [], "test": []}
    for number in range(30):
        path = folder / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(path)
        label = FUNDUS.classes[min(number % 9, 4)]
        sample = Sample(image_id=path.stem, source="drawn", location=str(path), label=label, group=path.stem)
        parts["val" if number < 20 else "test"].append(sample)
    return parts


def serve(held_out: dict[str, list[Sample]], *, class_biases) -> Served:
    torch.manual_seed(0)
    return serve_network(
        build_network("mobilenetv3_small_100", {}, 5).eval(),
        held_out,
        role="student",
        preprocessing=Preprocessing(height=32, width=32),
        topology=None,
        modality=FUNDUS,
        class_biases=class_biases,
    )


def test_class_biases_come_from_the_validation_cases_alone(held_out: dict[str, list[Sample]]) -> None:
    plain, fitted = serve(held_out, class_biases="none"), serve(held_out, class_biases="fitted")
    target = np.array([FUNDUS.classes.index(sample.label) for sample in held_out["val"]])
    shifts = fit_class_biases(plain.logits["val"], target)
    assert np.abs(shifts).max() > 0.1
    for split in ("val", "test"):
        moved = fitted.logits[split] - plain.logits[split]
        assert moved == pytest.approx(np.tile(shifts, (len(moved), 1)), abs=0.02)
    assert fitted.temperature == fit_temperature(fitted.logits["val"], target)
    assert plain.notes == ()
    assert "fitted on 20 validation cases" in fitted.notes[0]
    others = [replace(sample, label="severe") for sample in held_out["test"]]
    again = serve({"val": held_out["val"], "test": others}, class_biases="fitted")
    assert again.content == fitted.content
    assert again.temperature == fitted.temperature

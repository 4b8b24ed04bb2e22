"""Methods by name through the pair: which apply to which network, and what the command says of the others."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from core.bundle import Pair, load_pair
from core.cli import app
from core.cli import pairs as pair_commands
from core.errors import ConfigError
from core.explain.rollout import compute_rollout
from core.predict import explain_case, open_network
from core.types import Case
from tests.hybrid_pair import build_hybrid_pair
from tests.pair_factory import sample_pixels


@pytest.fixture(scope="module")
def hybrid(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pair, Path]:
    folder = tmp_path_factory.mktemp("hybrid")
    return build_hybrid_pair(pair, folder), folder


def test_a_case_becomes_a_map_of_its_frame(hybrid: tuple[Pair, Path]) -> None:
    pair, _ = hybrid
    case = Case("a", sample_pixels(1), pair.card.modality, "lesion")
    network = open_network(pair, "teacher")
    found = {
        method: explain_case(pair, "teacher", network, case, class_code=pair.card.classes[0], method=method)
        for method in ("gradcam", "rollout", "gradient_rollout")
    }
    assert {heatmap.values.shape for heatmap in found.values()} == {(4, 4)}
    assert {heatmap.method for heatmap in found.values()} == set(found)
    assert len({heatmap.unit for heatmap in found.values()}) == 3, "so that no two share a scale"
    x = torch.from_numpy(pair.network("teacher").preprocessing.apply(case.pixels))
    direct = compute_rollout(network, x).numpy()
    assert np.allclose(found["rollout"].values * found["rollout"].peak, direct, rtol=1e-5, atol=1e-7)
    assert found["rollout"].state == "ok"


def test_a_network_without_attention_names_its_choices(hybrid: tuple[Pair, Path]) -> None:
    pair, _ = hybrid
    case = Case("a", sample_pixels(1), pair.card.modality, "lesion")
    network = open_network(pair, "student")
    with pytest.raises(ConfigError, match=r"no self-attention .* The choices for this network are .*gradcam"):
        explain_case(pair, "student", network, case, class_code=pair.card.classes[0], method="rollout")


def test_the_command(hybrid: tuple[Pair, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair, folder = hybrid
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=folder))
    photo, out = tmp_path / "photo.png", tmp_path / "maps"
    Image.fromarray(sample_pixels(2)).save(photo)
    words = ["explain", str(photo), "--pair", pair.card.pair, "--out", str(out), "--method", "rollout"]
    refused = CliRunner().invoke(app, [*words, "--role", "student"])
    assert isinstance(refused.exception, ConfigError) and "gradcam" in refused.exception.remedy
    assert not out.exists()
    codes = pair.card.classes[:2]
    for code in codes:
        done = CliRunner().invoke(app, [*words, "--role", "teacher", "--class", code, "--json"])
        assert done.exit_code == 0 and '"class_specific": false' in done.output
    maps = [np.load(out / f"photo.teacher.rollout.{code}.npy") for code in codes]
    assert maps[0].any() and np.array_equal(*maps)

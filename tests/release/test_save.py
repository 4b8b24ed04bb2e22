"""From finished runs to a pair: a small preset on made-up images, trained, distilled, saved and scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.bundle import Pair, list_pairs, load_pair, verify_pair
from core.errors import ConfigError, ParityError
from core.release import serve
from core.release.external import evaluate_pair
from core.release.roles import list_trained_roles
from core.release.save import save_preset
from core.training.presets import load_recipe
from core.training.recipe import Recipe
from core.training.stages import distill_student, train_teacher
from tests.small_world import DATASET, write_isic2018

pytestmark = pytest.mark.slow
PRESET = """
[pair]
name = "tiny"
title = "Tiny"
modality = "dermoscopy"
[data]
datasets = ["isic2018_task3"]
fractions = [0.4, 0.3, 0.3]
[teacher]
pretrained = "none"
architecture = "mobilenetv3_small_100"
image_size = 32
epochs = 1
batch_size = 8
[student]
pretrained = "none"
architecture = "mobilenetv3_small_100"
image_size = 32
epochs = 1
batch_size = 8
[card]
summary = "For a test."
operating_point = "youden"
limits = ["Worth nothing."]
[card.titles]
student = "The small one"
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    folder = tmp_path_factory.mktemp("presets")
    (folder / "tiny.toml").write_text(PRESET)
    return load_recipe("tiny", folder=folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_isic2018(tmp_path_factory.mktemp("data"), count=60)


@pytest.fixture(scope="module")
def runs(recipe: Recipe, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    train_teacher(recipe, folder, root=data)
    for role in ("student", "control"):
        distill_student(recipe, folder, role=role, root=data)
    return folder


@pytest.fixture(scope="module")
def saved(recipe: Recipe, data: Path, runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    steps: list[str] = []
    models = tmp_path_factory.mktemp("models")
    pair = save_preset(recipe, root=data, runs=runs, models=models, on_step=steps.append)
    assert [step.partition(":")[0] for step in steps[:3]] == ["teacher", "student", "control"]
    return pair


def test_the_card_says_what_was_done(saved: Pair):
    card = saved.card
    verify_pair(saved)
    assert list_pairs(saved.folder.parent) == ("tiny",)
    assert (card.title, card.summary, card.limits) == ("Tiny", "For a test.", ("Worth nothing.",))
    assert card.networks["student"].title == "The small one"
    assert card.networks["teacher"].title == "mobilenetv3_small_100"
    assert card.networks["control"].recipe["distill"]["kd_weight"] == 0
    assert card.networks["student"].recipe["distill"]["kd_weight"] > 0
    assert sum(source.n for source in card.sources) == 60
    assert {source.used_for for source in card.sources} == {"training", "choosing", "reporting"}


def test_what_is_on_the_card_is_what_evaluate_finds(saved: Pair, data: Path):
    found = evaluate_pair(saved, dataset=DATASET, root=data, split="test")
    report = saved.card.reports[DATASET]
    assert (report.n, report.positives) == (found.n, found.positives)
    for role in ("teacher", "student", "control"):
        assert set(report.metrics[role]) == set(found.metrics[role])
        for metric, entry in report.metrics[role].items():
            value = np.nan if entry.value is None else entry.value
            assert found.metrics[role][metric].value == pytest.approx(value, abs=1e-6, nan_ok=True), metric


def test_a_smoke_run_never_replaces_the_real_pair(recipe, data, runs, saved, tmp_path):
    """The same runs under the name that smoke runs have; the real pair lies beside it, untouched."""
    (tmp_path / "tiny-fast").symlink_to(runs / "tiny")
    before = saved.card
    fast = recipe.model_copy(update={"fast": True})
    models = saved.folder.parent
    smoke = save_preset(fast, root=data, runs=tmp_path, models=models)
    assert smoke.card.pair == "tiny-fast" and "smoke run" in smoke.card.title
    assert load_pair("tiny", models).card == before


def test_without_trained_stages_nothing_is_written(recipe: Recipe, data: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match="no finished run is here"):
        save_preset(recipe, root=data, runs=tmp_path / "runs", models=tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_runs_of_another_recipe_are_refused(recipe: Recipe, data: Path, runs: Path, tmp_path: Path):
    other = recipe.model_copy(update={"data": recipe.data.model_copy(update={"seed": 1})})
    with pytest.raises(ConfigError, match="trained with another recipe"):
        save_preset(other, root=data, runs=runs, models=tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_failed_gate_writes_nothing(recipe, data, runs, tmp_path, monkeypatch):
    """The student's export comes out altered by one weight; the teacher's has passed by then."""
    honest = serve.export_onnx
    exported = []

    def altered(network, **size) -> bytes:
        exported.append(network)
        if len(exported) == 2:
            network.get_submodule("body.classifier").bias.data[0] += 1
            content = honest(network, **size)
            network.get_submodule("body.classifier").bias.data[0] -= 1
            return content
        return honest(network, **size)

    monkeypatch.setattr(serve, "export_onnx", altered)
    with pytest.raises(ParityError, match=r"student\.onnx: probabilities differ"):
        save_preset(recipe, root=data, runs=runs, models=tmp_path / "models")
    assert len(exported) == 2 and not (tmp_path / "models").exists()


def test_a_second_student_ships_beside_the_first(recipe, data, runs, tmp_path):
    """The same preset under another name, its student with dropout, is the second student."""
    second = PRESET.replace('"tiny"', '"other"').replace(
        "[student]\n", "[student]\narguments = { drop_rate = 0.1 }\n"
    )
    (tmp_path / "other.toml").write_text(second)
    other = load_recipe("other", folder=tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/tiny").symlink_to(runs / "tiny")
    train_teacher(other, tmp_path / "runs", root=data)
    distill_student(other, tmp_path / "runs", root=data)
    both = recipe.model_copy(
        update={"card": recipe.card.model_copy(update={"second_student": "other", "titles": {}})}
    )
    pair = save_preset(both, root=data, runs=tmp_path / "runs", models=tmp_path / "models", presets=tmp_path)
    assert pair.served_roles == ("teacher", "student", "second_student")
    assert pair.network("second_student").arguments == {"drop_rate": 0.1}
    assert pair.network("second_student").recipe["arguments"] == {"drop_rate": 0.1}
    rows = pair.predictions().groupby("role").size()
    assert set(rows.index) == {"teacher", "student", "second_student", "control"} and rows.nunique() == 1
    assert set(pair.card.reports[DATASET].metrics) == set(rows.index)


def test_a_second_student_of_another_teacher_is_refused(recipe, tmp_path):
    text = PRESET.replace('"tiny"', '"other"').replace("[teacher]\n", "[teacher]\nseed = 7\n")
    (tmp_path / "other.toml").write_text(text)
    both = recipe.model_copy(update={"card": recipe.card.model_copy(update={"second_student": "other"})})
    with pytest.raises(ConfigError, match="its data or its teacher are not those of tiny"):
        list_trained_roles(both, presets=tmp_path)

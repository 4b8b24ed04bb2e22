"""What a recipe adds to the loss, and to the draw of examples."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from core.data.batches import generator_for
from core.data.sampling import effective_number
from core.distill.consistency import rotation_consistency, turn_images
from core.networks.base import Network
from core.training.examples import Examples
from core.training.fit import train_network
from core.training.images import TrainingImages
from core.training.lesson import Lesson
from core.training.network_recipe import LossRecipe
from core.training.progress import Listener
from core.training.recipe import DistillRecipe
from core.training.runs import Asked
from core.training.task import TrainingTask

ASKED = Asked(stage="made", recipe={}, data={}, split_sha256="0")


class Corner(Network):
    """Logits are the red values of three corners: they change under turns in a way that is known."""

    def __init__(self) -> None:
        super().__init__(num_classes=3, feature_channels=3)

    def forward_features(self, x):
        return x

    def forward_head(self, features, topology=None):
        return torch.stack([features[:, 0, 0, 0], features[:, 0, 0, -1], features[:, 0, -1, 0]], dim=1)


class Recorder(Listener):
    def __init__(self) -> None:
        self.records, self.warnings = [], []

    def warned(self, message: str) -> None:
        self.warnings.append(message)

    def finished_epoch(self, stage: str, record) -> None:
        self.records.append(record)


def test_consistency_compares_a_view_with_its_turned_copy(images, tiny):
    task = TrainingTask(Corner(), tiny(consistency_weight=0.1), images)
    pixels = torch.rand(8, 3, 6, 6)
    target = torch.eye(3)[torch.arange(8) % 3]
    terms = task._terms(Examples(pixels, target, None), generator_for(0))
    quarters = torch.randint(1, 4, (8,), generator=generator_for(0))
    assert 0 not in quarters
    expected = 0.1 * rotation_consistency(task.network(pixels), task.network(turn_images(pixels, quarters)))
    assert set(terms) == {"plain", "consistency"}
    torch.testing.assert_close(terms["consistency"], expected)
    plain = TrainingTask(Corner(), tiny(), images)._terms(Examples(pixels, target, None), generator_for(0))
    assert set(plain) == {"plain"}
    torch.testing.assert_close(plain["plain"], terms["plain"])


def test_consistency_trains_and_is_in_the_history(images, tiny, network, tmp_path):
    said = Recorder()
    recipe = tiny(epochs=1, consistency_weight=0.5)
    train_network(network(), recipe, images, tmp_path, ASKED, listener=said)
    assert set(said.records[0].terms) == {"plain", "consistency"}


@pytest.mark.parametrize(
    ("epoch", "epochs", "expected"), [(0, 7, 0.2), (3, 7, 0.5), (6, 7, 0.8), (9, 7, 0.8), (0, 1, 0.2)]
)
def test_weight_of_the_teacher_moves_in_equal_steps(epoch, epochs, expected):
    recipe = DistillRecipe(kd_weight=0.2, kd_weight_end=0.8)
    assert recipe.kd_weight_at(epoch, epochs) == pytest.approx(expected)
    assert DistillRecipe(kd_weight=0.2).kd_weight_at(epoch, epochs) == 0.2


def test_a_teacher_that_comes_in_later_is_asked():
    assert DistillRecipe(kd_weight=0.0, kd_weight_end=0.5).asks_teacher
    assert DistillRecipe(kd_weight=0.5, kd_weight_end=0.0).asks_teacher
    assert not DistillRecipe(kd_weight=0.0).asks_teacher


def test_schedule_of_the_weight_is_used_in_training(images, tiny, network, tmp_path):
    said = Recorder()
    lesson = Lesson((), torch.randn(1, 24, 3, generator=torch.Generator().manual_seed(0)))
    distill = DistillRecipe(kd_weight=0.0, kd_weight_end=1.0)
    recipe = tiny(epochs=2)
    train_network(network(), recipe, images, tmp_path, ASKED, lesson=lesson, distill=distill, listener=said)
    assert set(said.records[0].terms) == {"plain"}
    assert said.records[1].terms["plain"] == 0
    assert said.records[1].terms["response"] > 0


def test_weights_by_effective_number(images, tiny):
    rare = TrainingImages(
        images.train, torch.tensor([0] * 16 + [1] * 6 + [2] * 2), images.val, images.val_target, 3, (0,)
    )
    recipe = tiny(loss={"class_weighting": "effective_number", "beta": 0.9})
    counts = torch.tensor([16.0, 6.0, 2.0])
    raw = torch.from_numpy(1 / effective_number(counts.numpy(), 0.9)).float()
    found = TrainingTask(Corner(), recipe, rare).class_weights
    torch.testing.assert_close(found, raw * 24 / (raw * counts).sum())
    uniform = TrainingTask(Corner(), tiny(), rare).class_weights
    torch.testing.assert_close(uniform, torch.ones(3))


def test_weighting_in_force():
    assert LossRecipe().weighting == "none"
    assert LossRecipe(class_weight_power=0.5).weighting == "inverse_frequency"
    assert LossRecipe(class_weighting="effective_number").weighting == "effective_number"
    with pytest.raises(ValidationError, match="class_weight_power belongs to inverse_frequency"):
        LossRecipe(class_weighting="effective_number", class_weight_power=1.0)


def test_weighted_sampler_draws_each_class_equally_often(images, tiny):
    target = torch.tensor([0] * 20 + [1] * 3 + [2])
    rare = TrainingImages(images.train, target, images.val, images.val_target, 3, (0,))
    task = TrainingTask(Corner(), tiny(sampler="weighted"), rare)
    drawn = []
    for epoch in range(60):
        task.steps.fill_(epoch * len(task.batches))
        drawn += [target[rows] for _, rows in task.batches]
    shares = torch.bincount(torch.cat(drawn)) / len(torch.cat(drawn))
    torch.testing.assert_close(shares, torch.full((3,), 1 / 3), atol=0.05, rtol=0)


@pytest.mark.parametrize(("loss", "warnings"), [({"class_weight_power": 1.0}, 1), ({}, 0)])
def test_correcting_twice_is_warned_of(images, tiny, network, tmp_path, loss, warnings):
    said = Recorder()
    recipe = tiny(epochs=1, sampler="weighted", loss=loss)
    train_network(network(), recipe, images, tmp_path, ASKED, listener=said)
    assert len(said.warnings) == warnings
    assert all("favoured twice" in warning for warning in said.warnings)

from __future__ import annotations

import pytest
import torch
from sklearn.metrics import roc_auc_score

from core.data.batches import generator_for
from core.networks.base import build_network
from core.training.fit import train_network
from core.training.images import TrainingImages
from core.training.network_recipe import NetworkRecipe
from core.training.progress import Listener
from core.training.runs import Asked
from core.training.task import TrainingTask
from core.training.validation import ValidationScores, score_validation, score_watched


def test_validation_score_adds_the_positive_classes_and_survives_certainty():
    generator = torch.Generator().manual_seed(0)
    logits, target = torch.randn(60, 4, generator=generator), torch.arange(60) % 4
    scores = score_validation(logits, target, (1, 3))
    probs = logits.softmax(1)
    assert scores.roc_auc == pytest.approx(
        roc_auc_score((target % 2).numpy(), (probs[:, 1] + probs[:, 3]).numpy())
    )
    assert scores.cross_entropy == pytest.approx(torch.nn.functional.cross_entropy(logits, target).item())
    certain = torch.tensor([[60.0, 0.0], [50.0, 0.0], [40.0, 0.0], [-50.0, 0.0]])
    assert score_validation(certain, torch.tensor([0, 0, 1, 1]), (0,)).roc_auc == 1


def test_accuracy_and_quadratic_kappa_hand_worked():
    target = torch.tensor([0, 0, 1, 1, 2, 2])
    logits = torch.eye(3)[[0, 1, 1, 1, 2, 0]]
    scores = score_validation(logits, target, (2,))
    assert scores.accuracy == pytest.approx(4 / 6)
    # Squared distances: observed 0+1+0+0+0+4 = 5; by chance, of pairs (2, 2, 2) x (2, 3, 1), 42 / 6 = 7.
    assert scores.quadratic_kappa == pytest.approx(1 - 5 / 7)


@pytest.mark.parametrize(
    ("monitor", "best", "epochs"),
    [
        ("roc_auc", 0, 3),
        ("cross_entropy", 1, 4),
        ("quadratic_kappa", 2, 5),
        ("accuracy", 3, 5),
        ("last", 4, 5),
    ],
)
def test_monitor_decides_which_epoch_is_kept_and_when_patience_ends(
    images, tiny, network, tmp_path, monkeypatch, monitor, best, epochs
):
    table = {
        "roc_auc": [0.9, 0.8, 0.8, 0.8, 0.8],
        "cross_entropy": [0.5, 0.4, 0.4, 0.6, 0.6],
        "quadratic_kappa": [0.1, 0.1, 0.2, 0.1, 0.1],
        "accuracy": [0.1, 0.2, 0.2, 0.3, 0.1],
    }
    kept = []
    rows = iter([dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)])
    monkeypatch.setattr("core.training.task.score_validation", lambda *_: ValidationScores(**next(rows)))
    closed = TrainingTask.close_epoch

    def close(task, *, seconds):
        record = closed(task, seconds=seconds)
        kept.append(record.val_monitor)
        return record

    monkeypatch.setattr(TrainingTask, "close_epoch", close)
    recipe: NetworkRecipe = tiny(epochs=5, patience=2, monitor=monitor)
    asked = Asked(stage="made", recipe={}, data={}, split_sha256="0")
    result = train_network(network(), recipe, images, tmp_path, asked, listener=Listener())
    assert (result.best_epoch, result.epochs) == (best, epochs)
    assert result.validation_roc_auc == table["roc_auc"][best]
    assert kept == (list(range(5)) if monitor == "last" else table[monitor][:epochs])


def test_watched_training_images_are_judged_plain_and_the_networks_mode_comes_back():
    pixels = torch.randint(0, 256, (20, 3, 28, 28), dtype=torch.uint8)
    target = torch.arange(20) % 3
    images = TrainingImages(pixels, target, pixels[:6], target[:6], num_classes=3, positives=(0,))
    recipe = NetworkRecipe(name="one", architecture="small_cnn", image_size=28, watch_training=12)
    network = build_network("small_cnn", {"dropout": 0.5}, 3).train()
    first, again = score_watched(network, images, recipe), score_watched(network, images, recipe)
    assert network.training and first == again
    rows = torch.randperm(20, generator=generator_for(0, "watched"))[:12]
    with torch.inference_mode():
        logits = network.eval()(pixels[rows].float() / 255)
    assert first.cross_entropy == pytest.approx(
        torch.nn.functional.cross_entropy(logits, target[rows]).item()
    )

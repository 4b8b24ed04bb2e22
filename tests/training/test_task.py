from __future__ import annotations

import math

import pytest
import torch

from core.data.augment import Augmentation, draw_views
from core.data.batches import generator_for
from core.errors import ConfigError
from core.networks.base import build_network
from core.training.examples import draw_examples
from core.training.fit import train_network
from core.training.images import TrainingImages
from core.training.lesson import Lesson, draw_lesson_views, lesson_key
from core.training.network_recipe import NetworkRecipe, ScheduleRecipe
from core.training.optimiser import build_optimiser
from core.training.progress import Listener
from core.training.recipe import DistillRecipe
from core.training.runs import Asked
from core.training.task import TrainingTask
from core.training.validation import ValidationScores

ASKED = Asked(stage="made", recipe={}, data={}, split_sha256="0")


def make(**changes) -> NetworkRecipe:
    base = {"name": "made", "architecture": "mobilenetv3_small_100", "image_size": 32, "batch_size": 8}
    return NetworkRecipe.model_validate({**base, "epochs": 2, **changes})


def network(seed: int = 0):
    torch.manual_seed(seed)
    return build_network("mobilenetv3_small_100", {}, 3)


def examples_of(task, rows, generator):
    return draw_examples(
        task.images,
        rows,
        task.recipe,
        generator,
        lesson=task.lesson,
        distill=task.distill,
        device=torch.device("cpu"),
    )


def train(recipe, images, folder, **kwargs):
    return train_network(network(), recipe, images, folder, ASKED, listener=Listener(), **kwargs)


def test_training_learns_what_is_there_to_learn(tmp_path):
    target = torch.arange(48) % 3
    pixels = (40 + 80 * target).view(-1, 1, 1, 1).expand(48, 3, 32, 32).to(torch.uint8)
    images = TrainingImages(pixels, target, pixels[:12], target[:12], num_classes=3, positives=(0,))
    recipe = make(
        epochs=6, optimiser={"lr": 2e-3}, augment={"brightness": 0.05, "contrast": 0.0, "tint": 0.0}
    )
    result = train(recipe, images, tmp_path)
    assert result.validation_roc_auc == 1


def test_stops_when_patience_runs_out(images, tmp_path, monkeypatch):
    scores = iter([0.6, 0.8, 0.7, 0.8, 0.9])
    monkeypatch.setattr("core.training.task.score_validation", lambda *_: ValidationScores(next(scores), 1.0))
    result = train(make(epochs=9, patience=2), images, tmp_path)
    assert (result.epochs, result.best_epoch, result.validation_roc_auc) == (4, 1, 0.8)


def test_divergence_is_said_in_words(images, tmp_path):
    with pytest.raises(ConfigError, match=r"lr=1e\+30: training diverged"):
        train(make(optimiser={"lr": 1e30}), images, tmp_path)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_precisions_give_the_same_weights_up_to_rounding_each_time(images, tmp_path, precision):
    sums = []
    for run in ("a", "b"):
        (tmp_path / run).mkdir()
        sums.append(train(make(precision=precision, epochs=1), images, tmp_path / run).weights_sha256)
    assert sums[0] == sums[1]


def test_running_average_follows_its_formula(images):
    task = TrainingTask(network(), make(ema_decay=0.9), images)
    name = "body.classifier.weight"
    average = task.average.state_dict()[name].clone()
    with torch.no_grad():
        task.network.state_dict()[name].add_(1)
    for step, decay in ((1, 2 / 11), (2, 3 / 12)):
        task.on_train_batch_end(None, None, step)
        average = decay * average + (1 - decay) * task.network.state_dict()[name]
        torch.testing.assert_close(task.average.state_dict()[name], average)
    assert task.served is task.average
    assert TrainingTask(network(), make(), images).average is None


def test_student_and_control_see_the_same_pictures(images):
    recipe = make(mixup=0.3)
    views = draw_lesson_views(24, 3, recipe.augment, seed=0)
    taught = Lesson(views, torch.randn(3, 24, 3))
    rows = torch.arange(8)
    pictures = []
    for lesson in (taught, Lesson(views, None)):
        task = TrainingTask(network(), recipe, images, lesson=lesson, distill=DistillRecipe())
        pictures.append(examples_of(task, rows, generator_for(0)))
    torch.testing.assert_close(pictures[0].pixels, pictures[1].pixels, rtol=0, atol=0)
    torch.testing.assert_close(pictures[0].target, pictures[1].target, rtol=0, atol=0)
    assert pictures[0].taught is not None
    assert pictures[1].taught is None


def test_without_weight_the_teacher_changes_nothing(images, tmp_path):
    views = draw_lesson_views(24, 2, Augmentation(), seed=0)
    sums = []
    for name, logits in (("with", torch.randn(2, 24, 3)), ("without", None)):
        (tmp_path / name).mkdir()
        distill = DistillRecipe(kd_weight=0)
        result = train(make(epochs=1), images, tmp_path / name, lesson=Lesson(views, logits), distill=distill)
        sums.append(result.weights_sha256)
    assert sums[0] == sums[1]


def test_answers_belong_to_the_picked_view():
    settings = Augmentation()
    views = draw_lesson_views(5, 3, settings, seed=1)
    logits = torch.arange(15.0).view(3, 5, 1).expand(3, 5, 7)
    rows = torch.tensor([4, 0, 2]).repeat(50)
    drawn = draw_views(150, settings, generator_for(2))
    chosen, answers = Lesson(views, logits).choose(rows, drawn, generator_for(3))
    picked = (answers[:, 0] // 5).long()
    assert set(picked.tolist()) == {0, 1, 2}
    for place in range(150):
        source = drawn.affine[place] if picked[place] == 0 else views[picked[place] - 1].affine[rows[place]]
        torch.testing.assert_close(chosen.affine[place], source, rtol=0, atol=0)
        assert answers[place, 0] % 5 == rows[place]


def test_lesson_key_changes_with_everything_it_names():
    base = {
        "weights": b"a",
        "split_sha256": "s",
        "images": torch.zeros(1, 3, 2, 2, dtype=torch.uint8),
        "settings": Augmentation(),
        "seed": 0,
        "precision": "bf16",
    }
    others = {
        "weights": b"b",
        "split_sha256": "t",
        "images": torch.ones(1, 3, 2, 2, dtype=torch.uint8),
        "settings": Augmentation(erase=0.5),
        "seed": 1,
        "precision": "fp32",
    }
    keys = {lesson_key(**{**base, name: value}) for name, value in others.items()} | {lesson_key(**base)}
    assert len(keys) == len(others) + 1


def test_groups_of_parameters_have_their_rates_and_decay():
    net = network()
    fresh = [name for name, _ in net.named_parameters() if "classifier" in name]
    recipe = make(optimiser={"lr": 1e-3, "weight_decay": 0.1, "head_lr_factor": 5.0})
    optimiser, _ = build_optimiser(net, recipe, fresh, total_steps=10)
    facts = [
        (group["initial_lr"], group["weight_decay"], len(group["params"])) for group in optimiser.param_groups
    ]
    assert [fact[:2] for fact in facts] == [(1e-3, 0.1), (1e-3, 0.0), (5e-3, 0.1), (5e-3, 0.0)]
    assert [fact[2] for fact in facts[2:]] == [1, 1]
    assert sum(fact[2] for fact in facts) == len(list(net.parameters()))
    alone, _ = build_optimiser(net, recipe, [name for name, _ in net.named_parameters()], total_steps=10)
    assert {group["initial_lr"] for group in alone.param_groups} == {1e-3}


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (ScheduleRecipe(name="constant"), [1, 1, 1, 1]),
        (
            ScheduleRecipe(name="cosine"),
            [1, (1 + math.cos(math.pi / 4)) / 2, 0.5, (1 - math.cos(math.pi / 4)) / 2],
        ),
        (ScheduleRecipe(name="cosine", warmup=0.5), [1 / 3, 2 / 3, 1, 0.5]),
        (ScheduleRecipe(name="constant", warmup=0.25), [0.5, 1, 1, 1]),
    ],
)
def test_schedules_hand_worked(schedule, expected):
    recipe = make(optimiser={"lr": 1.0}).model_copy(update={"schedule": schedule})
    optimiser, steps = build_optimiser(torch.nn.Linear(1, 1), recipe, [], total_steps=4)
    found = []
    for _ in range(4):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        steps.step()
    assert found == pytest.approx(expected)


def test_one_cycle_peaks_after_the_warmup():
    recipe = make(optimiser={"lr": 1.0}).model_copy(
        update={"schedule": ScheduleRecipe(name="onecycle", warmup=0.25)}
    )
    optimiser, steps = build_optimiser(torch.nn.Linear(1, 1), recipe, [], total_steps=40)
    found = []
    for _ in range(39):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        steps.step()
    assert max(found) == pytest.approx(1)
    assert found.index(max(found)) == 9
    assert found[-1] < 0.05


def test_an_optimiser_is_what_its_name_says():
    steps = {}
    for name, momentum in (("sgd", 0.0), ("sgd", 0.5), ("adam", 0.0), ("adamw", 0.0)):
        weight = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(weight.weight, 1.0)
        recipe = make(optimiser={"name": name, "lr": 0.1, "momentum": momentum, "weight_decay": 0.5})
        optimiser, _ = build_optimiser(weight, recipe, {"weight"}, total_steps=2)
        for _ in range(2):
            weight.weight.grad = torch.full((1, 1), 2.0)
            optimiser.step()
        steps[name, momentum] = float(weight.weight.detach())
    # SGD decays through the gradient, 2 + 0.5 w: 1 -> 0.75 -> 0.75 - 0.1 x 2.375; momentum adds half of 0.25.
    assert steps["sgd", 0.0] == pytest.approx(0.5125)
    assert steps["sgd", 0.5] == pytest.approx(0.5125 - 0.125)
    assert steps["adam", 0.0] == pytest.approx(0.8, abs=1e-2)  # two steps of the rate, whatever the gradient
    assert steps["adamw", 0.0] == pytest.approx((0.95 - 0.1) * 0.95 - 0.1, abs=1e-4)


def test_a_lesson_needs_a_method(images):
    with pytest.raises(ValueError, match="distill is needed"):
        TrainingTask(network(), make(), images, lesson=Lesson((), None))


def test_mixing_mixes_pictures_classes_and_answers_alike(images):
    recipe = make(mixup=1.0, loss={"label_smoothing": 0.1})
    logits = torch.randn(1, 24, 3, generator=torch.Generator().manual_seed(1))
    distill = DistillRecipe(temperature=2.0)
    task = TrainingTask(network(), recipe, images, lesson=Lesson((), logits), distill=distill)
    plain = TrainingTask(
        network(), make(loss={"label_smoothing": 0.1}), images, lesson=task.lesson, distill=distill
    )
    rows = torch.arange(8)
    before, after = (examples_of(each, rows, generator_for(5)) for each in (plain, task))
    # How much of each picture is in each mixture, solved from the pixels, must hold for the rest.
    flat = before.pixels.flatten(1).double()
    solved = torch.linalg.lstsq(flat.T, after.pixels.flatten(1).double().T).solution.T
    torch.testing.assert_close(solved.sum(1), torch.ones(8).double(), atol=1e-4, rtol=0)
    torch.testing.assert_close((solved.float() @ before.target), after.target, atol=1e-4, rtol=0)
    expected = solved.float() @ (before.taught / 2).softmax(1)
    torch.testing.assert_close((after.taught / 2).softmax(1), expected, atol=1e-4, rtol=0)
    assert 0 < solved.diagonal().min() < 0.999

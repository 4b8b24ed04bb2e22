"""The topological input of training, from frames to batches."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from core.data.base import load_pixels
from core.data.batches import generator_for
from core.errors import ConfigError
from core.networks.base import Network
from core.topology.spec import fit_topology_spec
from core.training.examples import draw_examples
from core.training.images import TrainingImages, find_samples
from core.training.presets import load_recipe
from core.training.processes import join_parts
from core.training.progress import Listener
from core.training.recipe import TopologyRecipe
from core.training.stages import distill_student
from core.training.task import TrainingTask
from core.training.topology import TOPOLOGY_NAME, prepare_topology
from core.training.trained import load_topology_spec, load_trained
from core.training.validation import validate_network

SIDES = TopologyRecipe(side=8, bins=6)


class Recorder(Listener):
    def __init__(self) -> None:
        self.said: list[str] = []

    def advanced(self, what: str, done: int, total: int) -> None:
        if done == total:
            self.said.append(what)


class FirstNumber(Network):
    """The logit of class 1 is the first topological number."""

    def __init__(self, inputs: int = 2) -> None:
        super().__init__(num_classes=3, feature_channels=3)
        self.topology_inputs = inputs

    def forward_features(self, x):
        return x

    def forward_head(self, features, topology=None):
        zero = features.mean((1, 2, 3)) * 0
        return torch.stack([zero, zero + topology[:, 0], zero], dim=1)


@pytest.fixture
def with_topology(images) -> TrainingImages:
    numbers = torch.arange(48.0).view(24, 2)
    return TrainingImages(
        images.train, images.train_target, images.val, images.val_target, 3, (1,), numbers, numbers[:12] % 6
    )


def test_rows_are_what_serving_computes_on_a_grid_of_the_training_frames(recipe, data_root, tmp_path):
    samples, preprocessing = find_samples(recipe, data_root), recipe.student.preprocessing
    rows = prepare_topology(SIDES, samples, preprocessing, tmp_path, Listener())
    frames = [preprocessing.frame(load_pixels(sample)) for sample in samples.train]
    assert rows.spec == fit_topology_spec(frames, side=8, bins=6)
    for part, found in ((samples.train, rows.train), (samples.val, rows.val)):
        expected = np.concatenate([rows.spec.apply(load_pixels(sample)) for sample in part])
        np.testing.assert_array_equal(found.numpy(), expected)
        assert found.dtype == torch.float32


def test_rows_are_kept_and_shared_until_something_changes(recipe, data_root, tmp_path):
    samples, preprocessing = find_samples(recipe, data_root), recipe.student.preprocessing

    def prepare(sides=SIDES, said=None, these=samples):
        return prepare_topology(sides, these, preprocessing, tmp_path, said or Recorder())

    first, again = prepare(), Recorder()
    kept = prepare(said=again)
    assert not again.said
    assert kept.spec == first.spec
    assert torch.equal(kept.train, first.train)
    assert torch.equal(kept.val, first.val)
    for sides, these in (
        (TopologyRecipe(side=8, bins=5), samples),
        (
            SIDES,
            find_samples(
                recipe.model_copy(update={"data": recipe.data.model_copy(update={"limit": 6})}), data_root
            ),
        ),
    ):
        other = Recorder()
        prepare(sides, other, these)
        assert other.said == ["computing topology"]
    assert len(list(tmp_path.glob("*.npz"))) == 3


@pytest.mark.parametrize("fault", ["stale", "broken"])
def test_kept_rows_that_are_stale_or_broken_are_made_again(recipe, data_root, tmp_path, fault):
    samples, preprocessing = find_samples(recipe, data_root), recipe.student.preprocessing
    first = prepare_topology(SIDES, samples, preprocessing, tmp_path, Listener())
    (path,) = tmp_path.glob("*.npz")
    if fault == "broken":
        path.write_bytes(b"PK not a file of ours")
    else:
        spec = first.spec.model_dump_json()
        np.savez(path, train=first.train.numpy() + 1, val=first.val.numpy(), spec=np.array(spec))
    again = Recorder()
    rows = prepare_topology(SIDES, samples, preprocessing, tmp_path, again)
    assert again.said == ["computing topology"]
    assert torch.equal(rows.train, first.train)


def test_blank_frames_are_refused_in_words(recipe, data_root, tmp_path, monkeypatch):
    monkeypatch.setattr("core.training.topology.load_pixels", lambda _: np.full((9, 9, 3), 7, np.uint8))
    with pytest.raises(ConfigError, match="dark or bright spot"):
        prepare_topology(
            SIDES, find_samples(recipe, data_root), recipe.student.preprocessing, tmp_path, Listener()
        )


def test_numbers_belong_to_their_images(with_topology, tiny):
    rows = torch.tensor([5, 0, 17])
    examples = draw_examples(
        with_topology, rows, tiny(), generator_for(0), lesson=None, distill=None, device=torch.device("cpu")
    )
    assert torch.equal(examples.topology, with_topology.train_topology[rows])


def test_mixing_mixes_the_numbers_as_it_mixes_classes(with_topology, tiny):
    rows = torch.arange(8)
    examples = draw_examples(
        with_topology,
        rows,
        tiny(mixup=1.0),
        generator_for(5),
        lesson=None,
        distill=None,
        device=torch.device("cpu"),
    )
    partner = (examples.topology - with_topology.train_topology[rows])[:, 0]
    assert partner.abs().max() > 0
    classes = torch.nn.functional.one_hot(with_topology.train_target[rows], 3).float()
    moved = (examples.target - classes).abs().sum(1) > 0
    assert (partner.abs() > 0)[moved].all()
    assert examples.topology.sum() == pytest.approx(with_topology.train_topology[rows].sum().item(), rel=1e-5)


def test_validation_and_consistency_pass_the_numbers(with_topology, tiny):
    network = FirstNumber()
    scores = validate_network(network, with_topology, precision="fp32")
    task = TrainingTask(network, tiny(consistency_weight=1.0), with_topology)
    for batch in task.val_dataloader():
        task.validation_step(batch, 0)
    answers = join_parts(task._answers)
    assert torch.equal(answers[:, 1], with_topology.val_topology[:, 0])
    truth = (with_topology.val_target == 1).numpy()
    assert scores.roc_auc == roc_auc_score(truth, with_topology.val_topology[:, 0].numpy())
    examples = draw_examples(
        with_topology,
        torch.arange(8),
        task.recipe,
        generator_for(0),
        lesson=None,
        distill=None,
        device=torch.device("cpu"),
    )
    terms = task._terms(examples, generator_for(1))
    assert terms["consistency"].item() == 0  # numbers of a turned image are those of the image


@pytest.mark.parametrize("inputs", [2, 5])
def test_images_without_the_networks_numbers_are_refused(images, with_topology, tiny, inputs):
    given = images if inputs == 2 else with_topology
    with pytest.raises(ConfigError, match=rf"made\.topology: the network takes {inputs} numbers"):
        TrainingTask(FirstNumber(inputs), tiny(), given)


def test_a_preset_trains_a_student_with_topology(attentive, data_root, tmp_path):
    recipe = load_recipe("attentive", ["student.epochs=2"], folder=attentive)
    result = distill_student(recipe, tmp_path, role="control", root=data_root)
    folder = tmp_path / "tiny/control"
    assert (folder / TOPOLOGY_NAME).is_file()
    assert len(list((folder.parent / "topology").glob("*.npz"))) == 1
    network, spec = load_trained(recipe, tmp_path, "control"), load_topology_spec(recipe, tmp_path, "control")
    assert network.topology_inputs == spec.size == 36
    samples = find_samples(recipe, data_root)
    assert spec.fitted_on == len(samples.train)
    assert load_topology_spec(recipe, tmp_path, "teacher") is None
    assert result.epochs == 2
    (folder / TOPOLOGY_NAME).write_text(json.dumps({"side": 1}))
    with pytest.raises(ConfigError, match="not a topology of this version"):
        load_topology_spec(recipe, tmp_path, "control")
    (folder / TOPOLOGY_NAME).unlink()
    with pytest.raises(ConfigError, match="no topology was kept"):
        load_topology_spec(recipe, tmp_path, "control")


def test_recipes_name_the_keys_of_topology(attentive):
    recipe = load_recipe("attentive", ["student.topology.bins=5"], folder=attentive)
    assert recipe.student.topology == TopologyRecipe(side=8, bins=5)
    with pytest.raises(ConfigError, match=r"student\.topology\.cells.*The choices are bins, side"):
        load_recipe("attentive", ["student.topology.cells=5"], folder=attentive)
    with pytest.raises(ConfigError, match="no such key"):
        load_recipe("attentive", ["teacher.topology.bins=5"], folder=attentive)

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.errors import ConfigError, DataError, WeightsError
from core.training.images import find_samples, load_training_images
from core.training.lesson import average_turns
from core.training.presets import load_recipe
from core.training.progress import EpochRecord, Listener
from core.training.stages import distill_student, train_teacher
from core.training.start import start_network
from core.training.trained import load_trained
from core.training.validation import score_validation


class Recorder(Listener):
    def __init__(self) -> None:
        self.said: list[str] = []
        self.records: dict[str, list[EpochRecord]] = {}

    def advanced(self, what: str, done: int, total: int) -> None:
        if done == total:
            self.said.append(what)

    def finished_epoch(self, stage: str, record: EpochRecord) -> None:
        self.records.setdefault(stage, []).append(record)


@pytest.fixture(scope="module")
def trained(presets, data_root, tmp_path_factory):
    """Everything the tiny preset makes: (recipe, runs, results by stage, what was said)."""
    torch.set_num_threads(1)
    recipe, runs, said = load_recipe("tiny", folder=presets), tmp_path_factory.mktemp("runs"), Recorder()
    results = {"teacher": train_teacher(recipe, runs, root=data_root, listener=said)}
    for role in ("student", "control"):
        results[role] = distill_student(recipe, runs, role=role, root=data_root, listener=said)
    return recipe, runs, results, said


def test_every_stage_leaves_its_files(trained):
    _, runs, results, said = trained
    for stage in ("teacher-one", "teacher-two", "student", "control"):
        files = {path.name for path in (runs / "tiny" / stage).iterdir()}
        assert files == {"run.json", "last.ckpt", "history.jsonl", "weights.safetensors", "result.json"}
        lines = (runs / "tiny" / stage / "history.jsonl").read_text().splitlines()
        assert [json.loads(line)["epoch"] for line in lines] == [r.epoch for r in said.records[stage]]
    assert results["student"].epochs == 3
    assert results["teacher"].best_epoch is None
    assert results["student"].versions["torch"] == torch.__version__
    assert len({result.asked.split_sha256 for result in results.values()}) == 1


def test_weights_are_float16_of_the_best_epoch(trained, data_root):
    recipe, runs, results, said = trained
    stored = load_file(runs / "tiny/student/weights.safetensors")
    assert {tensor.dtype for tensor in stored.values() if tensor.is_floating_point()} == {torch.float16}
    best = max(said.records["student"], key=lambda record: (record.val_roc_auc, -record.epoch))
    assert results["student"].best_epoch == best.epoch
    network = load_trained(recipe, runs, "student")
    assert not network.training
    images = load_training_images(find_samples(recipe, data_root), recipe.student.preprocessing, Listener())
    with torch.inference_mode():
        scores = score_validation(network(images.val.float() / 255), images.val_target, images.positives)
    assert scores.roc_auc == pytest.approx(best.val_roc_auc, abs=0.05)


def test_teacher_is_the_mean_of_its_members(trained):
    recipe, runs, _, _ = trained
    teacher = load_trained(recipe, runs, "teacher")
    x = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        members = [part(x) for part in teacher.parts()]
        torch.testing.assert_close(teacher(x), torch.stack(members).mean(0))
    assert len(members) == 2
    assert not torch.equal(members[0], members[1])


def test_loss_terms_are_named_and_the_control_has_no_teacher(trained):
    _, _, results, said = trained
    assert set(said.records["student"][0].terms) == {"plain", "response"}
    assert set(said.records["control"][0].terms) == {"plain"}
    assert results["student"].asked.teacher_sha256 == results["teacher"].weights_sha256
    assert results["control"].asked.teacher_sha256 is None


def test_teacher_is_asked_once(trained, data_root, tmp_path):
    recipe, runs, results, said = trained
    assert said.said.count("asking the teacher") == 1
    answers = sorted((runs / "tiny/teacher-answers").glob("*.npz"))
    assert len(answers) == recipe.student.distill.views
    shapes = {np.load(path, allow_pickle=False)["logits"].shape for path in answers}
    assert shapes == {(len(find_samples(recipe, data_root).train), 7)}
    (tmp_path / "tiny").symlink_to(runs / "tiny")
    again = Recorder()
    assert distill_student(recipe, tmp_path, root=data_root, listener=again) == results["student"]
    assert train_teacher(recipe, tmp_path, root=data_root, listener=again) == results["teacher"]
    assert not again.said
    assert not again.records


def test_view_zero_is_the_mean_over_flips_and_turns(trained, data_root):
    recipe, runs, _, _ = trained
    (path,) = (runs / "tiny/teacher-answers").glob("*-view0.npz")
    images = load_training_images(find_samples(recipe, data_root), recipe.teacher.preprocessing, Listener())
    with torch.inference_mode():
        teacher, x = load_trained(recipe, runs, "teacher"), images.train[:4].float() / 255
        expected = average_turns(teacher, x)
        torch.testing.assert_close(
            average_turns(teacher, x.rot90(1, (2, 3)).flip(2)), expected, atol=1e-4, rtol=1e-4
        )
    found = np.load(path, allow_pickle=False)["logits"][:4]
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)


def test_loading_refuses_what_does_not_belong(trained, presets, tmp_path):
    recipe, runs, _, _ = trained
    other = load_recipe("tiny", ["student.epochs=9"], folder=presets)
    with pytest.raises(ConfigError, match="another recipe"):
        load_trained(other, runs, "student")
    with pytest.raises(ConfigError, match="Train this stage first"):
        load_trained(recipe, tmp_path, "teacher")


def test_an_altered_file_is_refused(trained, tmp_path):
    recipe, runs, _, _ = trained
    folder = tmp_path / "tiny/student"
    folder.mkdir(parents=True)
    for name in ("result.json", "weights.safetensors"):
        content = bytearray((runs / "tiny/student" / name).read_bytes())
        if name == "weights.safetensors":
            content[-1] ^= 1
        (folder / name).write_bytes(content)
    with pytest.raises(WeightsError, match="not the file the result names"):
        load_trained(recipe, tmp_path, "student")


def test_a_student_without_its_teacher_is_refused(recipe, presets, trained, data_root, tmp_path):
    with pytest.raises(ConfigError, match=r"not trained yet.*train tiny"):
        distill_student(recipe, tmp_path, root=data_root)
    other = load_recipe("tiny", ["teacher.optimiser.lr=0.5"], folder=presets)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny/teacher").symlink_to(trained[1] / "tiny/teacher")
    with pytest.raises(ConfigError, match="teacher was trained with another recipe"):
        distill_student(other, tmp_path, root=data_root)


def test_no_such_member(recipe, data_root, tmp_path):
    with pytest.raises(ConfigError, match="The choices are one, two"):
        train_teacher(recipe, tmp_path, root=data_root, only_member="three")


def test_a_teacher_of_one_network(presets, data_root, tmp_path):
    text = (presets / "tiny.toml").read_text().split("[[teacher.members]]")
    alone = text[0] + "[student]" + text[2].split("[student]")[1]
    (tmp_path / "alone.toml").write_text(alone)
    recipe = load_recipe("alone", ["teacher.epochs=1"], folder=tmp_path)
    result = train_teacher(recipe, tmp_path, root=data_root)
    assert result.best_epoch == 0
    assert load_trained(recipe, tmp_path, "teacher").architecture == "mobilenetv3_small_100"


def test_data_that_cannot_choose_an_epoch_is_refused(presets, data_root, monkeypatch):
    recipe = load_recipe("tiny", ["data.fractions=[1.0, 0.0, 0.0]"], folder=presets)
    with pytest.raises(DataError, match="0 validation images"):
        find_samples(recipe, data_root)
    monkeypatch.delenv("TWINLENS_DATA", raising=False)
    with pytest.raises(DataError, match="TWINLENS_DATA"):
        find_samples(recipe, None)


def test_a_limit_lets_classes_take_turns(presets, data_root):
    recipe = load_recipe("tiny", ["data.limit=6"], folder=presets)
    samples = find_samples(recipe, data_root)
    assert [len(samples.train), len(samples.val)] == [6, 6]
    labels = [sample.label for sample in samples.train]
    assert {label: labels.count(label) for label in set(labels)} == {"mel": 2, "nv": 2, "bcc": 2}
    assert samples.sha256 == find_samples(load_recipe("tiny", folder=presets), data_root).sha256


def test_starting_is_the_same_each_time_and_leaves_the_global_generator_alone(recipe, data_root):
    images = load_training_images(find_samples(recipe, data_root), recipe.student.preprocessing, Listener())
    state = torch.get_rng_state()
    (first, fresh), (second, _) = (start_network(recipe.student, images) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert fresh == {name for name, _ in first.named_parameters()}


def test_a_teacher_is_taken_over_from_another_preset(trained, presets, data_root, tmp_path):
    recipe, runs, results, _ = trained
    preset = (presets / "tiny.toml").read_text()
    head, student = preset.split("[teacher]")[0], preset.split("[student]")[1]
    (tmp_path / "tiny.toml").write_text(preset)
    (tmp_path / "next.toml").write_text(
        head.replace('"tiny"', '"next"') + '[teacher]\ntaken_from = "tiny"\n[student]' + student
    )
    following = load_recipe("next", folder=tmp_path)
    assert [member.architecture for member in following.teacher.members] == [recipe.student.architecture]
    with pytest.raises(ConfigError, match="the network that teaches here is not trained yet"):
        train_teacher(following, tmp_path, root=data_root)
    (tmp_path / "tiny").symlink_to(runs / "tiny")
    taken = train_teacher(following, tmp_path, root=data_root)
    assert taken.weights_sha256 == results["student"].weights_sha256
    assert (taken.epochs, taken.seconds) == (0, 0)
    assert train_teacher(following, tmp_path, root=data_root) == taken
    x = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.equal(
            load_trained(following, tmp_path, "teacher")(x), load_trained(recipe, runs, "student")(x)
        )
    student_result = distill_student(following, tmp_path, root=data_root)
    assert student_result.asked.teacher_sha256 == taken.weights_sha256


def test_a_taken_teacher_of_another_split_is_refused(trained, presets, data_root, tmp_path):
    _, runs, _, _ = trained
    preset = (presets / "tiny.toml").read_text()
    head, student = preset.split("[teacher]")[0], preset.split("[student]")[1]
    (tmp_path / "tiny.toml").write_text(preset)
    text = head.replace('"tiny"', '"next"').replace("0.5, 0.3, 0.2]", "0.5, 0.3, 0.2]\nseed = 3")
    (tmp_path / "next.toml").write_text(text + '[teacher]\ntaken_from = "tiny"\n[student]' + student)
    (tmp_path / "tiny").symlink_to(runs / "tiny")
    with pytest.raises(ConfigError, match="it was trained with another recipe or split"):
        train_teacher(load_recipe("next", folder=tmp_path), tmp_path, root=data_root)


def test_a_control_may_teach(trained, presets, data_root, tmp_path):
    _, runs, results, _ = trained
    preset = (presets / "tiny.toml").read_text()
    head, student = preset.split("[teacher]")[0], preset.split("[student]")[1]
    (tmp_path / "tiny.toml").write_text(preset)
    (tmp_path / "tiny").symlink_to(runs / "tiny")
    text = head.replace('"tiny"', '"next"') + '[teacher]\ntaken_from = "tiny/control"\n[student]' + student
    (tmp_path / "next.toml").write_text(text)
    taken = train_teacher(load_recipe("next", folder=tmp_path), tmp_path, root=data_root)
    assert taken.weights_sha256 == results["control"].weights_sha256
    (tmp_path / "next.toml").write_text(text.replace("tiny/control", "tiny/teacher"))
    with pytest.raises(ConfigError, match="PRESET, PRESET/student or PRESET/control"):
        load_recipe("next", folder=tmp_path)


def test_nothing_may_stand_beside_a_taken_teacher(presets, tmp_path):
    preset = (presets / "tiny.toml").read_text()
    text = preset.split("[teacher]")[0] + '[teacher]\ntaken_from = "tiny"\nepochs = 3\n[student]'
    (tmp_path / "next.toml").write_text(text + preset.split("[student]")[1])
    with pytest.raises(ConfigError, match="nothing else may stand beside it"):
        load_recipe("next", folder=tmp_path)


def test_mirrored_subjects_are_asked_about_with_their_mirror_image_only(network):
    teacher, x = network().eval(), torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        expected = (teacher(x) + teacher(x.flip(3))) / 2
        torch.testing.assert_close(average_turns(teacher, x, "mirror"), expected)

"""Both sweeps from end to end on made-up pictures: trained, killed and resumed, compared, stored."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from core.bundle import PREDICTIONS_NAME, Pair, save_pair
from core.data.base import load_pixels, read_samples
from core.errors import ConfigError, DataError, WeightsError
from core.experiments.sweeps.bench import PARTS, SweepBench, sweep_folder
from core.experiments.sweeps.clock import ProcessorClock, read_processor_seconds
from core.experiments.sweeps.record import load_sweep
from core.experiments.sweeps.report import report_sweep
from core.experiments.sweeps.table import SweepTable, TableRow
from core.experiments.sweeps.train import ANSWERS_NAME, plan_runs, train_run, train_runs
from core.networks import backbones
from core.predict import open_predictor
from core.release.scoring import join_tables, tabulate
from core.training.images import find_samples, find_test_samples
from core.training.progress import Listener
from core.training.runs import Asked, load_result
from tests.small_world import write_ph2
from tests.training.conftest import write_data

COMMON = ["data.datasets=['isic2018_task3']", "data.fractions=[0.5, 0.25, 0.25]"]
STUDENT = [
    *COMMON,
    "student.pretrained=none",
    "student.image_size=32",
    "student.epochs=2",
    "student.batch_size=8",
    "student.monitor=last",
]
TEACHER = [entry.replace("student.", "teacher.") for entry in STUDENT]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ph2(write_data(tmp_path_factory.mktemp("world"), count=60), count=12)


@pytest.fixture(scope="module")
def table() -> SweepTable:
    return SweepTable(
        name="mel_kd",
        title="Tiny",
        source="MEL",
        citation="made up",
        preset="mel5",
        teacher_pair="melanoma",
        seeds=2,
        overrides=tuple(STUDENT),
        deviations=("It is tiny.",),
        rows=(
            TableRow(
                id="taught",
                title="Taught",
                kind="distilled",
                distill={"temperature": 2.0, "kd_weight": 0.9},
                reported={"roc_auc": 0.921},
            ),
            TableRow(id="control", title="Control", kind="control", distill={"kd_weight": 0.0}),
            TableRow(id="teacher", title="Teacher", kind="teacher"),
        ),
    )


@pytest.fixture(scope="module")
def models(pair: Pair, root: Path, table: SweepTable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small pair as if its teacher had been trained on the table's division of the data."""
    recipe, folder = table.recipe(), tmp_path_factory.mktemp("models")
    predictor, card = open_predictor(pair, "teacher"), pair.card
    parts = {"test": find_test_samples(recipe, root), "external": tuple(read_samples("ph2", root))}
    tables = [
        tabulate(
            samples,
            predictor.compute_probs(map(load_pixels, samples)),
            role="teacher",
            split=split,
            classes=card.classes,
            positives=card.positives,
        )
        for split, samples in parts.items()
    ]
    buffer = io.BytesIO()
    join_tables(tables).to_parquet(buffer, index=False)
    split = card.split.model_copy(update={"sha256": find_samples(recipe, root).sha256})
    files = {name: pair.read(name) for name in card.files} | {PREDICTIONS_NAME: buffer.getvalue()}
    save_pair(card.model_copy(update={"split": split}), files, folder)
    return folder


@pytest.fixture(scope="module")
def trained(table: SweepTable, root: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of all finished runs of the table."""
    runs = tmp_path_factory.mktemp("runs")
    train_runs(SweepBench(table, runs, root=root, models=models), plan_runs(table.rows, table.seeds))
    return runs


@pytest.fixture
def bench(table: SweepTable, trained: Path, root: Path, models: Path, tmp_path: Path) -> SweepBench:
    """On a copy of the finished runs."""
    shutil.copytree(trained, tmp_path / "runs")
    return SweepBench(table, tmp_path / "runs", root=root, models=models)


def test_seeds_come_one_after_another(table):
    stages = [run.stage for run in plan_runs(table.rows, 2)]
    assert stages == ["taught-0", "control-0", "taught-1", "control-1"]


def test_the_report_says_what_the_runs_answered(bench, tmp_path):
    report = report_sweep(bench, folder=tmp_path / "results", resamples=50)
    arrays = load_file(tmp_path / "results" / "mel_kd.safetensors")
    truth = arrays["target/test"] == 1
    assert report.cases["test"].n == len(truth) and report.cases["test"].positives == truth.sum()
    for row in ("taught", "control"):
        expected = [roc_auc_score(truth, expit(arrays[f"{row}-{seed}/test"])) for seed in (0, 1)]
        found = report.row(row)
        assert found.seeds == (0, 1) and found.not_run == ""
        assert found.figures["roc_auc"].by_seed == pytest.approx(expected)
        assert found.external["roc_auc"].interval.n == 12
        assert found.seconds is not None and found.seconds > 0
    assert report.row("taught").printed.roc_auc == 0.921
    assert report.row("taught").settings == {"temperature": 2.0, "kd_weight": 0.9}
    assert load_sweep("mel_kd", tmp_path / "results").model_dump_json() == report.model_dump_json()


def test_the_shipped_teacher_is_measured_on_the_same_cases(bench, models, tmp_path):
    report = report_sweep(bench, folder=tmp_path, resamples=50)
    samples = bench.held_out["test"].samples
    probs = open_predictor(bench.pair, "teacher").compute_probs(map(load_pixels, samples))
    expected = roc_auc_score([sample.label == "mel" for sample in samples], probs[:, 0])
    teacher = report.row("teacher")
    assert teacher.figures["roc_auc"].interval.value == pytest.approx(expected)
    assert teacher.seeds == () and teacher.seconds is None
    assert teacher.cost is not None and teacher.cost.parameters == bench.pair.network("teacher").parameters
    compared = [(entry.of, entry.against) for entry in report.differences]
    assert compared == [("taught", "control"), ("taught", "teacher"), ("control", "teacher")]
    difference = report.difference("taught", "control").figures["roc_auc"].interval.value
    values = [report.row(row).figures["roc_auc"].interval.value for row in ("taught", "control")]
    assert difference == pytest.approx(values[0] - values[1])


def test_the_teacher_is_asked_once_and_the_control_never(bench, monkeypatch):
    answers = sorted((sweep_folder(bench.table, bench.runs) / "teacher-answers").iterdir())
    assert len(answers) == 1
    asked = {
        folder.name: json.loads((folder / "run.json").read_text())["teacher_sha256"]
        for folder in sweep_folder(bench.table, bench.runs).glob("*-?")
    }
    assert asked["control-0"] is None and asked["control-1"] is None
    assert asked["taught-0"] == asked["taught-1"] == bench.teacher_sha256
    monkeypatch.setattr("core.experiments.sweeps.bench.open_network", None)
    train_runs(bench, plan_runs(bench.table.rows, 2))  # everything is there: nobody is asked, nothing trained


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_happened(bench):
    class Killed(Listener):
        def finished_epoch(self, stage, record):
            raise RuntimeError("killed")

    run = plan_runs(bench.table.rows, 1)[0]
    folder = sweep_folder(bench.table, bench.runs) / run.stage
    whole, before = load_result(folder), (folder / ANSWERS_NAME).read_bytes()
    shutil.rmtree(folder)
    bench.listener = Killed()
    with pytest.raises(RuntimeError, match="killed"):
        train_run(bench, run)
    assert load_result(folder) is None
    taken = read_processor_seconds(folder)
    bench.listener = Listener()
    result = train_run(bench, run)
    assert [session["first_epoch"] for session in result.sessions] == [0, 1]
    assert result.weights_sha256 == whole.weights_sha256
    assert (folder / ANSWERS_NAME).read_bytes() == before
    assert read_processor_seconds(folder) > taken


def test_answers_that_are_missing_are_given_again(bench):
    run = plan_runs(bench.table.rows, 1)[1]
    path = sweep_folder(bench.table, bench.runs) / run.stage / ANSWERS_NAME
    before = load_file(path)
    path.unlink()
    train_run(bench, run)
    after = load_file(path)
    assert set(after) == set(PARTS)
    for name in PARTS:
        assert np.array_equal(before[name], after[name])


def test_rows_without_a_run_are_blank_and_say_how_to_run_them(bench, tmp_path):
    for seed in (0, 1):
        shutil.rmtree(sweep_folder(bench.table, bench.runs) / f"control-{seed}")
    report = report_sweep(bench, folder=tmp_path, resamples=50)
    row = report.row("control")
    assert row.figures == {} and row.external == {} and row.seconds is None
    assert "sweep kd --only control" in row.not_run
    assert row.cost is not None
    assert report.difference("taught", "control") is None


def test_a_teacher_of_another_division_is_refused(pair_models, table, root, tmp_path):
    with pytest.raises(ConfigError, match="another division"):
        SweepBench(table, tmp_path, root=root, models=pair_models)


def test_runs_of_another_recipe_are_refused(bench, table, root, models, tmp_path):
    other = table.model_copy(update={"overrides": (*table.overrides, "student.epochs=1")})
    changed = SweepBench(other, bench.runs, root=root, models=models)
    with pytest.raises(ConfigError, match="another recipe"):
        train_runs(changed, plan_runs(other.rows, 1))
    with pytest.raises(DataError, match="another recipe"):
        report_sweep(changed, folder=tmp_path)


def test_teachers_are_trained_weighed_and_left_blank(root, tmp_path):
    table = SweepTable(
        name="mel_teachers",
        title="Tiny",
        source="MEL",
        citation="made up",
        preset="mel5",
        seeds=1,
        overrides=(*TEACHER, "teacher.epochs=1"),
        rows=tuple(
            TableRow(id=name, title=name, kind="network", architecture=name)
            for name in ("mobilenetv3_small_100", "efficientnet_b7")
        ),
    )
    bench = SweepBench(table, tmp_path, root=root)
    train_runs(bench, plan_runs(table.rows[:1], 1))
    report = report_sweep(bench, folder=tmp_path, resamples=50)
    first, second = report.rows
    assert first.figures["roc_auc"].interval.method.startswith("bootstrap of cases, one seed")
    assert second.figures == {} and "sweep teachers --only efficientnet_b7" in second.not_run
    assert second.cost.parameters > 60e6
    assert report.teacher_sha256 == "" and report.differences == ()


def test_imagenet_weights_that_are_not_there_are_named(root, tmp_path, monkeypatch):
    monkeypatch.setenv("TWINLENS_DATA", str(root))
    table = SweepTable(
        name="mel_teachers",
        title="Tiny",
        source="MEL",
        citation="made up",
        preset="mel5",
        seeds=1,
        overrides=(*TEACHER, "teacher.pretrained=auto"),
        rows=(TableRow(id="r", title="r", kind="network", architecture="resnet34"),),
    )

    create = backbones.timm.create_model

    def create_offline(name: str, *, pretrained: bool = False, **options: object) -> object:
        if pretrained:
            raise OSError("no network")
        return create(name, pretrained=False, **options)

    bench = SweepBench(table, tmp_path, root=root)
    monkeypatch.setattr(backbones.timm, "create_model", create_offline)
    with pytest.raises(WeightsError, match=r"resnet34[\s\S]*no ImageNet weights"):
        train_runs(bench, plan_runs(table.rows, 1))


def test_the_clock_passes_everything_on(tmp_path):
    told = []

    class Inner(Listener):
        def opened(self, folder, asked):
            told.append("opened")

        def advanced(self, what, done, total):
            told.append(what)

        def warned(self, message):
            told.append(message)

        def closed(self, folder, result):
            told.append("closed")

    clock = ProcessorClock(Inner())
    clock.opened(tmp_path, Asked(stage="s", recipe={}, data={}, split_sha256=""))
    clock.advanced("reading", 1, 2)
    clock.warned("careful")
    clock.closed(tmp_path, None)
    assert told == ["opened", "reading", "careful", "closed"]
    assert read_processor_seconds(tmp_path) is None

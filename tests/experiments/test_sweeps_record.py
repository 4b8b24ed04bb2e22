"""A sweep's stored results: read back as written, refused where they do not fit, and read without torch."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest

from core.errors import DataError
from core.experiments.sweeps.record import (
    Cases,
    Cost,
    Printed,
    SweepDifference,
    SweepResult,
    SweepRow,
    load_ablation,
    load_sweep,
)
from core.types import Interval, SeededFigure


def make_result() -> SweepResult:
    figure = SeededFigure(Interval(0.8, 0.7, 0.9, 0.95, 10, "bootstrap"), (0.75, 0.85))
    undefined = SeededFigure(
        Interval(math.nan, math.nan, math.nan, 0.95, 10, "unattainable"), (0.2, math.nan)
    )
    row = SweepRow(
        id="a",
        title="A",
        kind="distilled",
        note="",
        settings={"temperature": 1.0},
        printed=Printed(roc_auc=0.921),
        seeds=(0, 1),
        figures={"roc_auc": figure, "specificity_at_95_sensitivity": undefined},
        external={},
        cost=Cost(
            parameters=10, macs=20, image_size=32, bytes_float32=40, bytes_float16=20, bytes_one_output=2**20
        ),
        seconds=1.5,
        not_run="",
    )
    return SweepResult(
        name="mel_kd",
        title="T",
        citation="C",
        preset="mel5",
        overrides=(),
        training="",
        data="",
        split_sha256="0",
        teacher_sha256="",
        cases={"test": Cases(title="test", n=10, groups=9, positives=3)},
        level=0.95,
        resamples=100,
        deviations=("d",),
        notes=(),
        rows=(row,),
        differences=(SweepDifference(of="a", against="b", seeds=(0, 1), figures={"roc_auc": figure}),),
        versions={"torch": "2"},
        commit="c",
        commit_state="clean",
    )


def test_it_comes_back_as_it_was_written(tmp_path):
    (tmp_path / "mel_kd.json").write_text(make_result().model_dump_json(indent=1), encoding="utf-8")
    found = load_sweep("mel_kd", tmp_path)
    assert found.model_dump_json() == make_result().model_dump_json()
    row = found.row("a")
    assert row.figures["roc_auc"].interval.value == 0.8
    attained = row.figures["specificity_at_95_sensitivity"]
    assert not attained.interval.defined and attained.interval.method == "unattainable"
    assert attained.by_seed[0] == 0.2 and math.isnan(attained.by_seed[1])
    assert row.cost is not None and row.cost.mebibytes_one_output == 1
    assert found.difference("a", "b") is not None and found.difference("b", "a") is None


@pytest.mark.parametrize("change", ["extra", "missing", "metric"])
def test_what_does_not_fit_is_refused(tmp_path, change):
    content = json.loads(make_result().model_dump_json())
    if change == "extra":
        content["rows"][0]["colour"] = "red"
    elif change == "missing":
        del content["level"]
    else:
        content["rows"][0]["figures"]["accuracy"] = content["rows"][0]["figures"]["roc_auc"]
    (tmp_path / "mel_kd.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match=r"not results of this version[\s\S]*sweep kd"):
        load_sweep("mel_kd", tmp_path)


def test_nothing_stored_names_the_command(tmp_path):
    with pytest.raises(DataError, match=r"no results are here[\s\S]*sweep teachers"):
        load_sweep("mel_teachers", tmp_path)
    with pytest.raises(DataError, match=r"no ablation is here[\s\S]*ablate lung"):
        load_ablation("lung", tmp_path)
    (tmp_path / "lung-ablation.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="not results of this version"):
        load_ablation("lung", tmp_path)


def test_the_fundus_ablation_is_the_documented_one():
    report = load_ablation()
    assert report.preset == "fundus" and report.n == 484
    assert {"plain", "kd", "cbam", "topology", "consistency", "all"} <= set(report.arms)
    assert report.arms["kd"].figures["roc_auc"].value == pytest.approx(0.967, abs=5e-4)


def test_a_page_reads_it_without_torch_or_the_training_packages():
    code = (
        "import sys; from core.experiments.sweeps.record import load_ablation; load_ablation(); "
        "print(sorted({'torch', 'lightning', 'timm'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

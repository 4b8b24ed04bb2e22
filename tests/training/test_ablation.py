"""An ablation from training to report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import ConfigError
from core.release.ablation import report_ablation
from core.training.ablation import TEST_NAME, Bench, train_arm
from core.training.arms import ARMS
from core.training.images import find_test_samples
from core.training.presets import load_recipe
from core.training.stages import train_teacher


def test_from_training_to_report(attentive, data_root, tmp_path):
    recipe = load_recipe("attentive", ["teacher.epochs=1"], folder=attentive)
    bench = Bench(recipe, tmp_path, root=data_root)
    with pytest.raises(ConfigError, match="not trained yet"):
        train_arm(bench, ARMS["kd"], 0)
    train_teacher(recipe, tmp_path, root=data_root)
    bench = Bench(recipe, tmp_path, root=data_root)
    results = {name: train_arm(bench, ARMS[name], 0) for name in ("plain", "kd", "all")}
    assert results["plain"].asked.teacher_sha256 is None
    assert results["kd"].asked.teacher_sha256 == results["all"].asked.teacher_sha256 is not None
    folder = tmp_path / "tiny-ablation"
    table = pd.read_parquet(folder / "all-0" / TEST_NAME)
    samples = find_test_samples(recipe, data_root)
    assert len(table) == 4 * len(samples)
    columns = [name for name in table if name.startswith("prob_")]
    np.testing.assert_allclose(table[columns].sum(axis=1), 1)
    assert table["target"].tolist() == [sample.label for sample in samples] * 4
    (folder / "all-0" / TEST_NAME).unlink()
    again = Bench(recipe, tmp_path, root=data_root)
    assert train_arm(again, ARMS["all"], 0) == results["all"]
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "all-0" / TEST_NAME), table)
    assert set(report_ablation(recipe, tmp_path, resamples=20).arms) == {"plain", "kd", "all"}
    with pytest.raises(ConfigError, match=r"no table \[ablation\]"):
        Bench(recipe.model_copy(update={"ablation": None}), tmp_path, root=data_root)

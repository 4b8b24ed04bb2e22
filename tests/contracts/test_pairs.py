"""The contract of a shipped pair, over every pair there is: a new one is covered without editing this file.

``TWINLENS_MODELS=FOLDER pytest tests/contracts/test_pairs.py`` checks another folder of pairs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.bundle import CARD_NAME, list_pairs, load_pair, verify_pair
from core.data.cohort import build_cohort
from core.networks.base import describe_network
from core.predict import (
    build_feeds,
    compute_probs,
    open_network,
    open_predictor,
    predict_case,
)
from core.release.external import SPLIT_NAME
from core.training.presets import list_presets, load_recipe
from core.types import SERVED_ROLES
from tests.shipped_pairs import EACH, examples, held_out, opened

EACH_SERVED = pytest.mark.parametrize(
    ("name", "role"), [(name, role) for name in list_pairs() for role in load_pair(name).served_roles]
)
NEEDED = {*SERVED_ROLES, "control"}
"""Roles that every pair has; it may have a second student too."""

LARGEST = 130_000_000
"""Bytes that a pair may weigh on disk."""

TRACES = re.compile(
    rb"/(?:home|root|work|tmp|usr|Users|mnt)/[\w.-]+|[A-Z]:\\\\?[\w.-]{4,}\\"
    rb"|site-packages|\.venv|localhost|127\.0\.0\.1|stack_trace"
)
"""What a file says of the machine that made it."""

ADDRESS = re.compile(rb"(?i)(?:https?|ftp|s3|file)://[\w.:@-]+")


def assignment(name: str) -> dict[str, str]:
    return json.loads(opened(name).read(SPLIT_NAME))


def keys(table: pd.DataFrame) -> pd.Series:
    return table["dataset"] + "/" + table["image_id"]


def test_the_melanoma_teacher_beats_a_plain_fine_tuned_network():
    """ROC-AUC .809 on the ISIC 2017 test part is what MobileNetV2 at 160 px reaches in eight epochs."""
    teacher = opened("melanoma").card.reports["isic2017"].metrics["teacher"]
    assert teacher["roc_auc"].value > 0.809


@EACH
class TestFiles:
    def test_every_file_is_the_one_the_card_names(self, name: str):
        pair = opened(name)
        verify_pair(pair)
        for file, digest in pair.card.files.items():
            assert hashlib.sha256((pair.folder / file).read_bytes()).hexdigest() == digest
        assert {path.name for path in pair.folder.iterdir()} == {*pair.card.files, CARD_NAME}

    def test_everything_a_pair_needs_is_there(self, name: str):
        card = opened(name).card
        assert set(card.networks) >= NEEDED
        assert set(opened(name).served_roles) == set(card.networks) - {"control"}
        for role in opened(name).served_roles:
            entry = card.networks[role]
            assert entry.weights in card.files and entry.weights in (entry.onnx, f"{role}.safetensors")
            assert entry.onnx in card.files and entry.onnx.endswith(".onnx")
        assert {SPLIT_NAME, "predictions.parquet"} <= set(card.files)
        assert card.networks["control"].weights is card.networks["control"].onnx is None

    def test_it_is_small(self, name: str):
        assert sum(path.stat().st_size for path in opened(name).folder.iterdir()) < LARGEST

    def test_no_file_tells_of_the_machine_that_made_it(self, name: str):
        pair = opened(name)
        for file in (*pair.card.files, CARD_NAME):
            content = (pair.folder / file).read_bytes()
            whole = file.endswith((".json", ".onnx"))
            for part in [content] if whole else [content[:200_000], content[-200_000:]]:
                assert not (found := TRACES.search(part)), f"{file}: {found[0]!r}"
                assert not (found := ADDRESS.search(part)), f"{file}: {found[0]!r}"

    def test_the_table_tells_of_no_machine_either(self, name: str):
        for column, values in held_out(name).select_dtypes(exclude="number").items():
            text = "\n".join(map(str, values.unique())).encode()
            assert not TRACES.search(text) and not ADDRESS.search(text), column


@EACH
class TestCard:
    def test_it_says_what_a_reader_must_know(self, name: str):
        card = opened(name).card
        assert card.title and card.summary and card.limits and card.versions
        assert "not a medical device" in card.intended_use.lower()
        assert card.sources and all(s.licence and s.citation and s.n > 0 for s in card.sources)
        for entry in card.networks.values():
            assert card.operating_point in {point.name for point in entry.operating_points}
            assert entry.title and entry.recipe and entry.parameters > 0 and entry.macs > 0

    def test_the_student_is_at_least_four_times_lighter(self, name: str):
        networks = opened(name).card.networks
        assert networks["student"].macs * 4 <= networks["teacher"].macs
        assert networks["student"].parameters < networks["teacher"].parameters
        assert networks["control"].architecture == networks["student"].architecture

    def test_it_was_not_made_by_a_smoke_run(self, name: str):
        for entry in opened(name).card.networks.values():
            assert min(entry.preprocessing.height, entry.preprocessing.width) > 64  # a smoke run's size


@EACH_SERVED
class TestServing:
    def test_the_network_is_the_one_described(self, name: str, role):
        entry = opened(name).network(role)
        size = (entry.preprocessing.height, entry.preprocessing.width)
        network = open_network(opened(name), role)
        record = describe_network(network, entry.architecture, entry.arguments, size)
        assert (record.parameters, record.macs) == (entry.parameters, entry.macs)
        assert (record.feature_shape, record.cam_layer) == (entry.feature_shape, entry.cam_layer)

    def test_onnx_and_torch_agree(self, name: str, role):
        import torch

        network, served = open_network(opened(name), role), open_predictor(opened(name), role, threads=1)
        for case in examples(name):
            feeds = build_feeds(served.entry.preprocessing, served.entry.topology, case.pixels)
            with torch.inference_mode():
                logits = network(*(torch.from_numpy(values) for values in feeds.values())).numpy()
                features = network.forward_features(torch.from_numpy(feeds["image"])).mean((2, 3)).numpy()[0]
            expected = compute_probs(logits, served.entry.temperature)[0]
            found = predict_case(served, case)
            assert np.abs(found.probs - expected).max() < 1e-4, case.title
            assert found.features.shape == (served.entry.feature_shape[0],)
            assert np.abs(found.features - features).max() < 1e-3, case.title

    def test_probabilities_are_probabilities_and_differ_between_images(self, name: str, role):
        served = open_predictor(opened(name), role, threads=1)
        found = [predict_case(served, case) for case in examples(name)]
        for prediction in found:
            assert np.isfinite(prediction.probs).all() and (prediction.probs >= 0).all()
            assert prediction.probs.sum() == pytest.approx(1, abs=1e-9)
            assert 0 <= prediction.positive_prob <= 1
        assert len({round(prediction.positive_prob, 6) for prediction in found}) == len(found)

    def test_a_call_leaves_nothing_behind(self, name: str, role):
        served = open_predictor(opened(name), role, threads=1)
        first, other = examples(name)[:2]
        before = predict_case(served, first).logits
        predict_case(served, other)
        assert np.array_equal(predict_case(served, first).logits, before)


@EACH
class TestHeldOut:
    def test_columns(self, name: str):
        table, card = held_out(name), opened(name).card
        probs = [f"prob_{code}" for code in card.classes]
        expected = ["dataset", "split", "image_id", "group", "target", "role", *probs, "positive_prob"]
        assert set(expected) <= set(table.columns)
        assert not table.isna().any().any()
        values = table[probs].to_numpy()
        assert (values >= 0).all() and np.abs(values.sum(axis=1) - 1).max() < 1e-6
        positive = table[[f"prob_{code}" for code in card.positives]].sum(axis=1)
        assert np.abs(positive - table["positive_prob"]).max() < 1e-6
        assert set(table["target"]) <= set(card.classes)

    def test_every_role_saw_the_same_cases_once(self, name: str):
        table = held_out(name)
        roles = set(opened(name).card.networks)
        assert set(table["role"]) == roles
        assert {"val", "test"} <= set(table["split"]) <= {"val", "test", "external"}
        assert not table.duplicated(["role", "dataset", "image_id"]).any()
        columns = ["dataset", "image_id", "split", "target", "group"]
        seen = {role: rows[columns].sort_values(columns[:2]) for role, rows in table.groupby("role")}
        for role in roles:
            assert np.array_equal(seen[role].to_numpy(), seen["teacher"].to_numpy()), role

    def test_the_roles_are_different_networks(self, name: str):
        columns = [rows["positive_prob"].to_numpy() for _, rows in held_out(name).groupby("role")]
        for one, other in combinations(columns, 2):
            assert np.abs(one - other).max() > 0.01

    def test_groups_never_cross_splits(self, name: str):
        assert (held_out(name).groupby("group")["split"].nunique() == 1).all()

    def test_rows_lie_where_the_split_puts_them(self, name: str):
        homes, table = assignment(name), held_out(name)
        table = table[table["role"] == "teacher"]
        own = table[table["split"] != "external"]
        assert dict(zip(keys(own), own["split"], strict=True)) == {
            key: home for key, home in homes.items() if home != "train"
        }
        ids = {key.partition("/")[2] for key in homes}
        assert not set(table.loc[table["split"] == "external", "image_id"]) & ids

    def test_the_split_is_the_one_the_card_signs(self, name: str):
        homes, split = assignment(name), opened(name).card.split
        text = "".join(f"{key}\t{home}\n" for key, home in sorted(homes.items()))
        assert hashlib.sha256(text.encode()).hexdigest() == split.sha256
        sizes = {home: sum(counts.values()) for home, counts in split.counts.items()}
        assert sizes == dict(pd.Series(homes).value_counts())
        assert min(sizes.values()) > 0

    def test_sources_add_up(self, name: str):
        card, table = opened(name).card, held_out(name)
        uses = {"choosing": "val", "reporting": "test", "external reporting": "external"}
        for source in card.sources:
            rows = table[(table["role"] == "teacher") & (table["dataset"] == source.name)]
            if source.used_for == "training":
                homes = assignment(name).items()
                n = sum(key.startswith(f"{source.name}/") and home == "train" for key, home in homes)
            else:
                n = int((rows["split"] == uses[source.used_for]).sum())
            assert n == source.n, source

    @pytest.mark.realdata
    def test_the_split_is_what_the_preset_makes_of_the_data(self, name: str):
        assert name in list_presets()
        data = load_recipe(name).data
        cohort = build_cohort(
            data.datasets,
            Path(os.environ["TWINLENS_DATA"]),
            fractions=data.fractions,
            val_from_train=data.val_from_train,
            seed=data.seed,
        )
        assert dict(cohort.split.assignment) == assignment(name)
        groups = [{s.group for s in samples} for samples in cohort.samples.values()]
        assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])

"""Assembling a pair: export, gate, held-out predictions, calibration, thresholds, figures, card.

Everything that is fitted is fitted on the validation split: temperature and operating points. Figures are
reported on the test split and on external sets, through the exported file, that is, on the very path that
serves the app.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from core.bundle import MODELS_DIR, PREDICTIONS_NAME, Pair, save_pair
from core.card import (
    Card,
    NetworkEntry,
    OperatingPointEntry,
    SourceEntry,
    SplitEntry,
)
from core.data.base import DATASETS, read_samples
from core.data.cohort import Cohort, build_cohort
from core.data.splits import SPLIT_NAMES, SplitName
from core.errors import DataError
from core.evaluation.operating_points import choose_operating_points
from core.modalities.base import MODALITIES, Modality
from core.networks.base import Network, describe_network
from core.predict import (
    compute_positive_prob,
    compute_probs,
)
from core.release.external import SPLIT_NAME
from core.release.familiarity import fit_familiarity
from core.release.roles import TrainedRole, list_trained_roles
from core.release.scoring import build_reports, join_tables, tabulate
from core.release.serve import Served, choose_files, serve_network
from core.release.topology_reference import reference_files
from core.topology.spec import TopologySpec
from core.training.presets import PRESETS_DIR
from core.training.recipe import Recipe, StudentRecipe, TeacherRecipe
from core.types import OperatingPoint, Role, Sample

PURPOSES: dict[SplitName, str] = {"train": "training", "val": "choosing", "test": "reporting"}


@dataclass(frozen=True)
class Scored:
    """One role on every list of held-out samples.

    Attributes:
        entry: its card entry.
        table: its rows of ``predictions.parquet``.
        point: the default operating point.
        files: file name to content, of what ships of it.
    """

    entry: NetworkEntry
    table: pd.DataFrame
    point: OperatingPoint
    files: Mapping[str, bytes]


def save_preset(
    recipe: Recipe,
    *,
    root: Path,
    runs: Path,
    models: Path = MODELS_DIR,
    presets: Path = PRESETS_DIR,
    on_step: Callable[[str], None] = lambda step: None,
) -> Pair:
    """Write ``models/<pair>/`` from the finished runs of a preset; a smoke run never replaces the real pair.

    Args:
        recipe: the preset as resolved; the same that was trained.
        root: folder of the data sets.
        runs: folder of the runs.
        models: folder of the pairs.
        presets: folder of the preset that a second student comes from.
        on_step: told what is being done, one clause at a time.

    Raises:
        ConfigError: a stage has not been trained, or was trained with another recipe or split.
        DataError: a data set is missing.
        ParityError: an exported file does not agree with its network; nothing is written.
    """
    modality = MODALITIES.get(recipe.pair.modality)
    cohort = build_cohort(
        recipe.data.datasets,
        root,
        fractions=recipe.data.fractions,
        val_from_train=recipe.data.val_from_train,
        seed=recipe.data.seed,
    )
    held_out: dict[str, list[Sample]] = {
        "val": list(cohort.samples["val"]),
        "test": list(cohort.samples["test"]),
        "external": [sample for name in recipe.card.external for sample in read_samples(name, root)],
    }
    scored: dict[Role, Scored] = {}
    for role, trained in list_trained_roles(recipe, presets=presets).items():
        on_step(f"{role.replace('_', ' ')}: export and held-out predictions")
        network, topology = trained.load(runs)
        scored[role] = _score_role(recipe, role, trained, network, topology, modality, held_out)
    predictions = join_tables([entry.table for entry in scored.values()])
    on_step("figures with intervals")
    card = _write_card(recipe, cohort, scored, predictions, modality)
    buffer = io.BytesIO()
    predictions.to_parquet(buffer, index=False)
    files = {
        PREDICTIONS_NAME: buffer.getvalue(),
        SPLIT_NAME: json.dumps(dict(cohort.split.assignment), indent=0).encode(),
    }
    for entry in scored.values():
        files.update(entry.files)
    on_step("what topology is compared with")
    files.update(reference_files(scored["student"].entry, cohort.samples["train"], modality.classes))
    on_step(f"writing {models / recipe.folder_name}")
    pair = save_pair(card, files, models)
    on_step("which pictures are unlike those of training")
    return fit_familiarity(pair, root, on_step=on_step)


def _score_role(
    recipe: Recipe,
    role: Role,
    trained: TrainedRole,
    network: Network,
    topology: TopologySpec | None,
    modality: Modality,
    held_out: Mapping[str, list[Sample]],
) -> Scored:
    """Export one network, gate it, and run the export on every held-out sample."""
    plan = trained.plan
    ready = serve_network(
        network,
        held_out,
        role=role,
        preprocessing=plan.preprocessing,
        topology=topology,
        modality=modality,
        class_biases=recipe.card.class_biases,
    )
    logits, temperature = ready.logits, ready.temperature
    tables = [
        tabulate(
            held_out[split],
            compute_probs(values, temperature),
            role=role,
            split=split,
            classes=modality.classes,
            positives=modality.positives,
        )
        for split, values in logits.items()
    ]
    points = choose_operating_points(
        compute_positive_prob(
            compute_probs(logits["val"], temperature), modality.classes, modality.positives
        ),
        np.isin([sample.label for sample in held_out["val"]], modality.positives),
        [sample.group for sample in held_out["val"]],
        chosen_on=f"validation split, n = {len(held_out['val'])}",
    )
    point = next((point for point in points if point.name == recipe.card.operating_point), None)
    if point is None:
        raise DataError(
            f"{role}, operating point {recipe.card.operating_point}",
            "no threshold reaches it on the validation split",
            f"Name one of {', '.join(point.name for point in points)} in the preset's [card]",
        )
    files = choose_files(network, role, ready.content) if role != "control" else {}
    entry = _describe(recipe, role, plan, network, topology, ready, points, tuple(files))
    return Scored(entry, join_tables(tables), point, files)


def _describe(
    recipe: Recipe,
    role: Role,
    plan: TeacherRecipe | StudentRecipe,
    network: Network,
    topology: TopologySpec | None,
    ready: Served,
    points: tuple[OperatingPoint, ...],
    files: tuple[str, ...],
) -> NetworkEntry:
    preprocessing = plan.preprocessing
    record = describe_network(
        network, network.architecture, network.arguments, (preprocessing.height, preprocessing.width)
    )
    return NetworkEntry(
        title=recipe.card.title(role, record.architecture),
        architecture=record.architecture,
        arguments=dict(record.arguments),
        preprocessing=preprocessing,
        topology=topology,
        cam_layer=record.cam_layer,
        feature_shape=record.feature_shape,
        parameters=record.parameters,
        macs=record.macs,
        temperature=ready.temperature,
        operating_points=tuple(OperatingPointEntry.of(point) for point in points),
        weights=files[-1] if files else None,
        onnx=files[0] if files else None,
        recipe=plan.model_dump(mode="json"),
        notes=ready.notes,
    )


def _write_card(
    recipe: Recipe,
    cohort: Cohort,
    scored: Mapping[Role, Scored],
    predictions: pd.DataFrame,
    modality: Modality,
) -> Card:
    points = {role: entry.point for role, entry in scored.items()}
    return Card(
        schema_version=1,
        pair=recipe.folder_name,
        title=f"{recipe.pair.title} (smoke run, worth nothing)" if recipe.fast else recipe.pair.title,
        summary=recipe.card.summary,
        modality=modality.name,
        classes=modality.classes,
        positives=modality.positives,
        operating_point=recipe.card.operating_point,
        networks={role: entry.entry for role, entry in scored.items()},
        split=SplitEntry(
            method=cohort.split.method,
            seed=cohort.split.seed,
            counts={name: dict(counts) for name, counts in cohort.split.counts.items()},
            sha256=cohort.split.sha256,
        ),
        sources=_sources(recipe, cohort, predictions),
        reports=build_reports(predictions, points, modality),
        intended_use=recipe.card.intended_use,
        limits=recipe.card.limits,
        caution=recipe.card.caution,
        versions={
            name: version(name) for name in ("torch", "timm", "onnxruntime", "onnx", "numpy", "pillow")
        },
        files={},
    )


def _sources(recipe: Recipe, cohort: Cohort, predictions: pd.DataFrame) -> tuple[SourceEntry, ...]:
    """One entry a data set and use, counted from what was really used."""
    rows = predictions[predictions["role"] == "teacher"]
    uses: list[tuple[str, str, int]] = []
    for name in recipe.data.datasets:
        for split in SPLIT_NAMES:
            n = sum(sample.source == name for sample in cohort.samples[split])
            uses.append((name, PURPOSES[split], n))
    for name in recipe.card.external:
        uses.append((name, "external reporting", int((rows["dataset"] == name).sum())))
    return tuple(
        SourceEntry(
            name=name,
            title=DATASETS.get(name).title,
            used_for=purpose,
            n=n,
            licence=DATASETS.get(name).licence,
            citation=DATASETS.get(name).citation,
        )
        for name, purpose, n in uses
        if n
    )

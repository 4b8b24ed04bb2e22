"""A card and a modality as ``model.json``: what whoever runs the network elsewhere must know of it."""

from __future__ import annotations

from importlib.metadata import version

from core.bundle import Pair
from core.card import OperatingPointEntry
from core.figures.point_words import (
    describe_operating_point,
    explain_flag,
    explain_no_flag,
    title_operating_point,
)
from core.int8_card import read_int8_report
from core.intake.limits import DEFAULT_LIMITS
from core.intake.quality import GATES
from core.modalities.base import Modality
from core.portable.record import (
    FORMAT,
    SCHEMA_VERSION,
    ClassEntry,
    FileEntry,
    HeldOutEntry,
    Int8File,
    Int8SetEntry,
    ModelRecord,
    NetworkFile,
    ParityEntry,
    PictureLimits,
    PreparationEntry,
    TensorEntry,
    WindowEntry,
)
from core.sessions import FEATURES_OUTPUT, INPUT_NAME, OUTPUT_NAME, TOPOLOGY_NAME
from core.types import Role

_TOLD_OF = ("numpy", "onnxruntime", "pillow")


def describe_export(
    pair: Pair, role: Role, *, parity: ParityEntry, files: dict[str, FileEntry]
) -> ModelRecord:
    """The content of ``model.json`` for one role of a pair.

    Args:
        parity: of the gate that the file passed.
        files: every file of the folder but ``model.json`` itself.
    """
    card, entry, modality = pair.card, pair.network(role), pair.modality
    point, window = pair.operating_point(role), modality.trained_window
    return ModelRecord(
        format=FORMAT,
        schema_version=SCHEMA_VERSION,
        pair=card.pair,
        role=role,
        title=card.title,
        modality=card.modality,
        image_name=modality.image_name,
        unit_name=modality.unit_name,
        positive_name=modality.positive_name,
        scale=modality.scale,
        network=_describe_network(pair, role),
        preparation=PreparationEntry(
            crop=entry.preprocessing.crop,
            width=entry.preprocessing.width,
            height=entry.preprocessing.height,
            resize=entry.preprocessing.resize,
            interpolation=entry.preprocessing.interpolation,
            topology=entry.topology,
            window=None if window is None else WindowEntry(centre=window.centre, width=window.width),
        ),
        pictures=PictureLimits(
            min_side=DEFAULT_LIMITS.min_side,
            max_pixels=DEFAULT_LIMITS.max_pixels,
            max_aspect=DEFAULT_LIMITS.max_aspect,
            max_bytes=DEFAULT_LIMITS.max_bytes,
        ),
        classes=tuple(
            ClassEntry(
                code=finding.code,
                name=finding.name,
                explanation=finding.explanation,
                positive=finding.code in card.positives,
            )
            for finding in map(modality.finding, card.classes)
        ),
        temperature=entry.temperature,
        operating_point=OperatingPointEntry.of(point),
        operating_point_title=title_operating_point(point.name, modality),
        operating_point_words=describe_operating_point(point, modality),
        flagged_words=explain_flag(modality),
        unflagged_words=explain_no_flag(point, modality),
        held_out=tuple(
            HeldOutEntry(
                dataset=name,
                title=report.title,
                n=report.n,
                positives=report.positives,
                metrics=report.metrics[role],
            )
            for name, report in card.reports.items()
            if role in report.metrics
        ),
        intended_use=card.intended_use,
        caution=card.caution,
        limits=card.limits,
        unknowns=modality.unknowns,
        not_included=list_left_out(pair),
        sources=card.sources,
        parity=parity,
        versions={**card.versions, **{f"exported_with_{name}": version(name) for name in _TOLD_OF}},
        files=files,
    )


def _describe_network(pair: Pair, role: Role) -> NetworkFile:
    entry = pair.network(role)
    size = entry.preprocessing
    inputs = [TensorEntry(name=INPUT_NAME, shape=(1, 3, size.height, size.width))]
    if entry.topology is not None:
        inputs.append(TensorEntry(name=TOPOLOGY_NAME, shape=(1, entry.topology.size)))
    return NetworkFile(
        file=str(entry.onnx),
        title=entry.title,
        architecture=entry.architecture,
        parameters=entry.parameters,
        macs=entry.macs,
        inputs=tuple(inputs),
        outputs=(
            TensorEntry(name=OUTPUT_NAME, shape=(1, len(pair.card.classes))),
            TensorEntry(name=FEATURES_OUTPUT, shape=(1, entry.feature_shape[0])),
        ),
        int8=_describe_int8(pair, role),
    )


def _describe_int8(pair: Pair, role: Role) -> Int8File | None:
    entry, report = pair.network(role).int8, read_int8_report(pair, role)
    if entry is None or report is None:
        return None
    return Int8File(
        file=entry.onnx,
        plan=entry.plan,
        held_out={
            name: Int8SetEntry(n=drift.n, flips=drift.flips, auc=drift.auc)
            for name, drift in report.sets.items()
        },
    )


def list_left_out(pair: Pair) -> tuple[str, ...]:
    """What TwinLens does before and around an answer that this folder does not, one sentence each."""
    modality = pair.modality
    sentences = []
    if pair.card.familiarity is not None:
        sentences.append(
            "The check on the kind of picture: TwinLens refuses what is unlike the "
            f"{modality.image_name}s that the network was trained on; here every picture gets an answer."
        )
    if modality.name in GATES:
        sentences.append(
            "The quality check: TwinLens warns of, or refuses, pictures that are too dark, too bright, "
            "blurred or cut off."
        )
    sentences += _of_windows(modality)
    sentences += [
        "Colour profiles and more than 8 bits a channel: TwinLens converts them; example.py takes colours as "
        "sRGB and refuses deeper pictures. The page refuses them too, and leaves profiles to the browser.",
        "The teacher, heat maps, and all checks of them.",
    ]
    return tuple(sentences)


def _of_windows(modality: Modality) -> list[str]:
    window = modality.trained_window
    if window is None:
        return []
    return [
        "DICOM files: TwinLens reads them, in Hounsfield units. Here a slice must be a picture that already "
        f"shows the window of training, centre {window.centre:g} HU and width {window.width:g} HU; another "
        "window gives another answer, and nothing warns of it."
    ]

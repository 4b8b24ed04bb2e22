"""A small but real pair for tests of pages: random weights, exported, gated and saved as a shipped one is.

``python tests/pair_factory.py FOLDER`` builds it for ``TWINLENS_MODELS=FOLDER streamlit run app.py``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
PAIR = "melanoma"
SIZE = 64
ARCHITECTURES = {
    "teacher": ("resnet18", "ResNet-18", {}),
    "student": ("mobilenetv3_small_100", "MobileNetV3-Small", {}),
}
OPERATING_POINTS = {
    "teacher": {"sensitivity_90": 0.12, "sensitivity_95": 0.05, "youden": 0.30},
    "student": {"sensitivity_90": 0.10, "sensitivity_95": 0.04, "youden": 0.25},
}


def fingerprint() -> str:
    """Changes when the factory or what it builds with changes, so that a cached pair is never stale."""
    sources = [Path(__file__), *(ROOT / "core" / name for name in ("export.py", "card.py", "bundle.py"))]
    sources += sorted((ROOT / "core" / "networks").glob("*.py"))
    sources += sorted((ROOT / "core" / "topology").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def sample_pixels(seed: int, size: int = 96) -> NDArray[np.uint8]:
    """(size, size, 3) uint8: a dark blob somewhere on a skin-coloured ground."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    centre = rng.uniform(0.3, 0.7, 2)
    blob = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / rng.uniform(0.01, 0.05))[..., None]
    skin, lesion = np.array([224, 172, 150.0]) * rng.uniform(0.75, 1.1), rng.uniform(20, 120, 3)
    noise = rng.normal(0, rng.uniform(0, 10), (size, size, 3))
    return np.clip(skin * (1 - blob) + lesion * blob + noise, 0, 255).astype(np.uint8)


def build_models(folder: Path) -> Path:
    """Save the pair under ``folder`` unless it is there already; returns ``folder``."""
    if not (folder / PAIR / "card.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _build(folder)
    return folder


def _build(folder: Path) -> None:
    from core.bundle import save_pair
    from core.card import SCHEMA_VERSION, Card, ReportEntry, SourceEntry, SplitEntry
    from core.modalities.base import MODALITIES

    modality = MODALITIES.get("dermoscopy")
    networks, files = {}, {}
    for role in ("teacher", "student"):
        networks[role], contents = _build_network(role, len(modality.classes))
        files |= contents
    card = Card(
        schema_version=SCHEMA_VERSION,
        pair=PAIR,
        title="Test pair",
        summary="Random weights, for tests only.",
        modality="dermoscopy",
        classes=modality.classes,
        positives=modality.positives,
        operating_point="sensitivity_90",
        networks=networks,
        split=SplitEntry(method="none", seed=0, counts={}, sha256="0" * 64),
        sources=(
            SourceEntry(
                name="none", title="No images", used_for="nothing", n=0, licence="none", citation="none"
            ),
        ),
        reports={
            "isic2017_test": ReportEntry(
                title="ISIC 2017 test split",
                n=600,
                positives=117,
                metrics={
                    "teacher": _figures({"roc_auc": 0.86, "sensitivity": 0.88, "specificity": 0.63}, 600),
                    "student": _figures({"roc_auc": 0.84, "sensitivity": 0.85, "specificity": 0.61}, 600),
                },
            )
        },
        intended_use="Tests of this application.",
        limits=("The weights are random: every result is meaningless.",),
        versions={},
        files={},
    )
    save_pair(card, files, folder)


def _figures(values: dict[str, float], n: int):  # type: ignore[no-untyped-def]
    from core.card import IntervalEntry

    return {
        name: IntervalEntry(
            value=value, low=value - 0.04, high=value + 0.03, level=0.95, n=n, method="bootstrap by group"
        )
        for name, value in values.items()
    }


def _build_network(role: str, num_classes: int):  # type: ignore[no-untyped-def]
    from core.modalities.base import Preprocessing

    architecture, title, arguments = ARCHITECTURES[role]
    return build_entry(
        role,
        architecture,
        arguments,
        title=title,
        num_classes=num_classes,
        preprocessing=Preprocessing(height=SIZE, width=SIZE),
        pictures=[sample_pixels(seed) for seed in range(48)],
        thresholds=OPERATING_POINTS[role],
    )


def build_entry(  # type: ignore[no-untyped-def]
    role,
    architecture,
    arguments,
    *,
    title,
    num_classes,
    preprocessing,
    pictures,
    thresholds,
    topology=None,
):
    """A network of random weights as a card's entry and the files it names."""
    import torch

    from core.card import IntervalEntry, NetworkEntry, OperatingPointEntry
    from core.export import check_parity, export_onnx
    from core.networks.base import build_network, describe_network
    from core.networks.weights import round_weights_
    from core.predict import INPUT_NAME, TOPOLOGY_NAME, build_feeds
    from core.release.serve import choose_files

    feeds = [build_feeds(preprocessing, topology, picture) for picture in pictures]
    batch = {name: np.concatenate([one[name] for one in feeds]) for name in feeds[0]}
    images, vectors = batch[INPUT_NAME], batch.get(TOPOLOGY_NAME)
    inputs = [torch.from_numpy(values) for values in batch.values()]
    with torch.random.fork_rng():
        torch.manual_seed(len(role))
        network = build_network(architecture, arguments, num_classes)
        _settle(network, inputs)
    round_weights_(network)
    size = (preprocessing.height, preprocessing.width)
    onnx = export_onnx(network, height=size[0], width=size[1])
    check_parity(onnx, network, images, topology=vectors, name=f"{role}.onnx")
    files = choose_files(network, role, onnx)
    record = describe_network(network, architecture, arguments, size)
    rates = _figures({"sensitivity": 0.9, "specificity": 0.62}, 0)
    points = tuple(
        OperatingPointEntry(
            name=name,
            threshold=threshold,
            chosen_on="validation split, n = 494",
            sensitivity=IntervalEntry(**{**rates["sensitivity"].model_dump(), "n": 90, "method": "Wilson"}),
            specificity=IntervalEntry(**{**rates["specificity"].model_dump(), "n": 404, "method": "Wilson"}),
        )
        for name, threshold in thresholds.items()
    )
    entry = NetworkEntry(
        title=title,
        architecture=architecture,
        arguments=dict(arguments),
        preprocessing=preprocessing,
        topology=topology,
        cam_layer=record.cam_layer,
        feature_shape=record.feature_shape,
        parameters=record.parameters,
        macs=record.macs,
        temperature=1.0,
        operating_points=points,
        weights=list(files)[-1],
        onnx=f"{role}.onnx",
        recipe={},
    )
    return entry, files


def _settle(network, inputs) -> None:  # type: ignore[no-untyped-def]
    """Give batch normalisation its statistics, and the head a scale at which images differ visibly."""
    import torch

    with torch.no_grad():
        network.train()
        for _ in range(30):
            network(*inputs)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_var.clamp_(min=float(module.running_var.mean()))
        network.eval()
        logits = network(*inputs)
        linear = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
        head = next(module for module in reversed(linear) if module.out_features == logits.shape[1])
        spread = logits.std(dim=0).mean().clamp(min=1e-3)
        head.weight.mul_(1.2 / spread)
        head.bias.copy_(-(network(*inputs).mean(dim=0) - head.bias))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    build_models(Path(sys.argv[1]))

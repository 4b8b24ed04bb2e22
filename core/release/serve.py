"""A trained network as it will be served: exported, gated, its class biases and temperature fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.data.base import load_pixels
from core.evaluation.calibration import fit_class_biases, fit_temperature
from core.export import check_parity, export_onnx
from core.modalities.base import Modality, Preprocessing
from core.networks.base import Network, build_network
from core.networks.bias import shift_logits_
from core.networks.onnx_weights import gives_back_weights
from core.networks.weights import dump_weights, round_weights_
from core.sessions import INPUT_NAME, TOPOLOGY_NAME, build_feeds, build_session, compute_logits
from core.topology.spec import TopologySpec
from core.types import Role, Sample

PARITY_IMAGES = 48


@dataclass(frozen=True)
class Served:
    """One network ready to ship.

    Attributes:
        content: the ONNX model.
        logits: split to (N, C) float32 of its samples, through that model.
        temperature: fitted on the validation samples.
        notes: what was done to it, one sentence each.
    """

    content: bytes
    logits: Mapping[str, NDArray[np.float32]]
    temperature: float
    notes: tuple[str, ...]


def serve_network(
    network: Network,
    held_out: Mapping[str, Sequence[Sample]],
    *,
    role: Role,
    preprocessing: Preprocessing,
    topology: TopologySpec | None,
    modality: Modality,
    class_biases: Literal["none", "fitted"] = "none",
) -> Served:
    """Export one network and run the export on every held-out sample; all is fitted on the split ``"val"``.

    Args:
        network: trained; with fitted biases its classifier is changed in place.
        held_out: split to samples; an empty split is left out.
        role: for messages.
        preprocessing, topology: how its input is made.
        modality: of the samples.
        class_biases: whether to fit what is added to each class's logit.

    Raises:
        ParityError: the exported file does not agree with the network.
        DataError: the validation samples are of one class.
    """
    target = np.array([modality.classes.index(sample.label) for sample in held_out["val"]])
    notes: tuple[str, ...] = ()

    def export() -> bytes:
        return export_onnx(network, height=preprocessing.height, width=preprocessing.width)

    def answer(content: bytes, samples: Sequence[Sample]) -> NDArray[np.float32]:
        session = build_session(content)
        return np.stack(
            list(compute_logits(session, preprocessing, map(load_pixels, samples), topology=topology))
        )

    content = export()
    if class_biases == "fitted":
        shifts = fit_class_biases(answer(content, held_out["val"]), target)
        shift_logits_(network, shifts.tolist())
        round_weights_(network)
        content = export()
        parts = ", ".join(
            f"{code} {shift:+.2f}" for code, shift in zip(modality.classes, shifts, strict=True)
        )
        notes = (f"Added to its logits, fitted on {len(target)} validation cases: {parts}.",)
    feeds = [
        build_feeds(preprocessing, topology, load_pixels(sample))
        for sample in held_out["val"][:PARITY_IMAGES]
    ]
    batch = {name: np.concatenate([one[name] for one in feeds]) for name in feeds[0]}
    check_parity(content, network, batch[INPUT_NAME], topology=batch.get(TOPOLOGY_NAME), name=f"{role}.onnx")
    logits = {split: answer(content, samples) for split, samples in held_out.items() if samples}
    return Served(content, logits, fit_temperature(logits["val"], target), notes)


def choose_files(network: Network, role: Role, content: bytes) -> dict[str, bytes]:
    """What ships of a network: file name to content, the served file first, the one with its weights last.

    The ONNX file is both where it gives the weights back bit for bit; else safetensors lie beside it.

    Args:
        network: made by ``build_network``; what ``content`` was exported from.
        role: whose files they are.
        content: the ONNX model.
    """
    copy = build_network(network.architecture, network.arguments, network.num_classes)
    if gives_back_weights(content, network, copy):
        return {f"{role}.onnx": content}
    return {f"{role}.onnx": content, f"{role}.safetensors": dump_weights(network)}

"""Start a network from ImageNet weights: a local file, timm's hub, or a plain word that there are none."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
from torch import Tensor, nn

from core.errors import ConfigError, WeightsError
from core.networks.backbones import TimmNetwork
from core.networks.base import NORMALISATIONS, Network
from core.networks.imagenet import HUB_WEIGHTS, LOCAL_WEIGHTS, BatchNormState, HubWeights, LocalWeights
from core.networks.weights import check_shapes, read_tensors

BODY = "body."
"""Prefix of timm's keys in a network of ours."""


@dataclass(frozen=True)
class PretrainedReport:
    """What one network was started from.

    Attributes:
        architecture: timm's name.
        source: file name, or timm's name with tag.
        licence: of the weights.
        fresh: layers that kept their random start, by timm's names for timm's layers, for example
            ``("classifier",)`` or ``("head.fc", "cbam", "topology_branch")``.
        batchnorm: ``"folded"`` needs ``reestimate_batchnorm`` before training in train mode.
        note: what a model card must say of the weights.
    """

    architecture: str
    source: str
    licence: str
    fresh: tuple[str, ...]
    batchnorm: BatchNormState
    note: str


def weights_folder() -> Path | None:
    """The ``weights`` folder under ``TWINLENS_DATA``, or None where the variable is not set."""
    root = os.environ.get("TWINLENS_DATA")
    return Path(root) / "weights" if root else None


def load_pretrained(network: Network, source: str = "auto") -> tuple[PretrainedReport, ...]:
    """Replace a network's random start, all but its classifier and what is not timm's, in place.

    Args:
        network: built by :func:`core.networks.base.build_network`. Members of an ensemble are started one
            by one.
        source: ``"none"``: leave it as it is. ``"auto"``: a local file known for the architecture, else
            ``<architecture>.safetensors`` in the weights folder (timm's key names), else timm's hub.
            ``"hub"``: timm's hub. A name in :data:`core.networks.imagenet.LOCAL_WEIGHTS`: that file. Else a
            path to safetensors with timm's key names, or of a network of ours with the same body.

    Returns:
        One report per network started; empty with ``"none"``.

    Raises:
        WeightsError: nothing was found, or it does not fit; the message lists the alternatives.
        ConfigError: one file was named for an ensemble of several networks.
    """
    if source == "none":
        return ()
    leaves = _leaves(network)
    if len(leaves) > 1 and source not in ("auto", "hub"):
        raise ConfigError(
            f"pretrained={source!r}",
            f"one file cannot start the {len(leaves)} members of an ensemble",
            "Use auto or none, or start each member before combining them",
        )
    return tuple(_start(leaf, source) for leaf in leaves)


def _leaves(network: Network) -> list[TimmNetwork]:
    """The timm networks that a network is made of, in order."""
    if isinstance(network, TimmNetwork):
        return [network]
    parts = network.parts()
    if parts == (network,):
        raise ConfigError(
            network.architecture or type(network).__name__,
            "there are no pretrained weights for this kind of network",
            "Set pretrained to none",
        )
    return [leaf for part in parts for leaf in _leaves(part)]


def _start(network: TimmNetwork, source: str) -> PretrainedReport:
    """Start one timm network from one source."""
    if source == "hub":
        return _from_hub(network)
    folder = weights_folder()
    named = [record for record in LOCAL_WEIGHTS if record.name == source]
    if named:
        if folder is None:
            raise WeightsError(source, "TWINLENS_DATA is not set", "Set it to the folder that holds weights/")
        return _from_record(network, named[0], folder / named[0].file_name)
    if source != "auto":
        return _from_file(network, Path(source))
    if folder is not None:
        for record in LOCAL_WEIGHTS:
            path = folder / record.file_name
            if record.automatic and record.timm_name == network.timm_name and path.is_file():
                return _from_record(network, record, path)
        path = folder / f"{network.timm_name}.safetensors"
        if path.is_file():
            return _from_file(network, path)
    return _from_hub(network)


def _from_record(network: TimmNetwork, record: LocalWeights, path: Path) -> PretrainedReport:
    """Load a known local file after checking that the network is the one it belongs to."""
    if record.timm_name != network.timm_name:
        raise WeightsError(
            record.file_name,
            f"these are weights of {record.timm_name}, not of {network.timm_name}",
            f"Choose the architecture {record.timm_name}, or other weights",
        )
    _require_arguments(network, record.file_name, record.normalisation, record.options)
    content = _read(path)
    found = hashlib.sha256(content).hexdigest()
    if found != record.sha256:
        raise WeightsError(
            str(path),
            f"its SHA-256 begins {found[:12]}, {record.sha256[:12]} was expected",
            "Restore the file as it was published",
        )
    fresh = _fill(network, read_tensors(content, path.name), path.name, record.absent)
    return PretrainedReport(
        network.timm_name, path.name, record.licence, fresh, record.batchnorm, record.note
    )


def _from_file(network: TimmNetwork, path: Path) -> PretrainedReport:
    """Load a file that somebody put there: all but the classifier must be in it."""
    tensors = read_tensors(_read(path), path.name)
    if any(key.startswith(BODY) for key in tensors):
        tensors = {key.removeprefix(BODY): value for key, value in tensors.items() if key.startswith(BODY)}
    fresh = _fill(network, tensors, path.name, ())
    return PretrainedReport(
        network.timm_name, path.name, "not recorded", fresh, "intact", "a file named by the user"
    )


def _from_hub(network: TimmNetwork) -> PretrainedReport:
    """Fetch timm's own weights; whatever keeps them from arriving becomes a list of alternatives."""
    choice = HUB_WEIGHTS.get(network.timm_name, HubWeights(network.timm_name))
    cfg = timm.get_pretrained_cfg(choice.tag)
    if cfg is None or not cfg.has_weights:
        raise _nowhere(network, "timm publishes none")
    wanted = [name for name, values in NORMALISATIONS.items() if values == (tuple(cfg.mean), tuple(cfg.std))]
    if not wanted:
        raise _nowhere(network, f"timm's expect mean {cfg.mean} and standard deviation {cfg.std}")
    _require_arguments(network, choice.tag, wanted[0], choice.options)
    try:
        options = {**choice.options, **network.options}
        body: Any = timm.create_model(choice.tag, pretrained=True, num_classes=network.num_classes, **options)
    except (OSError, RuntimeError) as error:
        raise _nowhere(network, f"timm's hub was not reached ({type(error).__name__})") from error
    classifier = network.classifier_layer
    tensors = {key: value for key, value in body.state_dict().items() if not _under(key, classifier)}
    fresh = _fill(network, tensors, choice.tag, ())
    return PretrainedReport(network.timm_name, choice.tag, str(cfg.license), fresh, "intact", "")


def _nowhere(network: TimmNetwork, reason: str) -> WeightsError:
    """The error that lists what else can be done."""
    folder = weights_folder()
    local = [record for record in LOCAL_WEIGHTS if folder and (folder / record.file_name).is_file()]
    automatic = ", ".join(record.timm_name for record in local if record.automatic)
    partial = [record.name for record in local if record.timm_name == network.timm_name]
    place = folder or "the weights folder under TWINLENS_DATA (which is not set)"
    return WeightsError(
        network.timm_name,
        f"no ImageNet weights were found: {reason}, and there is no file for it in {place}",
        f"Put {network.timm_name}.safetensors with timm's key names there"
        + (f"; or name the weights {' or '.join(partial)}" if partial else "")
        + (f"; or choose an architecture with local weights ({automatic})" if automatic else "")
        + "; or set pretrained to none to start from random weights",
    )


def _require_arguments(
    network: TimmNetwork, source: str, normalisation: str, options: Mapping[str, Any]
) -> None:
    """Refuse weights that would load but mean something else under the network's arguments."""
    has = {"normalisation": network.normalisation, **network.options}
    needs = {"normalisation": normalisation, **options}
    wrong = {key: value for key, value in needs.items() if has.get(key) != value}
    if wrong:
        found = {key: has.get(key, "timm's default") for key in wrong}
        raise WeightsError(
            source,
            f"it belongs to {network.timm_name} with {wrong}, this one was built with {found}",
            f"Set the architecture's arguments to {needs}, or set pretrained to none",
        )


def _read(path: Path) -> bytes:
    """The file's bytes; WeightsError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(str(path), f"it cannot be read ({error.strerror})", "Correct the path") from error


def _under(key: str, layer: str) -> bool:
    return key == layer or key.startswith(f"{layer}.")


def _fill(
    network: TimmNetwork, tensors: dict[str, Tensor], name: str, absent: tuple[str, ...]
) -> tuple[str, ...]:
    """Copy tensors into the body, all but the classifier; return the layers that kept their random start."""
    body: nn.Module = network.body
    fresh = (*absent, *network.restarted_layers, network.classifier_layer)
    left_out = (network.classifier_layer, *network.removed_layers)
    kept = {key: value for key, value in tensors.items() if not any(_under(key, layer) for layer in left_out)}
    check_shapes(body, kept, name)
    missing = [
        key
        for key in sorted(set(body.state_dict()) - set(kept))
        if not key.endswith("num_batches_tracked") and not any(_under(key, layer) for layer in fresh)
    ]
    if missing:
        raise WeightsError(
            name,
            f"it lacks {missing[0]}" + (f" and {len(missing) - 1} more" if len(missing) > 1 else ""),
            f"Use a complete file of {network.timm_name} in timm's key names",
        )
    body.load_state_dict(kept, strict=False)
    return (*fresh, *network.added_layers)

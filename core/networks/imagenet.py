"""Which ImageNet weights exist for which architecture, as records: local files, and timm's hub.

Local files lie in the ``weights`` folder under ``TWINLENS_DATA``; they were converted from the publisher's
format to timm's key names, with float16 values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.networks.base import Normalisation

BatchNormState = Literal["intact", "folded"]
"""``"folded"``: statistics were merged into the convolutions (weight 1, mean 0, variance 1 - eps)."""


@dataclass(frozen=True)
class LocalWeights:
    """One weights file, and the network that it fits.

    Attributes:
        name: what a preset calls it; the file is ``<name>.fp16.safetensors``.
        timm_name: architecture.
        normalisation: mean and standard deviation that it was trained with.
        options: ``timm.create_model`` arguments without which its values mean something else.
        sha256: of the file.
        licence: of the weights, and whose they are.
        absent: first components of keys that the file lacks; these layers start fresh. The classifier
            always does.
        batchnorm: ``"folded"`` needs ``reestimate_batchnorm`` before training in train mode.
        automatic: whether ``pretrained = "auto"`` may choose it.
        note: what a model card must say of it.
    """

    name: str
    timm_name: str
    normalisation: Normalisation
    options: Mapping[str, Any]
    sha256: str
    licence: str
    absent: tuple[str, ...] = ()
    batchnorm: BatchNormState = "folded"
    automatic: bool = True
    note: str = ""

    @property
    def file_name(self) -> str:
        """Name of the file in the weights folder."""
        return f"{self.name}.fp16.safetensors"


LOCAL_WEIGHTS: tuple[LocalWeights, ...] = (
    LocalWeights(
        name="mobilenetv3_small_100.torchvision",
        timm_name="mobilenetv3_small_100",
        normalisation="imagenet",
        options={"bn_eps": 1e-3},
        sha256="7a92f4351f9201dd8a7c9be6f0ffddc5b49d73192fa0204e5935c36697a4acc1",
        licence="BSD-3-Clause (torchvision)",
        absent=("conv_head",),
        batchnorm="intact",
    ),
    LocalWeights(
        name="mobilenet_edgetpu_100.mlcommons",
        timm_name="mobilenet_edgetpu_100",
        normalisation="half",
        options={"pad_type": "same", "bn_eps": 1e-3},
        sha256="8e7b0f14a0218fcde193e07da54a808b0768cbc29eea1d9d51ba6d52101ff4bf",
        licence="Apache-2.0 (MLCommons)",
    ),
    LocalWeights(
        name="tf_efficientnet_lite0",
        timm_name="tf_efficientnet_lite0",
        normalisation="half",
        options={},
        sha256="56cf7aa12642463adae09a83c54911aa6f2da63e99b2ebb6675ba6dd72dc04db",
        licence="Apache-2.0 (weights, upstream), MIT (repository)",
        note="padding variant inferred",
    ),
    LocalWeights(
        name="mobilenetv2_100.tf2_coral",
        timm_name="mobilenetv2_100",
        normalisation="half",
        options={"pad_type": "same"},
        sha256="d04b343404c14a9c8dfdbebb9117de6bb25df067bee179468774dd1d442aa7d2",
        licence="Apache-2.0 (Coral)",
    ),
    LocalWeights(
        name="resnet18_upto_layer3",
        timm_name="resnet18",
        normalisation="imagenet",
        options={},
        sha256="04e9ea9fc33a5f495a2b79c22c78afe3129c946ca9b7a7bc9df81fbd75f9381e",
        licence="BSD-3-Clause (torchvision; origin assumed)",
        absent=("layer4",),
        automatic=False,
        note="origin assumed: for experiments, not for shipped pairs",
    ),
)


@dataclass(frozen=True)
class HubWeights:
    """timm's weights for an architecture where its default choice does not fit the documents.

    Attributes:
        tag: timm's name with tag.
        options: arguments that the architecture must be built with to hold them.
    """

    tag: str
    options: Mapping[str, Any] = field(default_factory=dict)


_TENSORFLOW = {"pad_type": "same", "bn_eps": 1e-3}
HUB_WEIGHTS: Mapping[str, HubWeights] = {
    "efficientnet_b1": HubWeights("efficientnet_b1.ft_in1k"),
    "efficientnet_b6": HubWeights("tf_efficientnet_b6.aa_in1k", _TENSORFLOW),
    "efficientnet_b7": HubWeights("tf_efficientnet_b7.aa_in1k", _TENSORFLOW),
}
"""Exceptions; any other architecture takes timm's default weights.

B1's default has another normalisation than its family; B6 and B7 exist only as converted from TensorFlow.
"""

"""The schemas of ``model.json`` and ``selftest.json``, the two files of an export that programs read.

docs/export.md describes them field by field.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.card import Int8Plan, IntervalEntry, OperatingPointEntry, SourceEntry
from core.modalities.base import Crop
from core.topology.spec import TopologySpec
from core.types import Role

SCHEMA_VERSION = 1
FORMAT = "twinlens-export"
MODEL_NAME = "model.json"
SELFTEST_NAME = "selftest.json"
SELFTEST_TOLERANCE = 1e-4
"""Largest difference of a probability with which the self-test passes."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class TensorEntry(_Strict):
    """One input or output of the network: its name and its shape for one picture; all are float32."""

    name: str
    shape: tuple[int, ...]


class Int8SetEntry(_Strict):
    """The 8-bit network against the float one on one set of ``n`` held-out cases.

    ``flips`` is the share of cases whose decision at the threshold changed, ``auc`` the ROC-AUC of the 8-bit
    network less the float one's.
    """

    n: int
    flips: IntervalEntry
    auc: IntervalEntry


class Int8File(_Strict):
    """The same network in 8 bits, with the same inputs, outputs, temperature and threshold.

    ``plan`` says which parts are; ``held_out`` what it changed, set by set. The self-test is of the
    float file.
    """

    file: str
    plan: Int8Plan
    held_out: dict[str, Int8SetEntry]


class NetworkFile(_Strict):
    """The ONNX file, what goes in and what comes out; ``int8`` is null where none ships."""

    file: str
    title: str
    architecture: str
    parameters: int
    macs: int
    inputs: tuple[TensorEntry, ...]
    outputs: tuple[TensorEntry, ...]
    int8: Int8File | None


class WindowEntry(_Strict):
    """The Hounsfield units that a slice must already show, from black to white."""

    centre: float
    width: float


class PreparationEntry(_Strict):
    """From a picture to the network's inputs, in this order.

    sRGB of 8 bit, upright, a CT slice in ``window`` (null for colours); ``crop``; resized to ``width`` x
    ``height`` without keeping the aspect, by Pillow's bilinear filter, which widens when it shrinks
    (``antialias``); channels first; divided by ``divide_by``. ``topology`` describes the second input, made
    from the cut picture before it is resized.
    """

    colour: Literal["sRGB"] = "sRGB"
    crop: Crop
    width: int
    height: int
    resize: Literal["squash"]
    interpolation: Literal["bilinear"]
    antialias: Literal[True] = True
    layout: Literal["NCHW"] = "NCHW"
    divide_by: Literal[255] = 255
    topology: TopologySpec | None
    window: WindowEntry | None


class PictureLimits(_Strict):
    """What TwinLens and the page refuse pictures by; see :class:`core.intake.limits.Limits`."""

    min_side: int
    max_pixels: int
    max_aspect: float
    max_bytes: int


class ClassEntry(_Strict):
    """One class, in the order of the logits."""

    code: str
    name: str
    explanation: str
    positive: bool


class HeldOutEntry(_Strict):
    """Figures of this network on one set of held-out cases, through TwinLens itself."""

    dataset: str
    title: str
    n: int
    positives: int
    metrics: dict[str, IntervalEntry]


class ParityEntry(_Strict):
    """The gate that the file passed when it was exported.

    ``largest_difference`` of a probability between the ONNX file and the torch network opened from the same
    weights, over ``n`` sample pictures; more than ``tolerance`` is refused.
    """

    n: int
    largest_difference: float
    tolerance: float


class FileEntry(_Strict):
    """Size and SHA-256 of one file of the folder."""

    bytes: int
    sha256: str


class ModelRecord(_Strict):
    """``model.json``: all that is needed to run the network and to read its answer."""

    format: Literal["twinlens-export"]
    schema_version: Literal[1]
    pair: str
    role: Role
    title: str
    modality: str
    image_name: str
    unit_name: str
    positive_name: str
    scale: Literal["nominal", "ordinal"]
    network: NetworkFile
    preparation: PreparationEntry
    pictures: PictureLimits
    classes: tuple[ClassEntry, ...]
    temperature: float = Field(gt=0, allow_inf_nan=False)
    operating_point: OperatingPointEntry
    operating_point_title: str
    operating_point_words: str
    flagged_words: str
    unflagged_words: str
    held_out: tuple[HeldOutEntry, ...]
    intended_use: str
    caution: str
    limits: tuple[str, ...]
    unknowns: str
    not_included: tuple[str, ...]
    sources: tuple[SourceEntry, ...]
    parity: ParityEntry
    versions: dict[str, str]
    files: dict[str, FileEntry]


class SelfTestCase(_Strict):
    """One picture and what TwinLens answers for it.

    ``frame`` is top, left, height and width of what the network sees of it, in pixels. ``logits`` are as the
    network gives them, ``probs`` after temperature and softmax, both in the order of the classes.
    """

    file: str
    title: str
    origin: str
    width: int
    height: int
    frame: tuple[int, int, int, int]
    logits: tuple[float, ...]
    probs: tuple[float, ...]
    positive_prob: float
    flagged: bool


class SelfTest(_Strict):
    """``selftest.json``: pictures with known answers; ``tolerance`` is of a probability."""

    schema_version: Literal[1]
    tolerance: float
    cases: tuple[SelfTestCase, ...]

"""What the decoding process and the application say to one another: JSON and raw pixels, never a pickle.

A decoder that hostile bytes have taken over can write what it likes, so every answer is checked against a
schema and the limits before an array is made of it. Case ids are drawn on this side.
"""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from core.intake.limits import Limits
from core.intake.series import Slice
from core.modalities.base import MODALITIES
from core.types import Case, Refusal

MAX_HEADER = 4 * 2**20
ONE_FILE, FILE_AFTER_FILE = b"f", b"m"
"""What the application asks of the fork server: a child for one request, or one that answers until its socket
closes."""
_LENGTH = struct.Struct(">I")

Sentence = Annotated[str, Field(max_length=500)]
Read = Callable[[int], bytes | memoryview]
"""Returns exactly as many bytes as it is asked for, or raises."""


@dataclass(frozen=True)
class Request:
    """One file to decode.

    Attributes:
        title: the file's cleaned name.
        modality: registry name.
        secret: key of the hashes that tell which slices belong together, fresh for each upload.
        limits: what the file may ask of this machine.
        content: the whole file.
    """

    title: str
    modality: str
    secret: bytes
    limits: Limits
    content: bytes


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _SliceRecord(_Strict):
    title: Annotated[str, Field(max_length=200)]
    height: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    kind: Literal["hounsfield", "grey", "colour"]
    notes: Annotated[tuple[Sentence, ...], Field(max_length=30)] = ()
    warnings: Annotated[tuple[Sentence, ...], Field(max_length=30)] = ()
    facts: Annotated[tuple[tuple[Sentence, Sentence], ...], Field(max_length=30)] = ()
    position: Annotated[int, Field(ge=0)] = 0
    group: Annotated[str, Field(max_length=64)] = ""
    place: float | None = None
    number: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.height, self.width, 3) if self.kind == "colour" else (self.height, self.width)

    @property
    def dtype(self) -> np.dtype[np.int16] | np.dtype[np.uint8]:
        return np.dtype("<i2") if self.kind == "hounsfield" else np.dtype(np.uint8)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


class _RefusalRecord(_Strict):
    problem: Sentence
    remedy: Sentence


class _Answer(_Strict):
    slices: tuple[_SliceRecord, ...] = ()
    refusal: _RefusalRecord | None = None


def pack_request(request: Request) -> bytes:
    """All of a request but the content, which follows it."""
    head = {
        "title": request.title,
        "modality": request.modality,
        "secret": request.secret.hex(),
        "limits": asdict(request.limits),
        "bytes": len(request.content),
    }
    return _framed(json.dumps(head).encode())


def read_request(read: Read) -> Request:
    """The request that the application sent; only the decoding process calls this."""
    head = json.loads(bytes(read(_read_length(read))))
    content = bytes(read(head["bytes"]))
    limits = Limits(**head["limits"])
    return Request(head["title"], head["modality"], bytes.fromhex(head["secret"]), limits, content)


def pack_slices(slices: Sequence[Slice]) -> list[bytes]:
    """An answer: a header, then the values of each slice.

    Of a slice with Hounsfield units only these are sent, of a grey picture one channel.
    """
    records, blobs = [], []
    for one in slices:
        case = one.case
        kind: Literal["hounsfield", "grey", "colour"]
        if case.hounsfield is not None:
            kind, values = "hounsfield", case.hounsfield.astype("<i2", copy=False)
        elif _is_grey(case.pixels):
            kind, values = "grey", case.pixels[..., 0]
        else:
            kind, values = "colour", case.pixels
        record = _SliceRecord(
            title=case.title,
            height=values.shape[0],
            width=values.shape[1],
            kind=kind,
            notes=case.notes,
            warnings=case.warnings,
            facts=case.facts,
            position=case.position,
            group=one.group,
            place=one.place,
            number=one.number,
        )
        records.append(record)
        blobs.append(np.ascontiguousarray(values).tobytes())
    return [_framed(_Answer(slices=tuple(records)).model_dump_json().encode()), *blobs]


def pack_refusal(refusal: Refusal) -> list[bytes]:
    """An answer that refuses the file; its subject is not sent, since the application knows it."""
    record = _RefusalRecord(problem=refusal.problem[:500], remedy=refusal.remedy[:500])
    return [_framed(_Answer(refusal=record).model_dump_json().encode())]


def read_answer(read: Read, request: Request) -> tuple[Slice, ...] | Refusal:
    """What the decoding process made of a request.

    Returns:
        Slices whose arrays are read-only, or why there are none.

    Raises:
        ValueError: the answer breaks the schema or the limits.
    """
    length = _read_length(read)
    if length > MAX_HEADER:
        raise ValueError(f"length must be at most {MAX_HEADER}, not {length}")
    answer = _Answer.model_validate_json(bytes(read(length)))
    if answer.refusal is not None:
        return Refusal(request.title, answer.refusal.problem, answer.refusal.remedy)
    limits = request.limits
    if not 1 <= len(answer.slices) <= limits.max_frames:
        raise ValueError(f"slices must number 1 to {limits.max_frames}, not {len(answer.slices)}")
    if sum(record.height * record.width for record in answer.slices) > limits.max_pixels:
        raise ValueError(f"slices must have at most {limits.max_pixels} pixels together")
    return tuple(_slice(record, read, request.modality) for record in answer.slices)


def _slice(record: _SliceRecord, read: Read, modality: str) -> Slice:
    data = memoryview(read(record.size)).toreadonly()
    values = np.frombuffer(data, record.dtype).reshape(record.shape)
    hounsfield = window = None
    if record.kind == "hounsfield":
        window = MODALITIES.get(modality).trained_window
        if window is None:
            raise ValueError(f"modality {modality!r} has no window")
        hounsfield = values.astype(np.int16, copy=False)
        pixels = window.apply(hounsfield)
    elif record.kind == "grey":
        pixels = np.repeat(values.astype(np.uint8, copy=False)[..., None], 3, axis=-1)
    else:
        pixels = values.astype(np.uint8, copy=False)
    pixels.setflags(write=False)
    case = Case(
        case_id=uuid.uuid4().hex,
        pixels=pixels,
        modality=modality,
        title=record.title,
        notes=record.notes,
        hounsfield=hounsfield,
        window=window,
        position=record.position,
        facts=record.facts,
        warnings=record.warnings,
    )
    return Slice(case, record.group, record.place, record.number)


def _is_grey(pixels: NDArray[np.uint8]) -> bool:
    return bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all())


def _framed(head: bytes) -> bytes:
    return _LENGTH.pack(len(head)) + head


def _read_length(read: Read) -> int:
    """The length that stands before a header; ValueError where the other side ended before it."""
    prefix = read(_LENGTH.size)
    if len(prefix) != _LENGTH.size:
        raise ValueError(f"a length has {_LENGTH.size} bytes, not {len(prefix)}")
    (length,) = _LENGTH.unpack(prefix)
    return int(length)

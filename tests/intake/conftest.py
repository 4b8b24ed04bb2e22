"""Image files made by hand, each small enough to be worked out."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

Encode = Callable[..., bytes]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_bytes(values: np.ndarray, colour_type: int, *, claimed: tuple[int, int] | None = None) -> bytes:
    """A PNG of (H, W[, C]) uint8 or uint16 values; ``claimed`` (width, height) makes its header lie."""
    height, width = values.shape[:2]
    depth = 8 * values.dtype.itemsize
    rows = values.astype(values.dtype.newbyteorder(">")).reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", *(claimed or (width, height)), depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    )


def tiff_bytes(values: np.ndarray, **options: Any) -> bytes:
    stream = BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def pillow_bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture(scope="session")
def make_png() -> Encode:
    return png_bytes


@pytest.fixture(scope="session")
def make_tiff() -> Encode:
    return tiff_bytes


@pytest.fixture(scope="session")
def save() -> Encode:
    return pillow_bytes


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """(48, 64) RGB with a different colour in every corner."""
    rows, columns = np.mgrid[0:48, 0:64]
    return Image.fromarray(np.stack([rows * 5, columns * 4, (rows + columns) * 2], -1).astype(np.uint8))


@pytest.fixture(scope="session")
def ramp16() -> np.ndarray:
    """(64, 64) uint16 from 0 to 65,535, evenly."""
    return np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    return Path(os.environ["TWINLENS_DATA"])

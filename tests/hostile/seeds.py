"""What fuzzed inputs start from: real files that are installed anyway, and the corpus's own."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from tests.hostile.corpus import CORPUS

MAX_SEED = 700_000
_PIXELS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")


@cache
def load_seeds() -> dict[str, bytes]:
    """Name to bytes: the corpus's small files, pydicom's test files, scikit-image's pictures as installed."""
    seeds = {f"corpus:{one.name}": one.build() for one in CORPUS if one.outcome != "refused"}
    seeds |= {f"drawn:{kind}": _drawn(kind) for kind in ("PNG", "JPEG", "TIFF")}
    for label, paths in (("pydicom", _pydicom_files()), ("skimage", _skimage_files())):
        seeds |= {f"{label}:{path.name}": path.read_bytes() for path in paths}
    return {name: content for name, content in sorted(seeds.items()) if 0 < len(content) <= MAX_SEED}


@cache
def seeds_by_kind() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for name in load_seeds():
        kinds.setdefault(name.partition(":")[0], []).append(name)
    # Files of a clinic are what this intake meets for the first time: they get two draws of five.
    return {**kinds, "pydicom again": kinds["pydicom"]} if "pydicom" in kinds else kinds


def _pydicom_files() -> list[Path]:
    import pydicom.data

    folder = Path(pydicom.data.__file__).parent / "test_files"
    named = (path for path in sorted(folder.glob("*")) if path.is_file() and path.suffix in ("", ".dcm"))
    return [path for path in named if any(tag in path.read_bytes() for tag in _PIXELS)]


def _skimage_files() -> list[Path]:
    import skimage.data

    folder = Path(skimage.data.__file__).parent
    return sorted(path for path in folder.glob("*.*") if path.suffix in (".png", ".jpg", ".tif"))


def _drawn(kind: str) -> bytes:
    from PIL import Image

    from core.intake.synthetic import draw_sample

    stream = BytesIO()
    Image.fromarray(draw_sample("regular").pixels).resize((200, 150)).save(stream, kind)
    return stream.getvalue()

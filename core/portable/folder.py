"""Writing an export: the gate first, then every file or none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.atomic import write_together
from core.bundle import Pair
from core.errors import ConfigError
from core.portable.describe import describe_export
from core.portable.readme import write_readme
from core.portable.record import (
    FORMAT,
    MODEL_NAME,
    SELFTEST_NAME,
    FileEntry,
    ModelRecord,
    ParityEntry,
    SelfTest,
)
from core.portable.selftest import build_selftest, check_shipped, draw_pictures
from core.portable.web import read_web_files
from core.types import Role

_FILES = Path(__file__).resolve().parent / "files"
README_NAME = "README.md"


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes:
        folder: where.
        parity: of the gate.
        selftest: the pictures and their answers.
        record: the content of ``model.json``; its ``files`` names every other file.
        removed: files of an earlier export that this one has not, by their path within the folder.
    """

    folder: Path
    parity: ParityEntry
    selftest: SelfTest
    record: ModelRecord
    removed: tuple[str, ...]


def export_folder(
    pair: Pair,
    role: Role,
    out: Path,
    *,
    web: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> Exported:
    """Write one role of a pair as a folder that runs without TwinLens.

    Args:
        out: made when missing; an earlier export is replaced, any other folder that holds files is refused.
        web: whether a page for browsers comes along.
        on_step: told what is being done, one clause at a time.

    Raises:
        ParityError: the ONNX file does not agree with the network it came from; nothing is written.
        BundleError: the role does not ship, or a file is not the one the card names.
        ConfigError: ``out`` is taken or cannot be written; the page's runtime is not installed.
    """
    earlier = _read_earlier(out)
    page = read_web_files(pair.network(role).preprocessing) if web else {}
    pictures = draw_pictures(pair)
    on_step("the gate: the ONNX file against the network")
    parity = check_shipped(pair, role, pictures)
    on_step("answers of the self-test")
    selftest = build_selftest(pair, role, pictures)
    onnx = str(pair.network(role).onnx)
    files = {
        onnx: pair.read(onnx),
        SELFTEST_NAME: _dump(selftest),
        **{picture.file: picture.content for picture in pictures},
        "example.py": (_FILES / "example.py").read_bytes(),
        **page,
    }
    if (int8 := pair.network(role).int8) is not None:
        files[int8.onnx] = pair.read(int8.onnx)
    if pair.network(role).preprocessing.crop != "none" or pair.network(role).topology is not None:
        files["prepare.py"] = (_FILES / "prepare.py").read_bytes()
    draft = describe_export(pair, role, parity=parity, files=_list_files(files))
    files[README_NAME] = write_readme(draft, web=web).encode()
    record = draft.model_copy(update={"files": _list_files(files)})
    on_step(f"{len(files) + 1} files")
    # First, so that a folder left by a killed process is known as an export and can be written again.
    _write(out, {MODEL_NAME: _dump(record), **files})
    return Exported(out, parity, selftest, record, _remove_left_over(out, earlier, record))


def _dump(record: SelfTest | ModelRecord) -> bytes:
    return (record.model_dump_json(indent=1) + "\n").encode()


def _list_files(files: Mapping[str, bytes]) -> dict[str, FileEntry]:
    return {
        name: FileEntry(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in sorted(files.items())
    }


def _read_earlier(out: Path) -> Mapping[str, str]:
    """Name to SHA-256 of the files of an earlier export; ConfigError where something else is in the way."""
    if not out.exists():
        return {}
    if not out.is_dir():
        raise ConfigError(str(out), "it is no folder", "Name a new or an empty folder")
    try:
        found = json.loads((out / MODEL_NAME).read_text(encoding="utf-8"))
        if found["format"] == FORMAT:
            return {str(name): str(entry["sha256"]) for name, entry in found["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    if any(not _is_staged(path) for path in out.rglob("*") if not path.is_dir()):
        raise ConfigError(
            str(out), "the folder holds files that are no earlier export", "Name a new or an empty folder"
        )
    return {}


def _is_staged(path: Path) -> bool:
    """Whether a file was left by a process that was killed while it wrote (:mod:`core.atomic`)."""
    return path.name.startswith(".") and path.suffix == ".tmp"


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    made: list[Path] = []
    try:
        for folder in sorted({(out / name).parent for name in files}):
            made += _make_folder(folder)
            for path in folder.iterdir():
                if _is_staged(path):
                    path.unlink()
        write_together({out / name: content for name, content in files.items()})
    except OSError as error:
        for folder in reversed(made):
            folder.rmdir()
        raise ConfigError(
            str(out),
            f"cannot be written ({error.strerror}); it is as it was",
            "Free some space, or name another folder",
        ) from error


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and what is missing above it; the folders made, the uppermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _remove_left_over(out: Path, earlier: Mapping[str, str], record: ModelRecord) -> tuple[str, ...]:
    """Remove what an earlier export wrote and this one did not, unless it was changed since."""
    root = out.resolve()
    removed = []
    for name, sha256 in earlier.items():
        path = (out / name).resolve()
        if name in record.files or not path.is_relative_to(root) or not path.is_file():
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            path.unlink()
            removed.append(name)
    return tuple(removed)

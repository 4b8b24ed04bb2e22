"""What lies in the folders of data sets, by content; and a division of it as a table with every image's hash.

Paths are relative to the data set's own folder: both files are the same wherever the data are the same.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.base import DATASETS, locate, read_samples
from core.data.cohort import Cohort
from core.data.splits import SPLIT_NAMES
from core.errors import DataError
from core.types import Sample

COLUMNS = ("path", "split", "label", "image_id", "group", "source", "sha256")


@dataclass(frozen=True)
class FileEntry:
    """One file: its size, and SHA-256 of its bytes."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What was found.

    Attributes:
        files: data set to path (relative to its folder, ``/`` between names) to file, sorted.
        images: data set to number of labelled images that its reader finds.
    """

    files: Mapping[str, Mapping[str, FileEntry]]
    images: Mapping[str, int]

    def summarise(self) -> dict[str, dict[str, int | str]]:
        """Data set to ``images``, ``files``, ``bytes`` and ``sha256``, of the list of its files."""
        return {
            name: {
                "images": self.images[name],
                "files": len(files),
                "bytes": sum(entry.bytes for entry in files.values()),
                "sha256": hashlib.sha256(
                    "".join(f"{path}\t{entry.sha256}\n" for path, entry in files.items()).encode()
                ).hexdigest(),
            }
            for name, files in self.files.items()
        }

    def dump(self) -> bytes:
        """As JSON: the summary under ``datasets``, and ``files``: data set to path to ``[bytes, sha256]``."""
        files = {
            name: {path: [entry.bytes, entry.sha256] for path, entry in entries.items()}
            for name, entries in self.files.items()
        }
        return (json.dumps({"datasets": self.summarise(), "files": files}, indent=0) + "\n").encode()


def take_manifest(names: Sequence[str], root: Path) -> Manifest:
    """Read every file of some data sets; hidden ones do not count.

    Args:
        names: in the data-set registry.
        root: folder that holds them, or the folder of the only one.

    Raises:
        ConfigError: no data set of that name.
        DataError: one is not laid out as its publisher lays it out.
    """
    images = {name: len(read_samples(name, root)) for name in names}
    return Manifest({name: _hash_folder(locate(DATASETS.get(name), root)) for name in names}, images)


def load_manifest(path: Path) -> Manifest:
    """Read what :meth:`Manifest.dump` wrote; DataError if it is not there or nothing of the kind."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        files = {
            name: {file: FileEntry(int(size), str(digest)) for file, (size, digest) in entries.items()}
            for name, entries in record["files"].items()
        }
        images = {name: int(entry["images"]) for name, entry in record["datasets"].items()}
    except FileNotFoundError:
        raise DataError(str(path), "no such manifest", "Run pipeline ingest first") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(str(path), "not a manifest", "Run pipeline ingest again") from error
    return Manifest(files, images)


def tabulate_split(cohort: Cohort, manifest: Manifest, root: Path) -> bytes:
    """A division as CSV with :data:`COLUMNS`, in the order train, val, test.

    ``sha256`` is of the image's file; an item of an array file has that of the whole file.

    Raises:
        DataError: an image's file is not in the manifest.
    """
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(COLUMNS)
    folders = {name: locate(DATASETS.get(name), root) for name in cohort.names}
    for split in SPLIT_NAMES:
        for sample in cohort.samples[split]:
            path, entry = _find(sample, folders[sample.source], manifest)
            table.writerow(
                (path, split, sample.label, sample.image_id, sample.group, sample.source, entry.sha256)
            )
    return buffer.getvalue().encode()


def _find(sample: Sample, folder: Path, manifest: Manifest) -> tuple[str, FileEntry]:
    file, mark, item = sample.location.partition("#")
    path = Path(os.path.relpath(file, folder)).as_posix()
    entry = manifest.files.get(sample.source, {}).get(path)
    if entry is None:
        raise DataError(
            f"{sample.source}/{path}", "the manifest does not hold this file", "Run pipeline ingest again"
        )
    return f"{path}{mark}{item}", entry


def _hash_folder(folder: Path) -> dict[str, FileEntry]:
    found: dict[str, FileEntry] = {}
    for where, inner, names in os.walk(folder, followlinks=True):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in names:
            path = Path(where) / name
            if name.startswith(".") or not path.is_file():
                continue
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found[path.relative_to(folder).as_posix()] = FileEntry(path.stat().st_size, digest)
    return dict(sorted(found.items()))

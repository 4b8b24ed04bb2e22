"""A full disk or a killed process never costs the previous file."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.atomic import write_atomic, write_together

ROOT = Path(__file__).resolve().parent.parent
KILLED = """
import os, signal, sys
from pathlib import Path
from core.atomic import write_together
folder, real = Path(sys.argv[1]), os.fsync
calls = []
def fsync(handle):
    calls.append(handle)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    real(handle)
os.fsync = fsync
write_together({folder / "a": b"new a", folder / "b": b"new b"})
"""


def full_disk_after(calls: int):
    """An fsync that finds no room from its n-th call on, counted from 0."""
    done = []

    def fsync(handle: int) -> None:
        done.append(handle)
        if len(done) > calls:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return fsync


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "x.bin"
    write_atomic(path, b"one")
    write_atomic(path, b"")
    assert path.read_bytes() == b""
    write_atomic(path, b"three\0")
    assert path.read_bytes() == b"three\0"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.bin"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_full_disk_keeps_the_previous_file(tmp_path, monkeypatch):
    path = tmp_path / "x.bin"
    write_atomic(path, b"before")
    monkeypatch.setattr(os, "fsync", full_disk_after(0))
    with pytest.raises(OSError) as caught:
        write_atomic(path, b"after")
    assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.bin"]


@pytest.mark.parametrize("room_for", [0, 1, 2])
def test_several_files_are_replaced_together_or_not_at_all(tmp_path, monkeypatch, room_for):
    names = ("a", "b", "c")
    write_together({tmp_path / name: f"old {name}".encode() for name in names})
    monkeypatch.setattr(os, "fsync", full_disk_after(room_for))
    with pytest.raises(OSError):
        write_together({tmp_path / name: f"new {name}".encode() for name in names})
    assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} == {n: f"old {n}" for n in names}


def test_a_killed_writer_leaves_the_previous_files(tmp_path):
    write_together({tmp_path / "a": b"old a", tmp_path / "b": b"old b"})
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert (tmp_path / "a").read_bytes() == b"old a" and (tmp_path / "b").read_bytes() == b"old b"


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "none" / "x", b"")

from __future__ import annotations

import errno
import io
import os
import pickle

import pytest
import torch

from core.errors import DataError, WeightsError
from core.training.checkpoint import AtomicCheckpointIO, read_checkpoint, sweep_temporary


class FullDisk(io.RawIOBase):
    """A file on a disk that fills up halfway."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.handle

    def write(self, content) -> int:
        os.write(self.handle, bytes(content)[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        if not self.closed:
            os.close(self.handle)
        super().close()


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint({"state_dict": {"a": torch.arange(3.0)}, "n": 1}, path)
    content = AtomicCheckpointIO().load_checkpoint(path)
    assert content["n"] == 1
    assert content["state_dict"]["a"].tolist() == [0, 1, 2]
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]
    AtomicCheckpointIO().remove_checkpoint(path)
    assert not path.exists()


def test_a_full_disk_keeps_the_previous_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint({"epoch": 1}, path)
    before = path.read_bytes()
    monkeypatch.setattr("core.atomic.os.fdopen", lambda handle, mode: FullDisk(handle))
    with pytest.raises(DataError, match=r"disk is full.*previous file is kept"):
        AtomicCheckpointIO().save_checkpoint({"epoch": 2, "weights": torch.zeros(10_000)}, path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]
    assert read_checkpoint(path) == {"epoch": 1}


def test_another_fault_of_the_disk_is_not_called_a_full_one(tmp_path, monkeypatch):
    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr("core.atomic.os.fsync", broken)
    with pytest.raises(OSError, match="input/output"):
        AtomicCheckpointIO().save_checkpoint({}, tmp_path / "last.ckpt")


class Payload:
    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_code_in_a_checkpoint_is_refused_and_not_run(tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "last.ckpt"
    if how == "torch":
        torch.save({"state_dict": Payload()}, path)
    else:
        path.write_bytes(pickle.dumps(Payload()))
    with pytest.raises(WeightsError, match="not a readable checkpoint"):
        AtomicCheckpointIO().load_checkpoint(path, weights_only=False)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half"])
def test_a_broken_file_is_refused(tmp_path, content):
    path = tmp_path / "last.ckpt"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="Delete it"):
        read_checkpoint(path)


def test_a_missing_or_foreign_file_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="no such checkpoint"):
        read_checkpoint(tmp_path / "last.ckpt")
    torch.save(torch.zeros(3), tmp_path / "tensor.ckpt")
    with pytest.raises(WeightsError, match="not a checkpoint of ours"):
        read_checkpoint(tmp_path / "tensor.ckpt")


def test_sweep_takes_orphans_only(tmp_path):
    (tmp_path / ".last.ckpt.abc.tmp").touch()
    (tmp_path / "last.ckpt").touch()
    assert sweep_temporary(tmp_path) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]

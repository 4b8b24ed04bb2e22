"""Weights & Biases offline: what was logged is read back from the file that ``wandb sync`` would send."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from wandb.proto.wandb_internal_pb2 import Record

from core.tracking import open_tracker
from tests.tracking.runs import OUTCOME, RUN

BLOCK, HEAD = 32768, 7
"""The file is LevelDB's log: blocks, in them pieces of records behind a checksum, a length and a kind."""
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def fail(message: str) -> None:
    raise AssertionError(message)


def read_records(path: Path) -> Iterator[Record]:
    content, place, joined = path.read_bytes(), HEAD, b""
    assert content[:4] == b":W&B"
    while place + HEAD <= len(content):
        if BLOCK - place % BLOCK < HEAD:
            place += BLOCK - place % BLOCK
            continue
        _, length, kind = struct.unpack("<IHB", content[place : place + HEAD])
        joined += content[place + HEAD : place + HEAD + length]
        place += HEAD + length
        if kind in (FULL, LAST):
            record = Record()
            record.ParseFromString(joined)
            joined = b""
            yield record


def wait_for_records(path: Path) -> list[Record]:
    """All records, once the library's process has written the last of them."""
    for _ in range(300):
        records = list(read_records(path)) if path.stat().st_size else []
        if records and records[-1].HasField("exit"):
            return records
        time.sleep(0.1)
    raise AssertionError(f"{path} was not finished")


def folders(runs: Path, run_id: str) -> list[Path]:
    return sorted((runs / "wandb").glob(f"offline-run-*-{run_id}*"))


def read_items(items: object) -> dict[str, object]:
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}  # type: ignore[attr-defined]


def test_a_run_and_its_second_half(tmp_path):
    folder = tmp_path / "student"
    folder.mkdir()
    tracker = open_tracker("wandb", tmp_path, warn=fail)
    log = tracker.start(RUN, folder)
    run_id = log.run_id
    log.log_epoch(0, {"val_loss": 0.7, "train_loss": None})
    tracker.close()
    log = open_tracker("wandb", tmp_path, warn=fail).start(RUN, folder)
    assert (log.run_id, log.epochs_logged) == (run_id, 1)
    log.log_epoch(1, {"val_loss": 0.5})
    log.finish(OUTCOME)

    first, second = (
        wait_for_records(next(where.glob("*.wandb"))) for where in folders(tmp_path, str(run_id))
    )
    begun = next(record.run for record in first if record.HasField("run"))
    assert (begun.run_id, begun.display_name, begun.run_group) == (run_id, "melanoma/student", "melanoma")
    assert (begun.project, begun.job_type) == ("twinlens", "student")
    config = read_items(begun.config.update)
    assert {key: config[key] for key in RUN.parameters} == RUN.parameters
    assert config["tags"] == RUN.tags
    epochs = [read_items(record.history.item) for record in first + second if record.HasField("history")]
    assert [(row["_step"], row["val_loss"]) for row in epochs] == [(0, 0.7), (1, 0.5)]
    assert all("train_loss" not in row for row in epochs)
    summary: dict[str, object] = {}
    for record in second:
        summary |= read_items(record.summary.update) if record.HasField("summary") else {}
    assert summary["final.best_epoch"] == 1.0 and summary["state"] == "finished"
    for name, content in OUTCOME.artifacts.items():
        assert (folders(tmp_path, str(run_id))[1] / "files" / name).read_bytes() == content


def test_a_run_whose_folder_was_deleted_begins_anew(tmp_path):
    (tmp_path / "tracking.json").write_text('{"store": "wandb", "run_id": "0a1b2c3d", "epochs": 4}')
    tracker = open_tracker("wandb", tmp_path, warn=fail)
    log = tracker.start(RUN, tmp_path)
    assert log.run_id != "0a1b2c3d" and log.epochs_logged == 0
    tracker.close()


def test_only_its_own_child_is_spoken_to(tmp_path, monkeypatch):
    """The library writes through a process of its own, over a socket of this machine."""
    asked: list[object] = []
    connect = socket.socket.connect

    def watch(self: socket.socket, address: object) -> None:
        asked.append(address)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", watch)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **rest: fail(f"asked for {address}"))
    monkeypatch.delenv("WANDB_ERROR_REPORTING", raising=False)
    log = open_tracker("wandb", tmp_path, warn=fail).start(RUN)
    log.finish(OUTCOME)
    assert all(isinstance(one, str) or one[0] == "127.0.0.1" for one in asked)  # type: ignore[index]
    text = "".join(path.read_text(errors="replace") for path in (tmp_path / "wandb").rglob("debug*.log"))
    assert "sentry" not in text.lower() and "api.wandb.ai" not in text


@pytest.mark.parametrize("key", ["WANDB_MODE", "WANDB_API_KEY"])
def test_an_account_on_the_machine_changes_nothing(tmp_path, monkeypatch, key):
    monkeypatch.setenv(key, "online" if key == "WANDB_MODE" else "0" * 40)
    log = open_tracker("wandb", tmp_path, warn=fail).start(RUN)
    run_id = log.run_id
    log.finish(OUTCOME)
    assert folders(tmp_path, str(run_id))

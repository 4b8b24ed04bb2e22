"""A child that sees several files: the same answers as a child for each, and no file pays for another."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from core.intake import shared_child
from core.intake.limits import DEFAULT_LIMITS, Limits
from core.intake.sandbox import SERVER, decode_apart
from core.intake.shared_child import SharedChild
from core.intake.wire import Request
from core.types import Refusal
from tests.dicom_factory import ct_bytes, ramp

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def request(content: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Request:
    return Request("f.dcm", "ct", b"s" * 32, limits, content)


@pytest.fixture
def forks(monkeypatch) -> list[bytes]:
    """What was asked of the fork server, one entry a fork."""
    asked: list[bytes] = []
    original = SERVER.fork_child

    def fork_child(kind: bytes = b"f"):
        asked.append(kind)
        return original(kind)

    monkeypatch.setattr(SERVER, "fork_child", fork_child)
    return asked


@pytest.fixture
def child():
    made = SharedChild(4)
    yield made
    made.close()


def test_every_file_gets_its_own_answer_and_few_need_a_fork(child, forks):
    for number in range(10):
        (found,) = child.decode(request(ct_bytes(ramp() + number)))
        assert int(found.case.hounsfield[0, 0]) + 1024 == number
        assert not found.case.pixels.flags.writeable
    assert forks == [b"m"] * 3, "four files a child"


def test_a_refusal_ends_the_child_and_is_heard_again_from_one_of_its_own(child, forks):
    assert not isinstance(child.decode(request(ct_bytes())), Refusal)
    refused = child.decode(request(b"plain text"))
    assert isinstance(refused, Refusal)
    assert refused == decode_apart(request(b"plain text"))
    assert not isinstance(child.decode(request(ct_bytes())), Refusal)
    assert forks == [b"m", b"f", b"f", b"m"]


def test_a_first_file_that_is_refused_has_had_a_child_of_its_own(child, forks):
    assert isinstance(child.decode(request(b"plain text")), Refusal)
    assert forks == [b"m"]


def test_a_file_is_not_refused_for_what_another_left_behind(child, monkeypatch):
    """The second file meets a child that died in between: only a child of its own says what it is."""
    child.decode(request(ct_bytes()))
    connection, _ = child._child
    monkeypatch.setattr(
        shared_child, "ask_child", lambda *_: Refusal("f.dcm", "the file crashed the decoder", "Again")
    )
    (found,) = child.decode(request(ct_bytes(ramp() + 7)))
    assert int(found.case.hounsfield[0, 0]) + 1024 == 7
    assert connection.fileno() == -1, "the child that failed is let go"


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"wall_s": 0.01}, "too long"), ({"cpu_s": 0}, "too long"), ({"max_pixels": 100}, "values")],
)
def test_each_file_keeps_its_own_bounds(child, changed, words):
    large = ct_bytes(np.zeros((300, 512, 512), np.int16) + ramp(512, 512) % 100)
    assert not isinstance(child.decode(request(ct_bytes())), Refusal)
    many = replace(DEFAULT_LIMITS, max_pixels=10**9, memory_bytes=4 * 2**30)
    refused = child.decode(request(large, limits=replace(many, **changed)))
    assert isinstance(refused, Refusal) and words in refused.problem
    assert not isinstance(child.decode(request(ct_bytes())), Refusal)


def test_time_between_two_files_does_not_count(child):
    """The clock of the first file would have ended the child long ago."""
    limits = replace(DEFAULT_LIMITS, wall_s=0.5)
    first = child.decode(request(ct_bytes(), limits=limits))
    kept = child._child
    import time

    time.sleep(0.8)
    second = child.decode(request(ct_bytes(), limits=limits))
    assert not isinstance(first, Refusal) and not isinstance(second, Refusal)
    assert child._child == kept, "the same child answered both"


def test_a_child_of_its_own_for_each_file(forks):
    child = SharedChild(1)
    for _ in range(3):
        assert not isinstance(child.decode(request(ct_bytes())), Refusal)
    assert forks == [b"f"] * 3
    with pytest.raises(ValueError, match="at least 1"):
        SharedChild(0)


def test_nothing_is_left_open():
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH208, PTH112
    child = SharedChild(3)
    for _ in range(7):
        child.decode(request(ct_bytes()))
    child.close()
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH208, PTH112
    assert after <= before + 1, "at most the socket of a server started meanwhile"

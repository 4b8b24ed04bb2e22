"""A child that dies is a refusal: whatever ends it, the application goes on and the next file is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.intake import sandbox
from core.intake.limits import DEFAULT_LIMITS, Limits
from core.intake.sandbox import decode_apart
from core.intake.wire import Request, pack_refusal, pack_slices, read_answer
from core.types import Refusal
from tests.dicom_factory import ct_bytes, ramp

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def request(content: bytes, *, limits: Limits = DEFAULT_LIMITS, modality: str = "ct") -> Request:
    return Request("f.dcm", modality, b"s" * 32, limits, content)


@pytest.fixture(scope="module")
def large(save):
    """A photograph of 16 million pixels, which takes a while and about 150 MB to decode."""
    picture = Image.effect_noise((500, 500), 60).resize((4000, 4000)).convert("RGB")
    return save(picture, "JPEG")


def test_what_the_child_read_is_what_is_read_here():
    (found,) = decode_apart(request(ct_bytes()))
    assert np.array_equal(found.case.hounsfield, ramp() - 1024)
    assert not found.case.hounsfield.flags.writeable and not found.case.pixels.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        found.case.pixels[0, 0, 0] = 1
    with pytest.raises(ValueError, match=r"WRITEABLE|writeable"):
        found.case.hounsfield.setflags(write=True)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_both_ways_of_starting_give_the_same(start):
    (found,) = decode_apart(request(ct_bytes()), start=start)
    assert np.array_equal(found.case.hounsfield, ramp() - 1024)
    refused = decode_apart(request(b"plain text"), start=start)
    assert isinstance(refused, Refusal) and "plain text" in refused.problem and refused.subject == "f.dcm"


def test_too_little_memory_is_a_refusal(large):
    refused = decode_apart(request(large, limits=Limits(memory_bytes=220 * 2**20), modality="dermoscopy"))
    assert isinstance(refused, Refusal)
    assert "far too many pixels" in refused.problem or "crashed" in refused.problem
    assert not isinstance(decode_apart(request(large, modality="dermoscopy")), Refusal)


def test_too_little_time_is_a_refusal(large):
    refused = decode_apart(request(large, limits=Limits(wall_s=0.02), modality="dermoscopy"))
    assert isinstance(refused, Refusal) and "too long" in refused.problem


def test_too_little_processor_time_is_a_refusal(large):
    """Zero seconds: the kernel raises SIGXCPU at the first tick."""
    refused = decode_apart(request(large, limits=Limits(cpu_s=0), modality="dermoscopy"))
    assert isinstance(refused, Refusal) and "too long" in refused.problem


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (128 + signal.SIGKILL, "too much memory"),
        (128 + signal.SIGSEGV, "crashed the decoder"),
        (128 + signal.SIGABRT, "crashed the decoder"),
        (128 + signal.SIGALRM, "too long"),
        (128 + signal.SIGXCPU, "too long"),
        (1, "crashed the decoder"),
        (255, "crashed the decoder"),
    ],
)
def test_how_an_end_is_called(end, words):
    assert words in sandbox._cause(end)


def test_the_server_is_started_again_when_it_has_died():
    assert not isinstance(decode_apart(request(ct_bytes())), Refusal)
    process = sandbox.SERVER._process
    process.kill()
    process.wait()
    assert not isinstance(decode_apart(request(ct_bytes())), Refusal)
    assert sandbox.SERVER._process.pid != process.pid


def test_a_fresh_process_that_ends_without_an_answer_is_a_refusal(monkeypatch):
    monkeypatch.setattr(sandbox, "_command", lambda entry: [sys.executable, "-c", ""])
    refused = decode_apart(request(ct_bytes()), start="spawn")
    assert isinstance(refused, Refusal) and "crashed" in refused.problem


@pytest.mark.skipif(sys.platform != "linux", reason="a mark that Linux alone knows")
def test_no_process_that_holds_a_file_can_be_dumped():
    """prctl(PR_GET_DUMPABLE) in a child of the process that has been marked."""
    ask = (
        "import ctypes, os; from core.intake import decoder_process as d; d._fall_silent(); "
        "child = os.fork(); os._exit(7 + ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)) if child == 0 else "
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "7"


def test_many_threads_get_each_its_own_answer():
    def read(number: int) -> int:
        (found,) = decode_apart(request(ct_bytes(ramp() + number)))
        return int(found.case.hounsfield[0, 0]) + 1024

    before = open_files()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(24))) == list(range(24))
    assert open_files() <= before


def open_files() -> int:
    """Descriptors of this process, 0 where the system does not list them."""
    listed = Path("/proc/self/fd")
    return len(list(listed.iterdir())) if listed.exists() else 0


def test_an_answer_that_breaks_the_rules_is_not_believed():
    (found,) = decode_apart(request(ct_bytes()))
    parts = b"".join(pack_slices([found]))
    assert read_answer(_reader(parts), request(b""))[0].case.position == 0
    for forged in (
        parts.replace(b'"height":40', b'"height":4000000'),
        parts.replace(b'"kind":"hounsfield"', b'"kind":"unheard_of"'),
        parts.replace(b'"place":null', b'"pickle":0.0'),
        b"\xff\xff\xff\xff" + parts[4:],
        b"\0\0\0\x02{}",
    ):
        with pytest.raises(ValueError, match=r"."):
            read_answer(_reader(forged), request(b""))


def test_a_refusal_keeps_the_subject_of_this_side():
    sent = b"".join(pack_refusal(Refusal("other", "is damaged", "Choose another")))
    assert read_answer(_reader(sent), request(b"")) == Refusal("f.dcm", "is damaged", "Choose another")


def _reader(content: bytes):
    at = [0]

    def read(size: int) -> bytes:
        at[0] += size
        return content[at[0] - size : at[0]]

    return read

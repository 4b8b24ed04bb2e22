"""Read the whole corpus in this process, with a ceiling on its memory, and print what it took as JSON."""

from __future__ import annotations

import json
import re
import resource
from pathlib import Path

from core.intake import sandbox
from core.intake.uploads import read_uploads
from tests.hostile.base import dicom
from tests.hostile.corpus import CORPUS

ROOM = 400 * 2**20
"""Address space that this process may add to what it has once everything is loaded."""


def status(name: str) -> int:
    """A figure of this process in bytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1_024 if found else 0


def main() -> None:
    """Warm up, set the ceiling, read every file, stop the server and count."""
    read_uploads([("warm.dcm", dicom())], modality="ct")
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (status("VmSize") + ROOM, hard))
    before = status("VmRSS")
    outcomes = {}
    for file in CORPUS:
        batch = read_uploads([(file.title, file.build())], modality=file.modality)
        outcomes[file.name] = "read" if batch.cases else batch.refused[0].problem
    peak = status("VmHWM")
    sandbox.SERVER.stop()  # its children are counted once it has been waited for
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1_024
    print(json.dumps({"grown": peak - before, "largest_child": children, "outcomes": outcomes}))


main()

"""What a long measurement has found so far, a line a finding, so that a killed one goes on where it was."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from core.types import Role

Kind = Literal["agree", "localise", "faithful", "stable", "learned"]
Value = float | str | bool | None
Values = Mapping[str, Value]
_IMPORTS = re.compile(r"^\s*(?:from|import) (core\.(?:explain\.\w+|trust))\b", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """One thing to measure of one case.

    Attributes:
        kind: what.
        dataset, image_id: the case, under the publisher's public id.
        role: whose map; the teacher's where it is compared with the student's.
        method: in the explainer registry.
    """

    kind: Kind
    dataset: str
    image_id: str
    role: Role
    method: str


class MeasurementLog:
    """Findings by job, in a file of JSON lines to which every finding is added as it is made.

    A finding of code that has changed since, or of another set-up, is not given back. A last line that a
    killed process left unfinished is dropped.

    Args:
        folder: made if it is not there.
        setup: what every finding depends on: weights, seed, versions. Another set-up has another file.
    """

    def __init__(self, folder: Path, setup: Mapping[str, object]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(setup, sort_keys=True)
        self.path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.jsonl"
        self._found: dict[tuple[str, ...], Values] = {}
        if self.path.is_file():
            self._read()

    def get(self, job: Job, code: str) -> Values | None:
        """What was found, None if it was not measured with this code; see :func:`digest_code`."""
        return self._found.get((*astuple(job), code))

    def add(self, job: Job, code: str, values: Values) -> None:
        """Keep a finding; it is on the disk when this returns."""
        line = json.dumps({**asdict(job), "code": code, "values": dict(values)}, allow_nan=False)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
        self._found[(*astuple(job), code)] = values

    def _read(self) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            self.path.write_bytes(whole)
        for line in whole.decode().splitlines():
            row = json.loads(line)
            values, code = row.pop("values"), row.pop("code")
            self._found[(*astuple(Job(**row)), code)] = values


@lru_cache(maxsize=64)
def digest_code(*modules: str) -> str:
    """First digits of the SHA-256 of modules' sources, with all of ``core.explain`` that they import."""
    sources: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in sources:
            continue
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(name)
        sources[name] = Path(spec.origin).read_bytes()
        waiting += _IMPORTS.findall(sources[name].decode())
    return hashlib.sha256(b"".join(sources[name] for name in sorted(sources))).hexdigest()[:12]

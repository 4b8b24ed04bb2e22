"""Results of a suite on disk: tables and curves as JSON, what every network said of every case beside it.

``<suite>.json`` is a :class:`core.types.SuiteResults`. ``<suite>.safetensors`` holds ``target/val`` and
``target/test`` (N,) int8 and, for every run, ``<number>-<seed>/val`` and ``/test``: log-probabilities (N, C)
float16, which every figure is computed from. No picture is in either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from core.errors import DataError
from core.types import SuiteResults

RESULTS_DIR = Path(__file__).resolve().parent / "results"
_ADAPTER = TypeAdapter(SuiteResults)
_AGAIN = "Run `python -m core experiments run {suite}` again"


class StoredSuite:
    """The results of one suite, read when they are asked for.

    Args:
        suite: name.
        folder: of the files.

    Raises:
        DataError: there are none, or they are not of this version.
    """

    def __init__(self, suite: str, folder: Path = RESULTS_DIR) -> None:
        self._suite, self._folder = suite, folder
        path = folder / f"{suite}.json"
        try:
            self.results = _ADAPTER.validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise DataError(str(path), "no results are here", _AGAIN.format(suite=suite)) from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DataError(
                str(path),
                f"not results of this version ({where}: {first['msg']})",
                _AGAIN.format(suite=suite),
            ) from error

    @cached_property
    def _arrays(self) -> Mapping[str, NDArray[Any]]:
        path = self._folder / f"{self._suite}.safetensors"
        try:
            return load_file(path)
        except (OSError, SafetensorError) as error:
            raise DataError(
                str(path), f"it cannot be read ({error})", _AGAIN.format(suite=self._suite)
            ) from error

    def target(self, part: str) -> NDArray[np.intp]:
        """Class index of every case of ``"val"`` or ``"test"``, (N,)."""
        return self._get(f"target/{part}").astype(np.intp)

    def probs(self, number: int, seed: int, part: str) -> NDArray[np.float64]:
        """Probabilities (N, C) of one run, rows sum to 1; DataError if the run is not there."""
        return as_probs(self._get(f"{number:02d}-{seed}/{part}"))

    def _get(self, key: str) -> NDArray[Any]:
        if key not in self._arrays:
            raise DataError(
                f"{self._suite}.safetensors", f"it holds no {key}", _AGAIN.format(suite=self._suite)
            )
        return self._arrays[key]


def as_probs(log_probs: NDArray[Any]) -> NDArray[np.float64]:
    """Stored log-probabilities (N, C) as probabilities whose rows sum to 1."""
    probs = np.exp(log_probs.astype(np.float64))
    found: NDArray[np.float64] = probs / probs.sum(axis=1, keepdims=True)
    return found


def dump_results(results: SuiteResults) -> bytes:
    """The JSON that :class:`StoredSuite` reads."""
    return json.dumps(_ADAPTER.dump_python(results, mode="json"), indent=1).encode() + b"\n"

"""The shipped pairs as exported folders, each written once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from core.bundle import load_pair
from core.portable.folder import export_folder

Exports = Callable[[str], Path]


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """Name of a shipped pair to the folder of its exported student."""

    @cache
    def export(name: str) -> Path:
        folder = tmp_path_factory.mktemp("exports") / name
        export_folder(load_pair(name), "student", folder)
        return folder

    return export

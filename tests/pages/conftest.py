"""Pages run against the test pair; TWINLENS_MODELS of the caller is not looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import bundle


@pytest.fixture
def models(pair_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The application sees the test pair and nothing else."""
    monkeypatch.setattr(bundle, "MODELS_DIR", pair_models)
    return pair_models

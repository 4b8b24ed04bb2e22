"""Pages run against the test pair; TWINLENS_MODELS of the caller is not looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import bundle
from tests.pair_factory import build_models, fingerprint


@pytest.fixture(scope="session")
def test_models(request: pytest.FixtureRequest) -> Path:
    """Folder with the test pair, kept between runs as long as its makers stay the same."""
    return build_models(Path(request.config.cache.mkdir(f"twinlens-pair-{fingerprint()}")))


@pytest.fixture
def models(test_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The application sees the test pair and nothing else."""
    monkeypatch.setattr(bundle, "MODELS_DIR", test_models)
    return test_models

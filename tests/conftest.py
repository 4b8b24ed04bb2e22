"""Fixtures that tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.bundle import Pair, load_pair
from core.data.base import ROOT_VARIABLE
from core.tracking import TRACK_VARIABLE
from tests.ct_pair import build_ct_models
from tests.fundus_pair import FUNDUS_PAIR, build_fundus_models
from tests.lung_pair import LUNG_PAIR, build_lung_models
from tests.pair_factory import PAIR, build_models, fingerprint
from tests.small_world import complete_pair, write_isic2018

os.environ[TRACK_VARIABLE] = "none"
"""Tests that are not about tracking make no store."""
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
"""Tests read a store with a client of their own, imported before the tracker's."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need the public data sets are passed over, and say so, where the sets are not at hand."""
    if os.environ.get(ROOT_VARIABLE):
        return
    for item in items:
        if item.get_closest_marker("realdata"):
            item.add_marker(pytest.mark.skip(reason=f"{ROOT_VARIABLE} is not set"))


@pytest.fixture(scope="session")
def pair_models(request: pytest.FixtureRequest) -> Path:
    """Folder with a small but real pair, kept between runs as long as its makers stay the same."""
    return build_models(Path(request.config.cache.mkdir(f"twinlens-pair-{fingerprint()}")))


@pytest.fixture(scope="session")
def pair(pair_models: Path) -> Pair:
    """The small pair, loaded."""
    return load_pair(PAIR, pair_models)


@pytest.fixture(scope="session")
def fundus_models(request: pytest.FixtureRequest) -> Path:
    """Folder with a small but real fundus pair: a crop, CBAM, a topological branch, held-out predictions."""
    return build_fundus_models(Path(request.config.cache.mkdir(f"twinlens-fundus-{fingerprint()}")))


@pytest.fixture(scope="session")
def fundus_pair(fundus_models: Path) -> Pair:
    """The small fundus pair, loaded."""
    return load_pair(FUNDUS_PAIR, fundus_models)


@pytest.fixture(scope="session")
def ct_models(request: pytest.FixtureRequest) -> Path:
    """Folder with a small but real pair for chest CT."""
    return build_ct_models(Path(request.config.cache.mkdir(f"twinlens-ct-{fingerprint()}")))


@pytest.fixture(scope="session")
def lung_models(request: pytest.FixtureRequest) -> Path:
    """Folder with a small but real lung pair that serves a second student, with held-out predictions."""
    return build_lung_models(Path(request.config.cache.mkdir(f"twinlens-lung-{fingerprint()}")))


@pytest.fixture(scope="session")
def lung_pair(lung_models: Path) -> Pair:
    """The small lung pair, loaded."""
    return load_pair(LUNG_PAIR, lung_models)


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of data sets that holds 36 images in the layout of ISIC 2018 task 3."""
    return write_isic2018(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def complete_models(pair: Pair, small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the small pair as ``save`` would leave it: control, split and held-out predictions too."""
    models = tmp_path_factory.mktemp("complete")
    complete_pair(pair, small_data, models)
    return models

"""Averages of training photographs, and how far different eyes lie apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from core.errors import DataError
from core.modalities.base import Preprocessing
from core.release.topology_reference import compute_topology_reference, reference_files
from core.topology.distances import compute_wasserstein
from core.topology.reference import REFERENCE_NAME, TopologyReference
from core.topology.spec import fit_topology_spec
from core.types import Sample

CLASSES = ("plain", "spotted", "never")
PREPROCESSING = Preprocessing(height=32, width=32)


def picture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(60, 200, (40, 40, 3), dtype=np.uint8)


SAMPLES = [
    Sample(str(number), "aptos2019", "", CLASSES[number % 2], f"eye{number // 2}") for number in range(6)
]
PICTURES = {sample.image_id: picture(number) for number, sample in enumerate(SAMPLES)}
SPEC = fit_topology_spec(PICTURES.values())


def load(sample: Sample) -> np.ndarray:
    return PICTURES[sample.image_id]


def computed(samples=SAMPLES, **options) -> TopologyReference:
    return compute_topology_reference(samples, SPEC, PREPROCESSING, classes=CLASSES, load=load, **options)


def test_averages_counts_and_yardstick():
    reference = computed()
    assert reference.counts == (3, 3, 0)
    for number, code in enumerate(CLASSES):
        own = [SPEC.diagram(load(sample)) for sample in SAMPLES if sample.label == code]
        for dimension in (0, 1):
            mean = np.mean([SPEC.image(diagram, dimension) for diagram in own], axis=0) if own else 0
            assert reference.images[number, dimension] == pytest.approx(mean, rel=1e-5)
    eyes = [SPEC.diagram(PICTURES[name]) for name in ("0", "2", "4")]
    for dimension in (0, 1):
        apart = [
            compute_wasserstein(a.of_dimension(dimension), b.of_dimension(dimension))
            for a, b in combinations(eyes, 2)
        ]
        assert reference.yardstick[dimension] == pytest.approx(np.median(apart))
    assert reference.eyes == 3
    assert 0 <= reference.likest_own <= 6


def test_one_picture_a_class_is_likest_to_itself():
    assert computed(SAMPLES[1:3]).likest_own == 2


def test_fewer_eyes_when_asked():
    assert computed(eyes=2).eyes == 2


def test_one_eye_has_no_yardstick():
    with pytest.raises(DataError, match="two groups"):
        computed(SAMPLES[:2])


def test_a_foreign_class_is_named():
    with pytest.raises(ValueError, match="other"):
        computed([*SAMPLES, Sample("0", "aptos2019", "", "other", "eye9")])


def test_files_of_a_network(fundus_pair):
    assert reference_files(fundus_pair.network("teacher"), [], CLASSES) == {}


def test_files_of_a_topological_network(fundus_pair, monkeypatch):
    monkeypatch.setitem(compute_topology_reference.__kwdefaults__, "load", load)
    files = reference_files(fundus_pair.network("student"), SAMPLES, CLASSES)
    reference = TopologyReference.load(files[REFERENCE_NAME])
    assert list(files) == [REFERENCE_NAME]
    assert reference.spec == fundus_pair.network("student").topology

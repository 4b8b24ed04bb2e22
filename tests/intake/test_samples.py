"""Sample cases: honest titles, one default each, and the verdict that each is there to show."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from core.errors import DataError
from core.intake import samples
from core.intake.quality import assess_quality
from core.intake.samples import list_samples, open_sample
from core.intake.synthetic import draw_sample

STATES = {
    "healthy": "gradable",
    "dark": "ungradable",
    "blurred": "ungradable",
    "cut": "ungradable",
    "foreign": "foreign",
}


@pytest.mark.parametrize("modality", ["dermoscopy", "fundus", "ct"])
def test_titles_are_those_of_the_cases_and_differ(modality) -> None:
    listed = list_samples(modality)
    assert len({sample.title for sample in listed.values()}) == len(listed)
    for name, sample in listed.items():
        case = open_sample(modality, name)
        assert case.title == sample.title
        assert case.modality == modality
        assert not case.pixels.flags.writeable
        assert case.generated == case.title.startswith("Generated: ")
        assert bool(case.source) != case.generated
        assert len(sample.label) < 40


@pytest.mark.parametrize("name", STATES)
def test_fundus_samples_get_the_verdict_they_show(name) -> None:
    case = open_sample("fundus", name)
    assert assess_quality(case).state == STATES[name]
    altered = any("Altered by this application" in note for note in case.notes)
    assert altered == case.title.startswith("Altered photograph: ")


def test_the_default_is_the_untouched_photograph() -> None:
    assert next(iter(list_samples("fundus"))) == "healthy"
    case = open_sample("fundus", "healthy")
    assert case.pixels.shape == (1411, 1411, 3)
    assert "scikit-image" in case.source
    assert "CC0" in case.source
    import skimage.data

    assert np.array_equal(case.pixels, skimage.data.retina())


def test_no_samples_of_an_unknown_modality() -> None:
    assert not list_samples("none")


def test_a_missing_package_is_an_error_in_words(monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="scikit-image"):
        samples.read_retina()


def test_reading_the_photograph_imports_no_package_for_it() -> None:
    code = "import sys; from core.intake.samples import open_sample; open_sample('fundus', 'healthy'); "
    code += "print('skimage' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_kept_drawing_is_what_would_be_drawn() -> None:
    """Within one grey level: exponentials differ in the last bit from one processor to another."""
    name = next(iter(list_samples("dermoscopy")))
    assert (samples.DRAWN / f"{name}.png").is_file(), "the first page would wait for the brush"
    kept, drawn = open_sample("dermoscopy", name), draw_sample(name)
    assert np.abs(kept.pixels.astype(int) - drawn.pixels).max() <= 1
    assert (kept.lesion_mask != drawn.lesion_mask).mean() < 1e-4
    assert (kept.title, kept.notes, kept.generated) == (drawn.title, drawn.notes, drawn.generated)


def test_a_copy_without_the_kept_drawing_draws_it(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(samples, "DRAWN", tmp_path)
    case = open_sample("dermoscopy", "regular")
    assert np.array_equal(case.pixels, draw_sample("regular").pixels)

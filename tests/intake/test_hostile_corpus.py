"""Every file of the corpus through the door that uploads take, in one batch with a sound file."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.intake.titles import clean_title
from core.intake.uploads import read_uploads
from core.types import Batch
from tests.hostile.base import HostileFile, dicom, encode
from tests.hostile.corpus import CORPUS
from tests.hostile.promises import check_case, check_refusal

GOOD = {"ct": ("good.dcm", dicom), "dermoscopy": ("good.png", lambda: encode("PNG"))}


def read(file: HostileFile) -> Batch:
    name, build = GOOD[file.modality]
    return read_uploads([(file.title, file.build()), (name, build())], modality=file.modality)


def test_names_are_unique_and_there_are_enough():
    assert len({file.name for file in CORPUS}) == len(CORPUS) >= 60


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_every_file_is_read_or_refused_as_expected_and_stops_no_other(file):
    batch = read(file)
    good = [case for case in batch.cases if case.title == GOOD[file.modality][0]]
    own = [case for case in batch.cases if case not in good]
    assert len(good) == 1
    check_case(good[0], GOOD[file.modality][0])
    for refusal in batch.refused:
        check_refusal(refusal, file.title)
    for case in own:
        check_case(case, file.title)
    assert len(batch.refused) + bool(own) == 1
    if file.outcome != "either":
        assert ("read" if own else "refused") == file.outcome, batch.refused
    said = " ".join((*own[0].notes, *own[0].warnings)) if own else batch.refused[0].problem
    assert re.search(file.says, said), said


@pytest.mark.parametrize("name", ["PNG with 16 bits a channel", "PNG with 12 bits in 16"])
def test_more_bits_than_eight_are_scaled_and_not_cut(name):
    file = next(one for one in CORPUS if one.name == name)
    (case,) = (one for one in read(file).cases if one.title == clean_title(file.title))
    assert len(np.unique(case.pixels)) >= 200


def test_markup_of_a_file_is_nowhere_in_its_case():
    file = next(one for one in CORPUS if one.name == "DICOM behind a web page")
    assert "script" not in repr(read(file).cases)

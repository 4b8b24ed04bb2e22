"""A map to keep: what is in the file, and that nothing of the reader's is."""

from __future__ import annotations

import io
import json
import zipfile
from importlib.metadata import version

import numpy as np
import pytest
from PIL import Image

import core
from core.bundle import Pair
from core.types import Faithfulness, Heatmap, Interval, Trust, TrustCheck
from core.ui.explain_download import KeptMap
from core.ui.frame import NOTICE
from tests.pair_factory import sample_pixels

FRAME = sample_pixels(1, 96)
VALUES = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
HEATMAP = Heatmap(VALUES, 2.5, "logit", "layercam", "features_out", "mel", "ok")


def judged() -> Trust:
    curve = np.array([0.9, 0.5, 0.1])
    areas = np.array([0.5, 0.6])
    curves = np.stack([curve, curve])
    faithfulness = Faithfulness(
        shares=np.array([0.0, 0.5, 1.0]),
        deletion=curve,
        insertion=curve[::-1],
        deletion_auc=0.5,
        insertion_auc=0.5,
        random_deletion_aucs=areas,
        random_insertion_aucs=areas,
        random_deletion=curves,
        random_insertion=curves[:, ::-1],
    )
    checks = (
        TrustCheck("not_degenerate", "holds", np.nan, np.nan),
        TrustCheck("faithful", "fails", 0.0, 0.1, "no better than chance"),
        TrustCheck("learned", "holds", 0.1, 0.5, over_cases=Interval(0.1, 0.0, 0.2, 0.95, 12, "bootstrap")),
    )
    return Trust(checks, faithfulness, (("slight noise", 0.75),))


def kept(pair: Pair, *, factor: float = 1.0, trust: Trust | None = None, stamp: str = "") -> KeptMap:
    return KeptMap(pair, "student", HEATMAP, FRAME, stamp, "shared", factor, trust)


def unpack(content: bytes) -> tuple[np.ndarray, np.ndarray, dict]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == ["map.json", "map.npy", "overlay.png"]
        with Image.open(io.BytesIO(archive.read("overlay.png"))) as image:
            assert not image.info
            picture = np.asarray(image.convert("RGB"))
        values = np.load(io.BytesIO(archive.read("map.npy")), allow_pickle=False)
        return picture, values, json.loads(archive.read("map.json"))


def test_picture_numbers_and_note(pair: Pair) -> None:
    picture, values, note = unpack(kept(pair, trust=judged()).pack())
    assert values.dtype == np.float32 and np.array_equal(values, VALUES)
    assert picture.shape[0] > FRAME.shape[0] and picture.shape[1] >= FRAME.shape[1]
    overlay = picture[: FRAME.shape[0], : FRAME.shape[1]]
    assert np.array_equal(overlay[0, 0], FRAME[0, 0])  # no evidence: the picture as it is
    assert not np.array_equal(overlay[-1, -1], FRAME[-1, -1])
    assert note["notice"] == NOTICE
    expected = {
        "pair": pair.card.pair,
        "role": "student",
        "network": pair.network("student").title,
        "method": "layercam",
        "layer": "features_out",
        "class": "mel",
        "unit": "logit",
        "peak": 2.5,
        "state": "ok",
        "shape": [3, 4],
    }
    assert {name: note[name] for name in expected} == expected
    weights = pair.network("student").weights
    assert weights and note["weights_sha256"] == pair.card.files[weights]
    assert note["versions"]["twinlens"] == core.__version__
    assert all(note["versions"][name] == version(name) for name in ("torch", "captum", "grad-cam"))
    assert note["trust"]["state"] == "fails"
    assert note["trust"]["checks"][0] == {
        "name": "not_degenerate",
        "state": "holds",
        "value": None,
        "limit": None,
        "reason": "",
        "over_cases": None,
    }
    assert note["trust"]["checks"][2]["over_cases"] == {"low": 0.0, "high": 0.2, "level": 0.95, "n": 12}
    assert note["trust"]["stability"] == {"slight noise": 0.75}
    assert note["trust"]["faithfulness"]["deletion"] == [0.9, 0.5, 0.1]


def test_the_picture_has_the_scale_of_the_page(pair: Pair) -> None:
    full, _, _ = unpack(kept(pair).pack())
    faint, _, note = unpack(kept(pair, factor=0.1).pack())
    height, width = FRAME.shape[:2]

    def change(picture: np.ndarray) -> float:
        return float(np.abs(picture[:height, :width].astype(float) - FRAME).mean())

    assert 0 < change(faint) < 0.2 * change(full)
    assert note["overlay"] == {
        "colors": "viridis",
        "opacity": 0.6,
        "scale": "shared",
        "share_of_strongest": 0.1,
    }


def test_an_empty_map_leaves_the_picture_and_unchecked_is_null(pair: Pair) -> None:
    empty = Heatmap(
        np.zeros((3, 4), np.float32), 0.0, "logit", "gradcam", "features_out", "mel", "no_evidence"
    )
    picture, values, note = unpack(KeptMap(pair, "teacher", empty, FRAME, "", "shared", 1.0, None).pack())
    assert np.array_equal(picture[: FRAME.shape[0], : FRAME.shape[1]], FRAME)
    assert not values.any() and note["trust"] is None


@pytest.mark.parametrize("stamp", ["", "Lung window: centre -500, width 1500 HU"])
def test_what_a_picture_is_seen_through_is_written_below_it(pair: Pair, stamp: str) -> None:
    picture, _, note = unpack(kept(pair, stamp=stamp).pack())
    plain, _, _ = unpack(kept(pair).pack())
    assert note["frame"] == {"height": 96, "width": 96, "seen_through": stamp}
    assert (picture.shape[0] > plain.shape[0]) == bool(stamp)

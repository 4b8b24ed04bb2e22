"""``python -m benchmarks.fundus_quality``: how the gate for fundus photographs was fitted, and how it does.

Needs TWINLENS_DATA. One half of every set (by duplicate group in APTOS 2019, by file name elsewhere) gives
percentiles and coefficients; every count printed is of the other half. Pictures of other kinds are also
tested on a gate that was fitted without any of their family.
"""

from __future__ import annotations

import csv
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from sklearn.linear_model import LogisticRegression

from core.intake import fundus_gate as gate
from core.intake.fundus_measures import FundusMeasures, measure_fundus
from core.modalities.field_of_view import find_field_of_view

Pixels = NDArray[np.uint8]
Row = tuple[str, str, bool, FundusMeasures]
"""Set, strength of the alteration, whether the file is of the half that fits, measures."""

SETS = {
    "APTOS 2019": "aptos2019/train_images/*",
    "DRIVE": "drive/*/images/*",
    "ISIC 2017": "isic2017/ISIC-2017_*_Data/*.jpg",
    "ISIC 2018": "isic2018_task3/*/*.jpg",
    "HAM10000": "ham10000/HAM10000_images/*",
    "PH2": "ph2/images/*",
    "IQ-OTH CT": "iq_othnccd/*/*.jpg",
}
RETINAS = ("APTOS 2019", "DRIVE", "scikit-image retina")
FAMILIES = {
    "dermoscopy": ("ISIC 2017", "ISIC 2018", "HAM10000", "PH2", "dermoscopy cut to a disc"),
    "CT": ("IQ-OTH CT",),
    "everyday pictures": ("everyday pictures", "their parts", "their parts cut to a disc"),
}
LOST = 0.003
"""Share of the fitting half of APTOS 2019 that the bound on likeness refuses."""
ALTERED_EVERY = 20
WEIGHT_OF_ALTERED = 0.3


def darken(pixels: Pixels, share: float) -> Pixels:
    return np.rint(pixels * share).astype(np.uint8)


def brighten(pixels: Pixels, gain: float) -> Pixels:
    return np.clip(np.rint(pixels * gain), 0, 255).astype(np.uint8)


def blur(pixels: Pixels, share: float) -> Pixels:
    sigma = share * max(pixels.shape[:2])
    return np.clip(ndimage.gaussian_filter(pixels.astype(np.float32), (sigma, sigma, 0)), 0, 255).astype(
        np.uint8
    )


def cut_left(pixels: Pixels, share: float) -> Pixels:
    field = find_field_of_view(pixels)
    return np.ascontiguousarray(pixels[:, field.left + round(share * field.width) :])


def cut_top(pixels: Pixels, share: float) -> Pixels:
    field = find_field_of_view(pixels)
    return np.ascontiguousarray(pixels[field.top + round(share * field.height) :])


def fill_frame(pixels: Pixels, share: float) -> Pixels:
    """The middle of the field, without that share of it on each side."""
    field = find_field_of_view(pixels)
    rows, columns = round(share * field.height), round(share * field.width)
    return np.ascontiguousarray(
        field.crop(pixels)[rows : field.height - rows, columns : field.width - columns]
    )


def to_disc(pixels: Pixels) -> Pixels:
    side = min(pixels.shape[:2])
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    rows, columns = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    return pixels[top : top + side, left : left + side] * (np.hypot(rows, columns) < 0.97)[..., None]


ALTERATIONS: dict[str, tuple[Callable[[Pixels, float], Pixels], tuple[float, ...]]] = {
    "darkened to": (darken, (0.7, 0.5, 0.4, 0.3, 0.2, 0.1)),
    "over-exposed by": (brighten, (1.3, 1.6, 2.0, 2.5, 3.0, 4.0)),
    "blurred, sigma / side": (blur, (0.005, 0.01, 0.015, 0.02, 0.03, 0.04)),
    "cut off at the left": (cut_left, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
    "cut off at the top": (cut_top, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
    "without a rim, cut all round": (fill_frame, (0.05, 0.1, 0.15, 0.2)),
}
TAUGHT = {("darkened to", 0.5), ("over-exposed by", 1.6), ("over-exposed by", 2.0)}
TAUGHT |= {
    (name, share) for name in ("cut off at the left", "cut off at the top") for share in (0.1, 0.3, 0.5)
}
TAUGHT |= {("blurred, sigma / side", share) for share in (0.005, 0.01, 0.02)}
TAUGHT |= {("without a rim, cut all round", share) for share in (0.1, 0.15)}
"""Alterations that the likeness must not mistake for another kind of picture."""


def read(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))


def in_fitting_half(key: str) -> bool:
    return zlib.crc32(key.encode()) % 2 == 0


def measure_sets(data: Path) -> Iterator[Row]:
    with (data / "aptos2019" / "groups.csv").open() as file:
        groups = {row["id_code"]: row["dup_group"] for row in csv.DictReader(file)}
    for name, pattern in SETS.items():
        files = sorted(data.glob(pattern))
        print(f"{name}: {len(files)} files", file=sys.stderr, flush=True)
        for number, path in enumerate(files):
            fits, pixels = in_fitting_half(groups.get(path.stem, path.stem)), read(path)
            yield name, "", fits, measure_fundus(pixels)
            if name in FAMILIES["dermoscopy"] and number % 12 == 0:
                yield "dermoscopy cut to a disc", "", fits, measure_fundus(to_disc(pixels))
            if name == "APTOS 2019" and number % ALTERED_EVERY == 0:
                for kind, (alter, strengths) in ALTERATIONS.items():
                    for strength in strengths:
                        yield kind, f"{strength:g}", fits, measure_fundus(alter(pixels, strength))


def measure_everyday() -> Iterator[Row]:
    """Pictures that come with installed packages, whole, in parts, and parts cut to a disc."""
    import matplotlib
    import skimage.data
    import sklearn.datasets

    folders = [Path(skimage.data.__file__).parent, Path(sklearn.datasets.__file__).parent / "images"]
    folders.append(Path(matplotlib.get_data_path()) / "sample_data")
    rng = np.random.default_rng(3)
    for path in sorted(path for folder in folders for path in [*folder.glob("*.png"), *folder.glob("*.jpg")]):
        if path.stem == "retina":
            yield "scikit-image retina", "", False, measure_fundus(read(path))
            continue
        pixels = read(path)
        yield "everyday pictures", "", False, measure_fundus(pixels)
        for part in range(12):
            height, width = (np.array(pixels.shape[:2]) * rng.uniform(0.35, 0.9, 2)).astype(int)
            top, left = rng.integers(0, pixels.shape[0] - height), rng.integers(0, pixels.shape[1] - width)
            cut = np.ascontiguousarray(pixels[top : top + height, left : left + width])
            yield "their parts", "", part % 2 == 0, measure_fundus(cut)
            yield "their parts cut to a disc", "", part % 2 == 0, measure_fundus(to_disc(cut))


class Fit:
    """Logistic regression on the standardised signature and its square, shifted to the bound."""

    def __init__(self, rows: list[Row], without: tuple[str, ...] = ()) -> None:
        taught = {(kind, f"{strength:g}") for kind, strength in TAUGHT}
        everyday = {name for names in FAMILIES.values() for name in names}
        altered = [(row[0], row[1]) in taught for row in rows]
        retina = np.array([row[0] in RETINAS for row in rows])
        used = np.array([row[2] and row[0] not in without for row in rows])
        used &= np.array(altered) | retina | np.array([row[0] in everyday for row in rows])
        signature = np.array([gate.describe_signature(row[3]) for row in rows])
        real = signature[used & retina]
        self.means, self.deviations = real.mean(0).round(3), real.std(0).round(3)
        names = [row[0] for row in rows]
        weight = np.array([30 / names.count(name) ** 0.5 for name in names])
        weight *= np.where(altered, WEIGHT_OF_ALTERED, 1.0)
        design = self.design(signature)
        model = LogisticRegression(C=3, max_iter=5000)
        model.fit(design[used], (retina | np.array(altered))[used], sample_weight=weight[used])
        self.coefficients = model.coef_[0].round(3)
        raw = design @ self.coefficients
        aptos = np.array([row[0] == "APTOS 2019" and row[2] for row in rows])
        self.intercept = -round(float(np.quantile(raw[aptos], LOST)), 2)
        self.likeness = raw + self.intercept

    def design(self, signature: NDArray[np.float64]) -> NDArray[np.float64]:
        z = np.clip((signature - self.means) / self.deviations, -6, 6)
        return np.concatenate([z, z**2], axis=1)

    def show(self) -> None:
        half = len(gate.SIGNATURE)
        for name, values in (
            ("MEANS", self.means),
            ("DEVIATIONS", self.deviations),
            ("LINEAR", self.coefficients[:half]),
            ("SQUARED", self.coefficients[half:]),
        ):
            print(f"{name} = ({', '.join(f'{value:g}' for value in values)})")
        print(f"INTERCEPT = {self.intercept:g}")


def show_percentiles(rows: list[Row]) -> None:
    """Of the fitting half of APTOS 2019: what the bounds in the gate are read from."""
    points = (0, 0.3, 0.5, 1, 2, 50, 98, 99, 99.5, 99.7, 100)
    print("\npercentile".ljust(15), *(f"{point:>8g}" for point in points))
    for name in ("brightness", "green", "detail", "one_sided", "off_centre", "narrowest"):
        values = [getattr(row[3], name) for row in rows if row[0] == "APTOS 2019" and row[2]]
        print(name.ljust(14), *(f"{value:8.3f}" for value in np.percentile(values, points)))


def show_verdicts(rows: list[Row]) -> None:
    """The gate as it is in the code, on the reporting half."""
    states = ("gradable", "doubtful", "ungradable", "foreign")
    print(f"\n{'reporting half':34s} {'n':>6s}", *(f"{state:>10s}" for state in states), "   refused")
    for name, strength in dict.fromkeys((row[0], row[1]) for row in rows):
        of = [row[3] for row in rows if row[:2] == (name, strength) and not row[2]]
        found = [gate.judge_fundus(measures).state for measures in of]
        counts = [found.count(state) for state in states]
        cells = " ".join(f"{count:10d}" for count in counts)
        print(f"{f'{name} {strength}':34s} {len(of):6d} {cells} {sum(counts[2:]) / len(of):9.1%}")


def main() -> None:
    data = Path(os.environ["TWINLENS_DATA"])
    rows = [*measure_sets(data), *measure_everyday()]
    Fit(rows).show()
    show_percentiles(rows)
    show_verdicts(rows)
    print("\nrefused as foreign by a gate fitted without the family (all cases of it)")
    for family, names in FAMILIES.items():
        fit = Fit(rows, without=names)
        for name in names:
            of = np.array([row[0] == name for row in rows])
            print(f"{family:18s} {name:28s} {(fit.likeness[of] < 0).sum():5d} of {of.sum():5d}")


if __name__ == "__main__":
    main()

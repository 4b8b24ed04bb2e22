"""Does a divided data set leak? Every check on a table, as counts, shares and the pairs to repair."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from core.atomic import write_atomic
from core.bundle import Pair
from core.data.fingerprints import Fingerprints, Watch, compute_fingerprints, load_picture
from core.data.leaks import (
    FEATURES_BOUND,
    LOOKS_BOUND,
    MOST_PAIRS,
    Check,
    Finding,
    LeakPair,
    check_copies,
    check_features,
    check_identities,
    check_looks,
)
from core.data.split_table import Field, Identity, SplitTable, TableRow
from core.evaluation.intervals import proportion_interval
from core.predict import open_predictor
from core.types import Interval, Refusal

HINTS: frozenset[Check] = frozenset({"features"})
"""Checks that suggest a look at the pictures and prove nothing; they do not count as leaks."""


@dataclass(frozen=True)
class CheckReport:
    """What one check found between splits.

    Attributes:
        check: name of the check.
        bound: within which two images are joined: bits of 256, or the least cosine; None for an identity.
        pairs: pairs of images in different splits.
        touched: split to the share of its images with a partner in another split.
        conflicts: pairs of copies, in different splits or not, whose labels differ.
    """

    check: Check
    bound: float | None
    pairs: int
    touched: Mapping[str, Interval]
    conflicts: int


@dataclass(frozen=True)
class PairReport:
    """One pair to look at; ``distance`` is in bits of 256 (looks) or 1 minus the cosine (features)."""

    check: Check
    path_a: str
    split_a: str
    path_b: str
    split_b: str
    distance: float | None
    label_a: str
    label_b: str


@dataclass(frozen=True)
class SplitAudit:
    """What :func:`audit_table` found.

    Attributes:
        columns: field to the column it was read from.
        images: rows of the table.
        splits: split to rows.
        checks: one report a check that ran.
        skipped: check to the reason why it did not run.
        touched: split to the share of its images that any check but the hints touches.
        leaks: pairs in different splits, strictest check first, within it the images with most partners
            first; at most 10,000 of a check.
        conflicts: pairs of copies whose labels differ, at most 10,000 of a check.
        unlisted: pairs found and not listed.
        unread: files without pixels; only the checks of identities and bytes saw them.
        pair: whose student's features were compared; empty where none was named.
    """

    columns: Mapping[Field, str]
    images: int
    splits: Mapping[str, int]
    checks: tuple[CheckReport, ...]
    skipped: Mapping[Check, str]
    touched: Mapping[str, Interval]
    leaks: tuple[PairReport, ...]
    conflicts: tuple[PairReport, ...]
    unlisted: int
    unread: tuple[Refusal, ...]
    pair: str = ""

    @property
    def leaking(self) -> bool:
        """Whether a check other than the hints found a pair."""
        return any(report.pairs for report in self.checks if report.check not in HINTS)


def audit_table(
    table: SplitTable,
    *,
    pair: Pair | None = None,
    looks_bound: int = LOOKS_BOUND,
    features_bound: float = FEATURES_BOUND,
    watch: Watch = iter,
) -> SplitAudit:
    """Run every check on a table of images and splits.

    Limits of shares are Wilson's, for as many observations as the split has patients, else groups, else
    lesions, else images.

    Args:
        table: as :func:`core.data.split_table.read_split_table` gives it.
        pair: whose student's features are compared; None leaves that check out.
        looks_bound: bits of 256 that pictures which look alike may differ in.
        features_bound: least cosine of pictures that the student sees alike.
        watch: shows progress while files are read.

    Raises:
        BundleError: the student's file gives no features.
        ValueError: a bound out of range.
    """
    rows = table.rows
    prints = compute_fingerprints([(row.path, row.file) for row in rows], watch=watch)
    findings = [
        *check_identities(rows),
        *check_copies(rows, prints),
        check_looks(rows, prints, looks_bound),
    ]
    ran = {finding.check for finding in findings}
    skipped: dict[Check, str] = {
        kind: "no column of the table was named or guessed" for kind in get_args(Identity) if kind not in ran
    }
    if pair is None:
        skipped["features"] = "no pair was named"
    else:
        features = _compute_features(pair, rows, prints, watch)
        findings.append(check_features(rows, prints, features, bound=features_bound, looks_bound=looks_bound))
    bounds: dict[Check, float] = {"looks": float(looks_bound), "features": features_bound}
    certain = [finding.touched for finding in findings if finding.check not in HINTS]
    return SplitAudit(
        columns=table.columns,
        images=len(rows),
        splits={split: sum(row.split == split for row in rows) for split in table.splits},
        checks=tuple(
            CheckReport(
                finding.check,
                bounds.get(finding.check),
                finding.pairs,
                _shares(table, finding.touched),
                finding.conflicts,
            )
            for finding in findings
        ),
        skipped=skipped,
        touched=_shares(table, np.logical_or.reduce(certain)),
        leaks=_sort(rows, (finding.listed for finding in findings)),
        conflicts=_sort(rows, (finding.listed_conflicts for finding in findings)),
        unlisted=sum(_count_unlisted(finding) for finding in findings),
        unread=prints.refused,
        pair=pair.card.pair if pair is not None else "",
    )


def write_pairs(audit: SplitAudit, path: Path) -> None:
    """Write leaks, then conflicts of labels, as CSV: one row a pair.

    Raises:
        OSError: the file cannot be written.
    """
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(
        ["kind", "check", "path_a", "split_a", "path_b", "split_b", "distance", "label_a", "label_b"]
    )
    for kind, pairs in (("leak", audit.leaks), ("label_conflict", audit.conflicts)):
        for found in pairs:
            distance = "" if found.distance is None else f"{found.distance:.6g}"
            ends = (found.path_a, found.split_a, found.path_b, found.split_b)
            writer.writerow([kind, found.check, *ends, distance, found.label_a, found.label_b])
    write_atomic(path, stream.getvalue().encode())


def _compute_features(
    pair: Pair, rows: Sequence[TableRow], prints: Fingerprints, watch: Watch
) -> NDArray[np.float32]:
    files = [(row.path, row.file) for row, there in zip(rows, prints.readable, strict=True) if there]
    predictor = open_predictor(pair, "student")
    return predictor.compute_features(load_picture(name, file) for name, file in watch(files))


def _shares(table: SplitTable, touched: NDArray[np.bool_]) -> dict[str, Interval]:
    """Share of each split's images, limits for as many observations as there are people or groups in it."""
    splits = np.array([row.split for row in table.rows])
    units = np.array([_unit(row, place) for place, row in enumerate(table.rows)])
    return {split: proportion_interval(touched, splits == split, units) for split in table.splits}


def _unit(row: TableRow, place: int) -> str:
    kinds: tuple[Identity, ...] = ("patient", "group", "lesion")
    return next((f"{kind} {row.identity[kind]}" for kind in kinds if kind in row.identity), f"row {place}")


def _count_unlisted(finding: Finding) -> int:
    return max(0, finding.pairs - MOST_PAIRS) + max(0, finding.conflicts - MOST_PAIRS)


def _sort(rows: Sequence[TableRow], findings: Iterable[Sequence[LeakPair]]) -> tuple[PairReport, ...]:
    """Check by check, the images with most partners first, then the nearest pairs."""
    reports: list[PairReport] = []
    for listed in findings:
        ends = [place for found in listed for place in (found.first, found.second)]
        partners = np.bincount(ends, minlength=len(rows)) if ends else np.zeros(len(rows), int)
        for found in sorted(
            listed,
            key=lambda found: (
                -max(partners[found.first], partners[found.second]),
                found.distance or 0.0,
                found.first,
                found.second,
            ),
        ):
            one, other = rows[found.first], rows[found.second]
            ends_of = (one.path, one.split, other.path, other.split)
            reports.append(PairReport(found.check, *ends_of, found.distance, one.label, other.label))
    return tuple(reports)

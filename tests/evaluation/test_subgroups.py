"""Parts of the cases: the right cases in each, and a guard that is not got round."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from core.evaluation.delong import compare_auc
from core.evaluation.subgroups import compare_subgroups
from tests.evaluation.cases_factory import make_held_out, make_points


def by_label(held_out, **options):
    return {(part.kind, part.label): part for part in compare_subgroups(held_out, make_points(), **options)}


def test_parts_and_their_cases():
    held_out = make_held_out(240)
    found = by_label(held_out)
    assert list(found) == [
        ("age", "under 40"),
        ("age", "40 to 59"),
        ("age", "60 and older"),
        ("age", "not recorded"),
        ("sex", "female"),
        ("sex", "male"),
        ("sex", "not recorded"),
        ("other_finding", "nv"),
        ("other_finding", "bcc"),
    ]
    assert sum(part.n for (kind, _), part in found.items() if kind == "age") == 240
    naevi = found["other_finding", "nv"]
    assert (naevi.n, naevi.positives) == (160, 80)
    chosen = np.isin(held_out.target, ["mel", "nv"])
    expected = compare_auc(
        held_out.positive_prob["student"][chosen],
        held_out.positive_prob["teacher"][chosen],
        held_out.truth[chosen],
        held_out.groups[chosen],
    )
    assert naevi.auc_difference == expected.difference
    assert naevi.aucs["student"] == expected.first and set(naevi.aucs) == {"teacher", "student", "control"}
    rates = {role: interval.value for role, interval in naevi.sensitivities.items()}
    assert naevi.sensitivity_difference.value == pytest.approx(rates["student"] - rates["teacher"])


def test_every_sex_holds_one_class_only_so_none_is_judged():
    found = by_label(make_held_out(240))
    for label in ("female", "male", "not recorded"):
        part = found["sex", label]
        assert part.state == "too_few" and part.n == 80 and not part.aucs
        assert not part.auc_difference.defined and "too few" in part.auc_difference.method


@pytest.mark.parametrize(("n", "state"), [(120, "ok"), (108, "too_few")])
def test_the_guard_is_ten_of_either_kind(n, state):
    part = by_label(make_held_out(n))["age", "40 to 59"]
    assert min(part.positives, part.n - part.positives) == (10 if state == "ok" else 9)
    assert part.state == state


def test_sites_under_any_known_name():
    held_out = make_held_out(240)
    site = np.array(["trunk", "Trunk ", "face", ""])[np.arange(240) % 4]
    found = by_label(dataclasses.replace(held_out, metadata={"localization": site}))
    assert found["site", "trunk"].n == 120 and found["site", "face"].n == 60
    assert found["site", "not recorded"].n == 60


def test_nothing_recorded_leaves_findings_only():
    held_out = make_held_out(60)
    blank = dict.fromkeys(("age", "sex", "site"), np.full(60, ""))
    assert {kind for kind, _ in by_label(dataclasses.replace(held_out, metadata=blank))} == {"other_finding"}
    two = held_out.target != "bcc"
    small = dataclasses.replace(
        held_out,
        metadata={},
        target=held_out.target[two],
        truth=held_out.truth[two],
        groups=held_out.groups[two],
        positive_prob={role: prob[two] for role, prob in held_out.positive_prob.items()},
    )
    assert by_label(small) == {}


def test_several_positive_findings_are_told_apart():
    held_out = make_held_out(240)
    wide = dataclasses.replace(
        held_out, positives=("mel", "bcc"), truth=np.isin(held_out.target, ["mel", "bcc"]), metadata={}
    )
    found = by_label(wide)
    assert list(found) == [("positive_finding", "mel"), ("positive_finding", "bcc")]
    assert (found["positive_finding", "bcc"].n, found["positive_finding", "bcc"].positives) == (160, 80)


def test_the_guard_is_checked():
    with pytest.raises(ValueError, match="least"):
        compare_subgroups(make_held_out(30), make_points(), least=0)


def test_a_birthday_opens_the_next_age_band():
    held_out = make_held_out(240)
    ages = np.array(["0", "39.9", "40", "59", "60", "95"])[np.arange(240) % 6]
    found = compare_subgroups(dataclasses.replace(held_out, metadata={"age": ages}), make_points(), least=1)
    assert {part.label: part.n for part in found if part.kind == "age"} == {
        "under 40": 80,
        "40 to 59": 80,
        "60 and older": 80,
    }

"""What every kind of check promises, and every claim that ships; new ones are covered unedited."""

from __future__ import annotations

import copy

import pytest

from core.claims.base import CHECKS, CheckArguments, ClaimCheck
from core.claims.files import check_claim, list_papers, load_paper
from core.types import VERDICTS, Claim
from tests.pair_factory import ROOT

KINDS = [entry for _, entry in CHECKS]
CLAIMS = [claim for code in list_papers() for claim in load_paper(code).claims]
PAGE = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_says_what_its_keys_are(kind: ClaimCheck) -> None:
    assert issubclass(kind.arguments, CheckArguments) and kind.title
    assert kind.arguments.model_config["extra"] == "forbid"
    assert kind.arguments.model_fields
    for name, field in kind.arguments.model_fields.items():
        assert field.description, f"{kind.name}.{name} has no description"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_guide_names_every_kind_and_key(kind: ClaimCheck) -> None:
    section = PAGE.partition(f"### `{kind.name}`")[2].partition("\n### ")[0]
    assert section, f"docs/claims.md has no section on {kind.name}"
    for name in kind.arguments.model_fields:
        assert f"`{name}`" in section, f"docs/claims.md does not name {kind.name}.{name}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_is_put_to_use(kind: ClaimCheck) -> None:
    assert kind.name in {claim.check for claim in CLAIMS}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_an_outcome_has_a_verdict_and_its_working(claim: Claim) -> None:
    found, before = check_claim(claim), copy.deepcopy(claim)
    assert found.verdict in VERDICTS
    assert found.steps and all(line.what and line.gives for line in found.steps)
    assert found.printed and found.computed
    assert found.words.endswith(".") and not {"nan", "inf"} & set(found.words.split())
    assert check_claim(claim) == found and claim == before


def test_ids_are_unique_over_all_papers_and_none_is_a_paper() -> None:
    ids = [claim.id for claim in CLAIMS]
    assert len(set(ids)) == len(ids) and not {code.lower() for code in list_papers()} & set(ids)

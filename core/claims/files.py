"""Reading claim files: TOML, one a paper, every key checked; nothing in them is run.

A file has ``code``, ``title``, ``citation``, a ``note`` if need be, and ``[[claims]]``, each with ``id``,
``title``, ``place``, ``says``, ``check``, perhaps ``assumes``, and the keys of that kind of check
(docs/claims.md lists them).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.claims.base import CHECKS
from core.claims.counting import is_stored
from core.errors import ConfigError
from core.types import CheckedClaim, CheckedPaper, Claim, ClaimPaper

FOLDER = Path(__file__).with_name("papers")
"""Of the claim files that ship."""
TEMPLATE = Path(__file__).with_name("template.toml")
"""An example to begin one's own from."""
MOST_BYTES = 64 * 1024
"""Of a claim file; the longest that ships has about a third."""
MOST_CLAIMS = 200
MOST_NETWORKS = 20
"""Networks of one file that are not counted yet and have to be built."""


class _ClaimText(BaseModel):
    """What every claim has, whatever its check."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    title: str = Field(min_length=3, max_length=120)
    place: str = Field(min_length=1, max_length=200)
    says: str = Field(min_length=3, max_length=600)
    check: str = Field(max_length=60)
    assumes: str = Field(default="", max_length=600)


class _PaperText(BaseModel):
    """What every file has."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    code: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,11}$")
    title: str = Field(min_length=3, max_length=300)
    citation: str = Field(min_length=3, max_length=600)
    note: str = Field(default="", max_length=1200)
    claims: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_CLAIMS)


def list_papers(folder: Path = FOLDER) -> tuple[str, ...]:
    """Codes of the papers that ship, sorted; a file is named after its paper's code, in small letters."""
    return tuple(sorted(path.stem.upper() for path in folder.glob("*.toml")))


def load_paper(code: str, folder: Path = FOLDER) -> ClaimPaper:
    """A paper that ships.

    Args:
        code: in any letters, for example ``"dr"``.
        folder: of the files.

    Raises:
        ConfigError: there is none of that code, or its file is wrong.
    """
    choices = list_papers(folder)
    if code.upper() not in choices:
        raise ConfigError(code, "no such paper has claims here", f"The choices are {', '.join(choices)}")
    return read_paper(folder / f"{code.lower()}.toml")


def read_paper(path: Path) -> ClaimPaper:
    """A paper from a file.

    Raises:
        ConfigError: it is not there, or :func:`parse_paper` refuses it.
    """
    if not path.is_file():
        raise ConfigError(
            str(path), "no such file", "Name a claim file; docs/claims.md says how one is written"
        )
    with path.open("rb") as stream:
        return parse_paper(stream.read(MOST_BYTES + 1), path.name)


def parse_paper(content: bytes, name: str) -> ClaimPaper:
    """A paper from the bytes of a TOML file; safe for files of strangers.

    Args:
        content: of the file.
        name: of the file, for messages.

    Raises:
        ConfigError: too large, not TOML, a key too many, too few or out of its range, an unknown check, two
            claims of one id; the message names file, claim and key.
    """
    if len(content) > MOST_BYTES:
        raise ConfigError(name, f"larger than {MOST_BYTES // 1024} KiB", "Split it into several files")
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(name, "not text in UTF-8", "Save it as plain text in UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        problem = (
            "nested too deeply" if isinstance(error, RecursionError) else f"not TOML ({str(error)[:200]})"
        )
        raise ConfigError(
            name, problem, "Begin from the template; docs/claims.md describes the format"
        ) from error
    paper = _validate(_PaperText, table, name)
    claims = tuple(_read_claim(entry, place, name) for place, entry in enumerate(paper.claims, 1))
    ids = [claim.id for claim in claims]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ConfigError(f"{name}, claim {twice[0]}", "two claims have this id", "Give each its own")
    networks = {
        entry for claim in claims for entry in claim.arguments.named_networks() if not is_stored(*entry)
    }
    if len(networks) > MOST_NETWORKS:
        raise ConfigError(
            name, f"{len(networks)} networks would have to be built", f"Name at most {MOST_NETWORKS}"
        )
    return ClaimPaper(paper.code, paper.title, paper.citation, paper.note, claims)


def check_paper(paper: ClaimPaper) -> CheckedPaper:
    """Put every claim of a paper to its check.

    Raises:
        ConfigError: a network that a claim names does not exist; the message names the claim.
    """
    return CheckedPaper(
        paper.code, paper.title, paper.citation, paper.note, tuple(map(check_claim, paper.claims))
    )


def check_claim(claim: Claim) -> CheckedClaim:
    """Put one claim to its check; errors as in :func:`check_paper`."""
    try:
        found = CHECKS.get(claim.check).function(claim.arguments)
    except ConfigError as error:
        raise ConfigError(f"claim {claim.id}, {error.subject}", error.problem, error.remedy) from error
    except (OverflowError, ZeroDivisionError) as error:
        raise ConfigError(
            f"claim {claim.id}", "its figures are outside what this check can work with", "Look them up again"
        ) from error
    return CheckedClaim(
        claim.id,
        claim.title,
        claim.place,
        claim.says,
        claim.assumes,
        claim.check,
        found.verdict,
        found.printed,
        found.computed,
        found.words,
        found.steps,
    )


def _read_claim(entry: dict[str, Any], place: int, name: str) -> Claim:
    shown = entry.get("id")
    where = f"{name}, claim {shown if isinstance(shown, str) else place}"[:160]
    text = _validate(_ClaimText, {key: entry[key] for key in entry if key in _ClaimText.model_fields}, where)
    try:
        kind = CHECKS.get(text.check)
    except ConfigError as error:
        raise ConfigError(
            f"{where}, key check", f"{text.check!r} is no kind of check", error.remedy
        ) from error
    own = {key: value for key, value in entry.items() if key not in _ClaimText.model_fields}
    arguments = _validate(kind.arguments, own, where)
    return Claim(text.id, text.title, text.place, text.says, text.assumes, text.check, arguments)


def _validate(model: type[BaseModel], table: dict[str, Any], where: str) -> Any:
    """The model of a table; the first thing wrong with it as one error that names the key."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])[:120]
        keys = ", ".join(model.model_fields)
        problem, remedy = str(first["msg"]).removeprefix("Value error, ").rstrip("."), "Correct it"
        if first["type"] == "extra_forbidden":
            problem, remedy = "no such key here", f"The keys are {keys}"
        elif first["type"] == "missing":
            problem, remedy = "this key is missing", f"Add it; the keys are {keys}"
        subject = f"{where}, key {key}" if key else where
        raise ConfigError(subject, problem[:300], remedy) from error
    except RecursionError as error:
        raise ConfigError(where, "nested too deeply", "Write it as docs/claims.md describes") from error

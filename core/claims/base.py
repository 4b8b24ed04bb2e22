"""What a kind of check is, the registry of kinds, and the base of what a claim file says to one.

Contract (tests/contracts/test_claim_checks.py): a kind takes its own validated arguments and nothing else,
does arithmetic on them, and returns a verdict with at least one step of working whose numbers lead to it. It
reads no file of the user's, runs no code of the user's, and gives the same outcome every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from core.registry import Registry
from core.types import CheckOutcome, ClaimVerdict, WorkingStep


class CheckArguments(BaseModel):
    """Keys of one kind of check in a claim file; every one has a description, which the docs repeat."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    def named_networks(self) -> tuple[tuple[str, int], ...]:
        """Networks that have to be counted for the check, with their outputs."""
        return ()


@dataclass(frozen=True)
class ClaimCheck:
    """One kind of check.

    Attributes:
        name: registry name, what ``check`` in a claim file says.
        title: for headings, for example ``"Parts and their total"``.
        arguments: model of its keys.
        function: arguments to outcome.
    """

    name: str
    title: str
    arguments: type[CheckArguments]
    function: Callable[[Any], CheckOutcome]


CHECKS: Registry[ClaimCheck] = Registry("kind of check", "core.claims.checks")

F = TypeVar("F", bound=Callable[[Any], CheckOutcome])


def claim_check(name: str, *, title: str, arguments: type[CheckArguments]) -> Callable[[F], F]:
    """Return a decorator that files a function as a kind of check and hands it back unchanged."""

    def add(function: F) -> F:
        CHECKS.register(name)(ClaimCheck(name, title, arguments, function))
        return function

    return add


def judge(*, fits: bool) -> ClaimVerdict:
    """Consistent where the figures fit, contradicted where they do not."""
    return "consistent" if fits else "contradicted"


def step(what: str, gives: object, sum: str = "") -> WorkingStep:
    """One line of working; a number that comes out is written with at most four digits after the point."""
    return WorkingStep(what, sum, show(gives) if isinstance(gives, int | float) else str(gives))


def show(value: float, digits: int = 4) -> str:
    """``1,805``, ``0.9809``, ``1.2e-200``: whole numbers whole, others to ``digits`` significant digits."""
    if value == int(value) and abs(value) < 1e12:
        return f"{int(value):,}"
    if 1e-4 <= abs(value) < 1e6:
        text = f"{value:,.{max(0, digits - 1 - _magnitude(value))}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.2g}"


def _magnitude(value: float) -> int:
    return int(f"{abs(value):e}".split("e")[1])


def percent(value: float, digits: int = 1) -> str:
    """``"15.0 %"``."""
    return f"{100 * value:.{digits}f} %"

"""Figures that the text repeats from a table: are they the table's, and if not, where in it do they stand?"""

from __future__ import annotations

from pydantic import Field, model_validator

from core.claims.base import CheckArguments, claim_check, judge, step
from core.claims.printed import Figure
from core.types import CheckOutcome


class TextArguments(CheckArguments):
    """What the text says, and what the table says under the same names."""

    text: dict[str, Figure] = Field(min_length=1, max_length=50, description="name = figure, by the text")
    table: dict[str, Figure] = Field(
        min_length=1, max_length=200, description="name = figure, by the table; holds every name of the text"
    )

    @model_validator(mode="after")
    def _names(self) -> TextArguments:
        if missing := [name for name in self.text if name not in self.table]:
            raise ValueError(f"table has no {', '.join(missing)}; give it every name that the text has")
        return self


@claim_check("text_against_table", title="The text against its own table", arguments=TextArguments)
def check_text(given: TextArguments) -> CheckOutcome:
    """Whether each figure of the text can be the table's; where not, which cell of the table has it."""
    steps, wrong = [], []
    for name, said in given.text.items():
        there = given.table[name]
        if said.meets(there.low, there.high):
            steps.append(step(name, "the same", f"text {said.text}, table {there.text}"))
            continue
        others = [cell for cell, figure in given.table.items() if said.meets(figure.low, figure.high)]
        place = f"the table has that for: {', '.join(others)}" if others else "nowhere in the table"
        steps.append(step(name, f"differ; {place}", f"text {said.text}, table {there.text}"))
        wrong.append(f"{name} is {there.text} in the table and {said.text} in the text ({place})")
    printed = ", ".join(f"{name} {said.text}" for name, said in given.text.items())
    computed = ", ".join(f"{name} {given.table[name].text}" for name in given.text)
    words = (
        f"Text and table differ: {'; '.join(wrong)}." if wrong else "Every figure of the text is the table's."
    )
    return CheckOutcome(judge(fits=not wrong), printed, computed, words, tuple(steps))

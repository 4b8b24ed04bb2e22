"""The page Claims: which paper, how its claims came out, and every sum."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.bundle import Pair
from core.claims.files import check_paper, list_papers, load_paper
from core.figures.claims import MEANINGS, NAMES, count_verdicts, shorten, sort_claims
from core.types import VERDICTS, CheckedClaim, CheckedPaper, ClaimVerdict
from core.ui.claims_file import take_file
from core.ui.plain import escape_markdown

_ALL = "All papers"
_OWN = "Your file"
_OF_MODALITY = {"dermoscopy": "MEL", "fundus": "DR", "ct": "CT"}
"""Paper that a pair was made after: the one shown first."""
_ICONS: dict[ClaimVerdict, str] = {
    "consistent": ":material/check_circle:",
    "contradicted": ":material/cancel:",
    "not_verifiable": ":material/help:",
}
_COLOURS: dict[ClaimVerdict, str] = {"consistent": "green", "contradicted": "red", "not_verifiable": "orange"}


def show_claims(pair: Pair) -> None:
    """Draw the whole page.

    Args:
        pair: on screen; its source document comes first.
    """
    own = take_file()
    papers = _choose(pair, own)
    counts = count_verdicts(papers)
    for column, verdict in zip(st.columns(3), VERDICTS, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"{_ICONS[verdict]} **{counts[verdict]} {NAMES[verdict]}**")
            st.caption(MEANINGS[verdict])
    shown = st.pills(
        "Show claims that are",
        VERDICTS,
        selection_mode="multi",
        default=list(VERDICTS),
        format_func=lambda verdict: NAMES[verdict],
        key="claims_verdicts",
    )
    for paper in papers:
        _show_paper(paper, shown)


@st.cache_data(show_spinner=False)
def _load(code: str) -> CheckedPaper:
    """A paper that ships, checked; the same for every session."""
    return check_paper(load_paper(code))


def _choose(pair: Pair, own: CheckedPaper | None) -> list[CheckedPaper]:
    codes = list_papers()
    options = [*([_OWN] if own else []), *codes, _ALL]
    first = _OWN if own else _OF_MODALITY.get(pair.card.modality, _ALL)
    titles = {code: f"{code}: {_load(code).title}" for code in codes}
    chosen = st.selectbox(
        "Paper",
        options,
        index=options.index(first) if first in options else 0,
        format_func=lambda option: titles.get(option, option),
        key=f"claims_paper_{pair.card.pair}_{'own' if own else 'shipped'}",
    )
    if chosen == _OWN and own is not None:
        return [own]
    return [_load(code) for code in (codes if chosen == _ALL else [chosen])]


def _show_paper(paper: CheckedPaper, verdicts: Sequence[ClaimVerdict]) -> None:
    st.header(escape_markdown(paper.code), anchor=False)
    st.markdown(escape_markdown(paper.citation))
    if paper.note:
        st.caption(escape_markdown(paper.note))
    claims = [claim for claim in sort_claims(paper) if claim.verdict in verdicts]
    if not claims:
        st.info("No claim of this paper has a verdict that is shown.", icon=":material/filter_alt_off:")
    for claim in claims:
        _show_claim(claim)


def _show_claim(claim: CheckedClaim) -> None:
    """One row: verdict and title; unfolded, what is said, every step of the sum, and what follows."""
    badge = f":{_COLOURS[claim.verdict]}-badge[{NAMES[claim.verdict]}]"
    label = f"{badge} **{escape_markdown(claim.title)}**"
    if short := shorten(claim):
        label += f" · {_tidy(short)}"
    with st.expander(label, icon=_ICONS[claim.verdict]):
        st.markdown(f"{escape_markdown(claim.says)} *({escape_markdown(claim.place)})*")
        st.markdown(f"Claimed: **{_tidy(claim.printed)}**  \nBy the sum: **{_tidy(claim.computed)}**")
        st.markdown("\n".join(f"{number}. {line}" for number, line in enumerate(_write_steps(claim), 1)))
        st.markdown(f"**{NAMES[claim.verdict].capitalize()}.** {_tidy(claim.words)}")
        if claim.assumes:
            st.caption(f"Taken for granted: {escape_markdown(claim.assumes)}")
        st.caption(f"Kind of check: {escape_markdown(claim.check)}. Claim {escape_markdown(claim.id)}.")


def _write_steps(claim: CheckedClaim) -> list[str]:
    """Each step as a line of Markdown, its result in bold."""
    lines = []
    for line in claim.steps:
        joint = " = " if line.gives[:1].isdigit() or line.gives[:1] in "-." else ": "
        sum_ = f"{_tidy(line.sum)}{joint}" if line.sum else ""
        lines.append(f"{_tidy(line.what)}: {sum_}**{_tidy(line.gives)}**")
    return lines


def _tidy(text: str) -> str:
    """Without markup, and with the signs of a printed sum; the terminal keeps to those of a keyboard."""
    return escape_markdown(text.replace(" x ", " × ").replace(" -> ", " → "))

"""A reader's own claim file: read in memory, kept in this session alone, refused with claim and key named."""

from __future__ import annotations

import streamlit as st

from core.claims.files import MOST_BYTES, TEMPLATE, check_paper, parse_paper
from core.errors import TwinLensError
from core.types import CheckedPaper
from core.ui.frame import show_error

_KEPT = "claims_own_paper"


def take_file() -> CheckedPaper | None:
    """Draw the uploader and the template to begin from; the paper of the given file, if it is one."""
    with st.expander("Check a paper of your own", icon=":material/upload_file:"):
        st.markdown(
            "Write the figures that a paper prints into a TOML file, one entry a claim. The template has an "
            "example of five kinds of check; docs/claims.md describes all of them. The file is read in "
            "memory, nothing in it is run, and it stays in this session."
        )
        st.download_button(
            "Download the template",
            TEMPLATE.read_bytes(),
            "claims_template.toml",
            "application/toml",
            icon=":material/download:",
            on_click="ignore",
        )
        file = st.file_uploader(
            "Claim file",
            type=["toml"],
            key="claims_file",
            help=f"At most {MOST_BYTES // 1024} KiB of TOML.",
        )
        if file is None:
            st.session_state.pop(_KEPT, None)
            return None
        kept = st.session_state.get(_KEPT)
        if kept is None or kept[0] != file.file_id:
            kept = (file.file_id, _check(file.name, file.getvalue()))
            st.session_state[_KEPT] = kept
        if isinstance(kept[1], TwinLensError):
            show_error("This file cannot be checked.", kept[1])
            return None
        st.success("Checked: it is the paper shown below.", icon=":material/task_alt:")
        return kept[1]


def _check(name: str, content: bytes) -> CheckedPaper | TwinLensError:
    """The checked paper, or what is wrong with the file."""
    try:
        with st.spinner("Checking; networks that are not counted yet are built"):
            return check_paper(parse_paper(content, name[:80]))
    except TwinLensError as error:
        return error

"""Words that came with a file, made fit for widgets that read Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")


def escape_markdown(text: str) -> str:
    """Put a backslash before every ASCII punctuation mark, so that Markdown shows the text as it is.

    Source: CommonMark 0.31, section 2.4: any ASCII punctuation character may be escaped.
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))

"""One measurement of time at a server: two at once would spoil both."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

_LOCK = threading.Lock()


@contextmanager
def take_stopwatch() -> Iterator[bool]:
    """Whether this session may measure now; where another one does, that is said and False is given.

    The stopwatch is given back however the block ends, also when Streamlit ends it because the reader has
    pressed something else.
    """
    mine = _LOCK.acquire(blocking=False)
    if not mine:
        st.info(
            "Someone else is measuring on this server. Two measurements at once would spoil both: press "
            "again in a minute.",
            icon=":material/timer_off:",
        )
    try:
        yield mine
    finally:
        if mine:
            _LOCK.release()

"""Opened networks, shared by all sessions, known by the SHA-256 of their files; nothing of a case is here."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx

from core import bundle
from core.bundle import Pair
from core.errors import BundleError, TwinLensError
from core.familiarity.record import Familiarity
from core.predict import Predictor, open_familiarity, open_network, open_predictor
from core.sessions import serve_session
from core.types import Role

if TYPE_CHECKING:
    from core.networks.base import Network
    from core.sessions import Session

THREADS = 1
"""Threads of one prediction: many readers at once are served better so, and the figure can be compared."""

PREFERRED = "melanoma"

EARLY = "open networks early"
"""Name of the thread that does."""

_BEGUN: set[str] = set()
_BEGUN_LOCK = threading.Lock()


def choose_pair() -> Pair:
    """The pair that this session reads with; a choice above the page where several ship.

    The address may name it as the page does: ``?pair=Fundus+photography``.

    Raises:
        BundleError: none ships, or the chosen one is damaged.
    """
    names = bundle.list_pairs(bundle.MODELS_DIR)
    if not names:
        raise BundleError(
            "models/",
            "no pair of networks is shipped with this copy of TwinLens",
            "Restore the folder models/ from the release, or train a pair: python -m core --help",
        )
    first = PREFERRED if PREFERRED in names else names[0]
    if len(names) == 1:
        return _load(first)
    pairs = {name: _load(name) for name in names}
    chosen = st.segmented_control(
        "Kind of image",
        sorted(names, key=lambda name: name != first),
        format_func=lambda name: title_pair(pairs[name], tuple(pairs.values())),
        default=None if "pair" in st.session_state else first,
        required=True,
        key="pair",
        bind="query-params",
        persist_state="session",
    )
    return pairs[chosen or first]


def title_pair(pair: Pair, others: tuple[Pair, ...]) -> str:
    """What a choice of pairs calls one: its kind of image, with its name where several read the same kind."""
    alone = sum(other.card.modality == pair.card.modality for other in others) == 1
    return pair.modality.title if alone else f"{pair.modality.title}: {pair.card.pair}"


def open_early(pair: Pair) -> None:
    """Begin to open a pair's served networks beside whatever the page does first; returns at once.

    Once in the life of the server for each file. What goes wrong here goes wrong again, and is said, where
    the page asks for the network.
    """
    files = {file_key(pair, role, "onnx") for role in pair.served_roles}
    with _BEGUN_LOCK:
        if files <= _BEGUN:
            return
        _BEGUN.update(files)

    def open_all() -> None:
        for role in pair.served_roles:
            try:
                get_predictor(pair, role)
            except TwinLensError:
                return

    thread = threading.Thread(target=open_all, name=EARLY, daemon=True)
    add_script_run_ctx(thread)
    thread.start()


def get_predictor(pair: Pair, role: Role) -> Predictor:
    """The served network of a role, opened once for all sessions."""
    name = pair.network(role).onnx
    if name is None:
        return open_predictor(pair, role)
    return Predictor(pair, role, _session(pair.card.files[name], pair, role))


def get_network(pair: Pair, role: Role) -> Network:
    """The same network for explanations, opened once for all sessions; the first one loads torch.

    In this thread torch then works with :data:`THREADS`: where several readers share the cores, threads that
    wait for each other make one pass of a teacher take seconds instead of a third of one.
    """
    name = pair.network(role).weights
    network = open_network(pair, role) if name is None else _network(pair.card.files[name], pair, role)
    import torch

    if torch.get_num_threads() != THREADS:
        torch.set_num_threads(THREADS)
    return network


def get_familiarity(pair: Pair) -> Familiarity | None:
    """The pair's check on the kind of picture, opened once for all sessions; None without one."""
    entry = pair.card.familiarity
    return None if entry is None else _familiarity(pair.card.files[entry.file], pair)


def file_key(pair: Pair, role: Role, kind: Literal["onnx", "weights"]) -> str:
    """SHA-256 of a role's file, the name under which results of it are kept; empty if it does not ship."""
    name = getattr(pair.network(role), kind)
    return pair.card.files[name] if name else ""


def _load(name: str) -> Pair:
    """A pair, read again when anything in its folder has changed: every act of a reader passes here."""
    folder = bundle.MODELS_DIR / name
    facts = ((path.name, path.stat()) for path in sorted(folder.iterdir()))
    stamp = tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in facts)
    return _loaded(str(folder), stamp, name)


@st.cache_resource(show_spinner=False, max_entries=16)
def _loaded(folder: str, stamp: tuple[tuple[str, int, int], ...], _name: str) -> Pair:
    return bundle.load_pair(_name, Path(folder).parent)


@st.cache_resource(show_spinner=False, max_entries=8)
def _session(sha256: str, _pair: Pair, _role: Role) -> Session:
    name = _pair.network(_role).onnx or ""
    return serve_session(_pair.read(name), threads=THREADS)


@st.cache_resource(show_spinner=False, max_entries=8)
def _network(sha256: str, _pair: Pair, _role: Role) -> Network:
    return open_network(_pair, _role)


@st.cache_resource(show_spinner=False, max_entries=8)
def _familiarity(sha256: str, _pair: Pair) -> Familiarity | None:
    return open_familiarity(_pair)

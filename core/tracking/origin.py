"""Which version of the code a run was made with."""

from __future__ import annotations

import subprocess
from pathlib import Path

CODE = Path(__file__).resolve().parents[2]


def describe_origin(folder: Path = CODE) -> dict[str, str]:
    """Tags ``commit`` (40 hex digits) and ``commit_state`` of the repository that the code lies in.

    ``commit_state`` is ``"clean"``, or ``"changed"`` where files differ from the commit; new files do not
    count. Code that is in no repository, or a machine without git, has ``commit`` ``"unknown"`` and no state.
    """
    commit = _ask_git(folder, "rev-parse", "HEAD")
    if not commit:
        return {"commit": "unknown"}
    changed = _ask_git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "commit_state": "changed" if changed else "clean"}


def _ask_git(folder: Path, *question: str) -> str:
    """What git answers; empty where it cannot."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(folder), *question], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""

"""The commit that a run was made with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core.tracking import describe_origin


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    asked = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.txt").write_text("one")
    git(tmp_path, "add", "a.txt")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    return tmp_path


def test_the_commit_and_whether_files_differ_from_it(repository):
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "new.txt").write_text("not in the commit")
    assert describe_origin(repository) == {"commit": commit, "commit_state": "clean"}
    (repository / "a.txt").write_text("two")
    assert describe_origin(repository) == {"commit": commit, "commit_state": "changed"}


def test_outside_of_a_repository(tmp_path):
    assert describe_origin(tmp_path) == {"commit": "unknown"}


def test_without_git(repository, monkeypatch):
    monkeypatch.setenv("PATH", str(repository))
    assert describe_origin(repository) == {"commit": "unknown"}

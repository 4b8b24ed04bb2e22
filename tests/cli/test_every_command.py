"""What holds for every command: help, --json, one line for an error; a new command is covered unedited."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.core
import typer.main

from core.cli import app

ROOT = Path(__file__).resolve().parents[2]
MODEL_LIBRARIES = {"torch", "timm", "lightning", "onnxruntime", "sklearn", "pandas", "scipy"}


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))


EVERYTHING = dict(walk(typer.main.get_command(app)))
COMMANDS = {path: command for path, command in EVERYTHING.items() if not hasattr(command, "commands")}


def module(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "TERM": "dumb", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_a_user_was_promised():
    assert {" ".join(path) for path in COMMANDS} >= {
        "pairs",
        "data check",
        "train",
        "distill",
        "save",
        "evaluate",
        "predict",
        "explain",
        "latency",
        "presets",
    }


@pytest.mark.parametrize("path", EVERYTHING, ids=" ".join)
def test_help(run, path):
    found = run(*path, "--help")
    assert found.code == 0 and found.err == ""
    assert "Usage:" in found.out
    words = (EVERYTHING[path].help or "").split()
    assert words and words[0] in found.out
    for parameter in EVERYTHING[path].params:
        if isinstance(parameter, typer.core.TyperOption):
            assert parameter.help or parameter.name == "help", f"--{parameter.name} says nothing"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_json_is_offered(path):
    """Every command here prints figures or names files."""
    options = {name for parameter in COMMANDS[path].params for name in parameter.opts}
    assert "--json" in options


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_unknown_option_is_a_usage_error(run, path):
    found = run(*path, "--surprise")
    assert found.code == 2 and "--surprise" in found.err and "Traceback" not in found.err


@pytest.mark.parametrize("arguments", [("--help",), ("train", "--help"), ("data", "check", "--help")])
def test_help_is_there_before_any_model_library(arguments):
    found = module("-X", "importtime", "-m", "core", *arguments)
    assert found.returncode == 0 and "Usage:" in found.stdout
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in found.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "core" in imported and not imported & MODEL_LIBRARIES


def test_twinlens_models_names_another_folder(complete_models, tmp_path):
    found = module("-m", "core", "pairs", TWINLENS_MODELS=str(complete_models))
    assert found.returncode == 0 and found.stdout.count("melanoma") == 2
    empty = module("-m", "core", "pairs", TWINLENS_MODELS=str(tmp_path))
    assert (empty.returncode, empty.stdout.strip()) == (0, "nothing to show")


def test_an_error_in_a_real_process_is_one_line(tmp_path):
    found = module("-m", "core", "latency", "melanoma", TWINLENS_MODELS=str(tmp_path))
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == "error: melanoma: no such pair is shipped. The choices are none.\n"

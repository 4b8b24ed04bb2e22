"""Where the commands that train log: the option, the variable, and refusals before anything is trained."""

from __future__ import annotations

import pytest
import typer.main

from core.cli import app
from core.cli.tracking import tracked
from core.training.progress import Listener


@pytest.mark.parametrize("command", ["train", "distill", "ablate"])
def test_every_command_that_trains_takes_the_option_and_the_variable(command):
    options = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    (option,) = [one for one in options if "--track" in one.opts]
    assert (option.default, option.envvar) == ("auto", "TWINLENS_TRACK")


def test_an_unknown_store_is_refused_before_anything_is_trained(run, small_data, tmp_path, monkeypatch):
    monkeypatch.setenv("TWINLENS_DATA", str(small_data))
    found = run("train", "mel5", "--fast", "--runs", tmp_path / "runs", "--track", "tensorboard")
    assert found.code == 1 and "The choices are auto, mlflow, wandb, none" in found.err
    monkeypatch.setenv("TWINLENS_TRACK", "tensorboard")
    assert run("train", "mel5", "--fast", "--runs", tmp_path / "runs").code == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("quiet", [True, False])
def test_a_warning_is_seen_whether_or_not_progress_is(tmp_path, capsys, monkeypatch, quiet):
    monkeypatch.setattr("core.tracking.tracker.is_installed", lambda: False)
    said: list[str] = []
    listener = Listener()
    monkeypatch.setattr(listener, "warned", said.append)
    with tracked(listener, "auto", tmp_path, quiet=quiet):
        pass
    shown = capsys.readouterr().err if quiet else "".join(said)
    assert shown.count("MLflow is not installed") == 1

"""How an experiment of a suite is trained: its parent's recipe with its own changes."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from core.experiments.suite import Suite, explain_invalid
from core.training.network_recipe import NetworkRecipe
from core.training.presets import merge_tables


def recipe_of(suite: Suite, number: int, *, seed: int = 0) -> NetworkRecipe:
    """How an experiment is trained from a seed.

    Raises:
        ConfigError: no such experiment, or a key or value that does not fit, by name.
    """
    tables = _tables_of(suite, number)
    try:
        return NetworkRecipe.model_validate({**tables, "name": f"e{number:02d}", "seed": seed})
    except ValidationError as error:
        raise explain_invalid(f"{suite.name}.toml: experiment {number}", error) from error


def _tables_of(suite: Suite, number: int) -> dict[str, Any]:
    experiment = suite.experiment(number)
    below = suite.base if experiment.parent is None else _tables_of(suite, experiment.parent)
    return merge_tables(below, experiment.set)

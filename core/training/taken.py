"""A teacher that another preset trained, as its student or control: taken over, never trained twice."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.errors import ConfigError
from core.training.images import SplitSamples
from core.training.network_recipe import NetworkRecipe
from core.training.processes import by_first
from core.training.recipe import Recipe
from core.training.runs import Asked, RunResult, close_run, load_result, open_run, read_weights
from core.training.trained import data_of, recipe_of, stage_folder


@by_first
def adopt_teacher(recipe: Recipe, runs: Path, samples: SplitSamples) -> RunResult:
    """File the finished stage that ``recipe.teacher.taken_from`` names as this preset's teacher.

    Args:
        recipe: whose teacher is taken from another preset.
        runs: folder of all runs; the other preset's stage must lie there.
        samples: of this recipe.

    Returns:
        The result; its epochs and seconds are 0, since nothing was trained.

    Raises:
        ConfigError: the other network is not trained, or was trained with another recipe or on another split.
        ValueError: the recipe takes its teacher from nowhere.
    """
    source = recipe.teacher.taken_from
    if source is None:
        raise ValueError("recipe.teacher.taken_from is None")
    name, _, stage = source.partition("/")
    folder = runs / (f"{name}-fast" if recipe.fast else name) / (stage or "student")
    found = load_result(folder)
    if found is None:
        raise ConfigError(
            str(folder), "the network that teaches here is not trained yet", f"Run train and distill {name}"
        )
    described = recipe.teacher.members[0].model_dump(mode="json", exclude={"name"})
    trained = {key: found.asked.recipe.get(key) for key in NetworkRecipe.model_fields if key != "name"}
    if trained != described or found.asked.split_sha256 != samples.sha256:
        raise ConfigError(
            str(folder),
            "it was trained with another recipe or split",
            f"Train {name} again, or use that one",
        )
    content = read_weights(folder)
    asked = Asked(
        stage="teacher",
        recipe=recipe_of(recipe, "teacher"),
        data=data_of(recipe),
        split_sha256=samples.sha256,
    )
    home = stage_folder(recipe, runs, "teacher")
    before = open_run(home, asked, resume="if_unfinished")
    if before is not None and before.weights_sha256 == hashlib.sha256(content).hexdigest():
        return before
    return close_run(
        home,
        asked,
        content,
        history=(),
        validation_roc_auc=found.validation_roc_auc,
        best_epoch=found.best_epoch,
        sessions=found.sessions,
    )

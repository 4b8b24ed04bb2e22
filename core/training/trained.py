"""Where a preset's stages lie, whether they were made as asked, and their networks."""

from __future__ import annotations

from pathlib import Path

from core.errors import ConfigError
from core.modalities.base import MODALITIES
from core.networks.base import Network, build_network
from core.networks.ensemble import combine_members
from core.networks.flip_average import average_flips
from core.networks.weights import load_weights
from core.topology.spec import TopologySpec
from core.training.images import SplitSamples
from core.training.network_recipe import NetworkRecipe
from core.training.recipe import Recipe
from core.training.runs import WEIGHTS_NAME, load_result, read_weights
from core.training.topology import read_spec
from core.types import Role


def stage_folder(recipe: Recipe, runs: Path, stage: str) -> Path:
    """``runs/<preset>/<stage>``; stages are ``teacher``, ``teacher-<member>``, ``student``, ``control``."""
    return runs / recipe.folder_name / stage


def member_stages(recipe: Recipe) -> dict[str, NetworkRecipe]:
    """Stage name to recipe of the networks that make the teacher; one network is the stage ``teacher``."""
    members = recipe.teacher.members
    if len(members) == 1:
        return {"teacher": members[0]}
    return {f"teacher-{member.name}": member for member in members}


def load_trained(recipe: Recipe, runs: Path, role: Role) -> Network:
    """The trained network of a role as it is served: in eval mode, with the rounded weights of its file.

    Raises:
        ConfigError: the stage is not finished, or was trained with another recipe.
        WeightsError: its file is missing or altered.
    """
    folder = stage_folder(recipe, runs, role)
    content = read_weights(folder)
    result = load_result(folder)
    expected = recipe_of(recipe, role)
    if result is None or result.asked.recipe != expected or result.asked.data != data_of(recipe):
        raise ConfigError(
            str(folder), "it was trained with another recipe", "Train it again, or use that recipe"
        )
    classes = _num_classes(recipe)
    if role == "teacher":
        parts = [build_network(m.architecture, m.arguments, classes) for m in recipe.teacher.members]
        network = parts[0] if len(parts) == 1 else combine_members(parts)
    else:
        network = build_network(recipe.student.architecture, recipe.student.arguments, classes)
    load_weights(network, content, str(folder / WEIGHTS_NAME))
    flips = recipe.teacher.flips if role == "teacher" else recipe.student.flips
    return (average_flips(network) if flips == "averaged" else network).eval()


def load_topology_spec(recipe: Recipe, runs: Path, role: Role) -> TopologySpec | None:
    """The grid that a role's network was trained on; None where it takes no topology, as no teacher does.

    Raises:
        ConfigError: the run keeps none, or not of this version.
    """
    if role == "teacher" or recipe.student.topology is None:
        return None
    return read_spec(stage_folder(recipe, runs, role))


def check_teacher(recipe: Recipe, runs: Path, samples: SplitSamples) -> None:
    """ConfigError unless the teacher is finished and was trained with this recipe on this split."""
    folder = stage_folder(recipe, runs, "teacher")
    result = load_result(folder)
    if result is None:
        raise ConfigError(
            str(folder), "the teacher is not trained yet", f"Run train {recipe.pair.name} first"
        )
    if result.asked.recipe != recipe_of(recipe, "teacher") or result.asked.split_sha256 != samples.sha256:
        raise ConfigError(
            str(folder),
            "the teacher was trained with another recipe or split",
            "Train it again, or use that recipe",
        )


def recipe_of(recipe: Recipe, role: Role) -> dict[str, object]:
    """The recipe of a role as its run stores it."""
    if role == "student":
        return recipe.student.model_dump(mode="json")
    if role == "control":
        return recipe.student.as_control().model_dump(mode="json")
    members = recipe.teacher.members
    return (members[0] if len(members) == 1 else recipe.teacher).model_dump(mode="json")


def data_of(recipe: Recipe) -> dict[str, object]:
    """The recipe of the split as a run stores it."""
    return recipe.data.model_dump(mode="json")


def _num_classes(recipe: Recipe) -> int:
    return len(MODALITIES.get(recipe.pair.modality).classes)

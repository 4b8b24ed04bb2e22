"""Which trained network fills each role of a pair that is being saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError
from core.networks.base import Network
from core.topology.spec import TopologySpec
from core.training.presets import PRESETS_DIR, load_recipe
from core.training.recipe import Recipe, StudentRecipe, TeacherRecipe
from core.training.trained import load_topology_spec, load_trained
from core.types import Role


@dataclass(frozen=True)
class TrainedRole:
    """A finished stage of a preset.

    Attributes:
        recipe: of the preset that trained it.
        stage: the role it had there.
    """

    recipe: Recipe
    stage: Role

    @property
    def plan(self) -> TeacherRecipe | StudentRecipe:
        """The part of the recipe that describes it."""
        if self.stage == "teacher":
            return self.recipe.teacher
        return self.recipe.student.as_control() if self.stage == "control" else self.recipe.student

    def load(self, runs: Path) -> tuple[Network, TopologySpec | None]:
        """The network as it is served, and the grid of its topology; errors as in ``load_trained``."""
        return load_trained(self.recipe, runs, self.stage), load_topology_spec(self.recipe, runs, self.stage)


def list_trained_roles(recipe: Recipe, *, presets: Path = PRESETS_DIR) -> dict[Role, TrainedRole]:
    """The networks of a pair in the order of roles; a second student comes from the preset that is named.

    Args:
        recipe: of the pair, as resolved.
        presets: folder of the preset of the second student.

    Raises:
        ConfigError: no such preset, or its data or its teacher are not this pair's.
    """
    found: dict[Role, TrainedRole] = {
        "teacher": TrainedRole(recipe, "teacher"),
        "student": TrainedRole(recipe, "student"),
    }
    name = recipe.card.second_student
    if name is not None:
        other = load_recipe(name, size="fast" if recipe.fast else "full", folder=presets)
        if other.data != recipe.data or other.teacher != recipe.teacher:
            raise ConfigError(
                f"card.second_student = {name!r}",
                f"its data or its teacher are not those of {recipe.pair.name}",
                "Name a preset with the same data and teacher",
            )
        found["second_student"] = TrainedRole(other, "student")
    found["control"] = TrainedRole(recipe, "control")
    return found

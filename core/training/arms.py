"""The arms of an ablation: which pieces of the whole student each of them has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import ConfigError
from core.training.recipe import AblationRecipe, StudentRecipe

Piece = Literal["teacher", "cbam", "topology", "consistency"]


@dataclass(frozen=True)
class Arm:
    """One kind of student.

    Attributes:
        name: in folders and tables.
        title: for headings.
        pieces: what it has of the whole student.
        against: the arm it is compared with; None for the plain one.
        weighting: how it weighs classes, where that is not as the recipe says.
    """

    name: str
    title: str
    pieces: frozenset[Piece] = frozenset()
    against: str | None = "plain"
    weighting: Literal["inverse_frequency", "effective_number"] | None = None


ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("plain", "Plain student", against=None),
        Arm("kd", "With a teacher", frozenset({"teacher"})),
        Arm("cbam", "With CBAM", frozenset({"cbam"})),
        Arm("topology", "With topology", frozenset({"topology"})),
        Arm("consistency", "With rotation consistency", frozenset({"consistency"})),
        Arm("all", "With all four", frozenset({"teacher", "cbam", "topology", "consistency"})),
        Arm(
            "inverse_frequency", "Plain, classes weighed by inverse frequency", weighting="inverse_frequency"
        ),
        Arm(
            "effective_number",
            "Plain, classes weighed by effective number",
            against="inverse_frequency",
            weighting="effective_number",
        ),
    )
}


def choose_arms(names: tuple[str, ...]) -> tuple[Arm, ...]:
    """The arms of these names in the order of the table, all where none is named; ConfigError for others."""
    unknown = [name for name in names if name not in ARMS]
    if unknown:
        raise ConfigError(", ".join(unknown), "no such arm", f"The choices are {', '.join(ARMS)}")
    return tuple(arm for arm in ARMS.values() if not names or arm.name in names)


def recipe_of_arm(ablation: AblationRecipe, arm: Arm, seed: int) -> StudentRecipe:
    """The whole student without the pieces that the arm lacks, trained from a seed.

    The arms on class weights shuffle instead of drawing classes equally often, since both at once would
    correct for imbalance twice.
    """
    whole = ablation.student
    arguments: dict[str, Any] = dict(whole.arguments)
    if "cbam" not in arm.pieces:
        arguments["attention"] = "none"
    if "topology" not in arm.pieces:
        arguments["topology_inputs"] = 0
    student = whole if "teacher" in arm.pieces else whole.as_control()
    changes: dict[str, Any] = {
        "name": f"{arm.name}-{seed}",
        "seed": seed,
        "arguments": arguments,
        "topology": whole.topology if "topology" in arm.pieces else None,
        "consistency_weight": whole.consistency_weight if "consistency" in arm.pieces else 0.0,
    }
    if arm.weighting is not None:
        power = 1.0 if arm.weighting == "inverse_frequency" else 0.0
        weights = {
            "class_weighting": arm.weighting,
            "class_weight_power": power,
            "beta": ablation.beta,
        }
        changes |= {"sampler": "shuffle", "loss": whole.loss.model_copy(update=weights)}
    return student.model_copy(update=changes)

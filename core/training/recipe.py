"""What a recipe says: the records behind ``presets/*.toml``, one preset a pair of networks.

A file with a key that is not named here is refused. Reading files and overrides is in
:mod:`core.training.presets`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from core.modalities.base import Preprocessing
from core.training.network_recipe import Flips, NetworkRecipe, Strict
from core.types import Role


class PairRecipe(Strict):
    """Which pair the preset makes; ``name`` is also the folder of its runs and of ``models/``."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    modality: str


class DataRecipe(Strict):
    """Which images, and how they are divided (see :func:`core.data.cohort.build_cohort`)."""

    datasets: tuple[str, ...] = Field(min_length=1)
    fractions: tuple[float, float, float] = (0.7, 0.15, 0.15)
    val_from_train: float = Field(0.1, ge=0, lt=1)
    seed: int = 0
    limit: int | None = Field(None, ge=2, description="images used of each split; None uses all")


class DistillRecipe(Strict):
    """What the student learns from the teacher.

    ``views``: how many fixed views of each image the teacher is asked about. View 0 is the image itself, the
    answer averaged over the eight flips and right-angle turns; the student sees it freely augmented. Further
    views are augmented once, and the student sees them as the teacher did, but for flips and turns.
    ``kd_weight`` moves in equal steps to ``kd_weight_end`` in the last epoch (DR5); None keeps it.
    """

    method: str = "response"
    temperature: float = Field(1.0, gt=0)
    kd_weight: float = Field(0.5, ge=0, le=1)
    kd_weight_end: float | None = Field(None, ge=0, le=1)
    views: int = Field(1, ge=1, le=64)

    @property
    def asks_teacher(self) -> bool:
        """Whether the teacher has any weight in any epoch."""
        return max(self.kd_weight, self.kd_weight_end or 0.0) > 0

    def kd_weight_at(self, epoch: int, epochs: int) -> float:
        """Weight of the teacher in an epoch (from 0) of so many; past the last it stays."""
        if self.kd_weight_end is None or epochs < 2:
            return self.kd_weight
        done = min(1.0, epoch / (epochs - 1))
        return (1 - done) * self.kd_weight + done * self.kd_weight_end


class TopologyRecipe(Strict):
    """The topological input of a network with such a branch (DR7, :mod:`core.topology.spec`).

    ``side``: of the greyscale picture; ``bins``: of the persistence image, so that the network's
    ``topology_inputs`` is ``bins`` squared. The grid is fitted on the training frames.
    """

    side: int = Field(32, ge=2, le=256)
    bins: int = Field(32, ge=2, le=256)


class StudentRecipe(NetworkRecipe):
    """The student; the control is the same with ``kd_weight`` 0. ``topology`` None computes none."""

    name: str = "student"
    topology: TopologyRecipe | None = None
    flips: Flips = "none"
    distill: DistillRecipe = DistillRecipe()

    def as_control(self) -> StudentRecipe:
        """The same recipe without a teacher."""
        distill = self.distill.model_copy(update={"kd_weight": 0.0, "kd_weight_end": None})
        return self.model_copy(update={"name": "control", "distill": distill})


class AblationRecipe(Strict):
    """What ``ablate`` trains: the student with all its pieces, small enough for many runs.

    In a file, ``[ablation.student]`` says how it differs from ``[student]``. Every arm switches some pieces
    off (:mod:`core.training.arms`), so all four have to be there. ``beta`` is of the arm that weighs classes
    by effective numbers.
    """

    student: StudentRecipe
    seeds: int = Field(3, ge=1, le=20)
    beta: float = Field(0.999, gt=0, lt=1)

    @model_validator(mode="after")
    def _has_every_piece(self) -> AblationRecipe:
        whole = self.student
        lacking = [
            what
            for what, there in (
                ("distill.kd_weight above 0", whole.distill.asks_teacher),
                ("consistency_weight above 0", whole.consistency_weight > 0),
                ("topology", whole.topology is not None),
                ("arguments.topology_inputs above 0", bool(whole.arguments.get("topology_inputs"))),
                ('architecture "attentive"', whole.architecture == "attentive"),
                ('arguments.attention "cbam"', whole.arguments.get("attention", "cbam") == "cbam"),
            )
            if not there
        ]
        if lacking:
            raise ValueError(f"the student of an ablation needs {', '.join(lacking)}")
        return self


class TeacherRecipe(Strict):
    """The teacher: one network, or several that are trained one after another and answer as one.

    In a file, ``[teacher]`` describes the network, or what its ``[[teacher.members]]`` have in common.

    ``taken_from`` names another preset whose student is this teacher, for example a transformer that a
    convolutional network taught (REV6 the other way round); with ``/control`` behind it, the same network
    trained without a teacher. ``train`` then takes it over instead of training. ``members`` is that network.
    """

    members: tuple[NetworkRecipe, ...] = Field(min_length=1)
    flips: Flips = "none"
    taken_from: str | None = None

    @model_validator(mode="after")
    def _members_fit(self) -> TeacherRecipe:
        names = [member.name for member in self.members]
        if len(set(names)) < len(names):
            raise ValueError(f"members need different names, found {', '.join(names)}")
        sizes = {(member.image_size, member.crop) for member in self.members}
        if len(sizes) > 1:
            raise ValueError(f"members must share one image_size and crop, found {sorted(sizes)}")
        return self

    @property
    def preprocessing(self) -> Preprocessing:
        """How the teacher is served."""
        return self.members[0].preprocessing


class CardRecipe(Strict):
    """What ``save`` needs beside the trained networks: words for the card, and what to report on.

    ``class_biases`` "fitted" adds what suits the validation cases to each class's logit, before the
    temperature; for losses that weigh classes. ``titles`` names the network of each role as a clinician
    should read it. ``external`` are data sets that are reported on and never trained or tuned on.
    ``operating_point`` is the default threshold. ``second_student`` names another preset of the same teacher
    whose student ships beside this one's. ``caution`` is shown beside the pair's figures.
    """

    summary: str = ""
    titles: dict[Role, str] = Field({})
    external: tuple[str, ...] = ()
    operating_point: str = "sensitivity_90"
    second_student: str | None = None
    class_biases: Literal["none", "fitted"] = "none"
    intended_use: str = "Research and teaching. Not a medical device."
    limits: tuple[str, ...] = ()
    caution: str = ""

    def title(self, role: Role, architecture: str) -> str:
        """Name of a role's network; its architecture where none is given."""
        return self.titles.get(role, architecture)


class Recipe(Strict):
    """A preset as resolved: everything that decides what comes out of training."""

    pair: PairRecipe
    data: DataRecipe
    teacher: TeacherRecipe
    student: StudentRecipe
    card: CardRecipe = CardRecipe()
    ablation: AblationRecipe | None = None
    fast: bool = False

    @property
    def folder_name(self) -> str:
        """Folder of the pair's runs; smoke runs keep apart from real ones."""
        return f"{self.pair.name}-fast" if self.fast else self.pair.name

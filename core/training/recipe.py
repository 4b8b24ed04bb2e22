"""What a recipe says: the records behind ``presets/*.toml``, one preset a pair of networks.

A file with a key that is not named here is refused. Reading files and overrides is in
:mod:`core.training.presets`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.data.augment import Augmentation
from core.data.sampling import ClassWeighting
from core.modalities.base import Preprocessing
from core.types import Role


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PairRecipe(_Strict):
    """Which pair the preset makes; ``name`` is also the folder of its runs and of ``models/``."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    modality: str


class DataRecipe(_Strict):
    """Which images, and how they are divided (see :func:`core.data.cohort.build_cohort`)."""

    datasets: tuple[str, ...] = Field(min_length=1)
    fractions: tuple[float, float, float] = (0.7, 0.15, 0.15)
    val_from_train: float = Field(0.1, ge=0, lt=1)
    seed: int = 0
    limit: int | None = Field(None, ge=2, description="images used of each split; None uses all")


Monitor = Literal["roc_auc", "quadratic_kappa", "accuracy", "cross_entropy", "last"]
"""What decides on the validation split which epoch is kept (see :mod:`core.training.validation`); ``"last"``
keeps the last one, whatever it scores.
"""

Flips = Literal["none", "averaged"]
"""Whether the served network answers the mean over the four flips (:mod:`core.networks.flip_average`)."""


class OptimiserRecipe(_Strict):
    """AdamW. ``head_lr_factor`` multiplies the rate of the layers that pretrained weights did not fill."""

    lr: float = Field(1e-4, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    head_lr_factor: float = Field(1.0, gt=0)


class ScheduleRecipe(_Strict):
    """How the rate moves over all steps; ``warmup`` is the share of steps in which it rises."""

    name: Literal["onecycle", "cosine", "constant"] = "constant"
    warmup: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _onecycle_rises(self) -> ScheduleRecipe:
        if self.name == "onecycle" and self.warmup == 0:
            raise ValueError("onecycle needs warmup above 0")
        return self


class LossRecipe(_Strict):
    """The loss against the true classes.

    Under ``"inverse_frequency"`` a class of n images weighs (N / n) ** ``class_weight_power``: 0 weighs all
    alike, 1 is MEL4's alpha. Under ``"effective_number"`` it weighs 1 / E(n), E(n) = (1 - beta^n) / (1 -
    beta) (DR2). Weights are scaled so that they average 1 over the training images.
    """

    name: Literal["cross_entropy", "focal"] = "cross_entropy"
    gamma: float = Field(2.0, ge=0)
    class_weighting: Literal["inverse_frequency", "effective_number"] = "inverse_frequency"
    class_weight_power: float = Field(0.0, ge=0, le=2)
    beta: float = Field(0.999, ge=0, lt=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)

    @property
    def focusing(self) -> float:
        """The gamma in force: 0 for cross-entropy."""
        return self.gamma if self.name == "focal" else 0.0

    @property
    def weighting(self) -> ClassWeighting:
        """The weighting in force: none where the power is 0."""
        if self.class_weighting == "inverse_frequency" and self.class_weight_power == 0:
            return "none"
        return self.class_weighting

    @model_validator(mode="after")
    def _power_is_of_the_frequency(self) -> LossRecipe:
        if self.class_weighting == "effective_number" and self.class_weight_power > 0:
            raise ValueError("class_weight_power belongs to inverse_frequency; effective_number has beta")
        return self


class DistillRecipe(_Strict):
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


class NetworkRecipe(_Strict):
    """One network and how it is trained.

    ``image_size`` is the side in pixels it is served and validated at; ``train_size`` the side of training
    views, the same where None. ``monitor`` decides which epoch is kept, and ``patience`` counts epochs that
    do not better it; None never stops early. ``ema_decay`` 0 keeps no running average of the weights.
    ``sampler`` ``"weighted"`` draws every class equally often (DR2). ``consistency_weight`` is of the
    divergence between the answers to a view and to the same view turned by a right angle (DR9); above 0 a
    step costs twice.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    architecture: str
    arguments: dict[str, Any] = {}
    pretrained: str = "auto"
    crop: Literal["none", "field_of_view"] = "none"
    image_size: int = Field(224, ge=32, le=1024)
    train_size: int | None = Field(None, ge=32, le=1024)
    epochs: int = Field(100, ge=1)
    batch_size: int = Field(32, ge=2)
    seed: int = 0
    precision: Literal["bf16", "fp32"] = "fp32"
    sampler: Literal["shuffle", "weighted"] = "shuffle"
    monitor: Monitor = "roc_auc"
    patience: int | None = Field(None, ge=1)
    ema_decay: float = Field(0.0, ge=0, lt=1)
    grad_clip: float | None = Field(None, gt=0)
    mixup: float = Field(0.0, ge=0, description="alpha of the Beta distribution; 0 mixes nothing")
    consistency_weight: float = Field(0.0, ge=0)
    optimiser: OptimiserRecipe = OptimiserRecipe()
    schedule: ScheduleRecipe = ScheduleRecipe()
    loss: LossRecipe = LossRecipe()
    augment: Augmentation = Augmentation()

    @property
    def preprocessing(self) -> Preprocessing:
        """How the network is served."""
        return Preprocessing(height=self.image_size, width=self.image_size, crop=self.crop)

    @property
    def view_size(self) -> tuple[int, int]:
        """(height, width) of training views."""
        side = self.train_size or self.image_size
        return side, side


class TopologyRecipe(_Strict):
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


class AblationRecipe(_Strict):
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


class TeacherRecipe(_Strict):
    """The teacher: one network, or several that are trained one after another and answer as one.

    In a file, ``[teacher]`` describes the network, or what its ``[[teacher.members]]`` have in common.
    """

    members: tuple[NetworkRecipe, ...] = Field(min_length=1)
    flips: Flips = "none"

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


class CardRecipe(_Strict):
    """What ``save`` needs beside the trained networks: words for the card, and what to report on.

    ``class_biases`` "fitted" adds what suits the validation cases to each class's logit, before the
    temperature; for losses that weigh classes. ``titles`` names the network of each role as a clinician
    should read it. ``external`` are data sets that are reported on and never trained or tuned on.
    ``operating_point`` is the default threshold.
    """

    summary: str = ""
    titles: dict[Role, str] = {}
    external: tuple[str, ...] = ()
    operating_point: str = "sensitivity_90"
    class_biases: Literal["none", "fitted"] = "none"
    intended_use: str = "Research and teaching. Not a medical device."
    limits: tuple[str, ...] = ()

    def title(self, role: Role, architecture: str) -> str:
        """Name of a role's network; its architecture where none is given."""
        return self.titles.get(role, architecture)


class Recipe(_Strict):
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

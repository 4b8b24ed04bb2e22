"""What a preset says of one network and how it is trained; see :mod:`core.training.recipe`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.data.augment import Augmentation
from core.data.sampling import ClassWeighting
from core.modalities.base import Crop, Preprocessing


class Strict(BaseModel):
    """A table of a preset: no key that is not named, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Monitor = Literal["roc_auc", "quadratic_kappa", "accuracy", "cross_entropy", "last"]
"""What decides on the validation split which epoch is kept (see :mod:`core.training.validation`); ``"last"``
keeps the last one, whatever it scores.
"""

Flips = Literal["none", "averaged"]
"""Whether the served network answers the mean over the four flips (:mod:`core.networks.flip_average`)."""


class OptimiserRecipe(Strict):
    """``head_lr_factor`` multiplies the rate of the layers that pretrained weights did not fill.

    ``momentum`` is of ``"sgd"`` alone.
    """

    name: Literal["adamw", "adam", "sgd"] = "adamw"
    momentum: float = Field(0.0, ge=0, lt=1)
    lr: float = Field(1e-4, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    head_lr_factor: float = Field(1.0, gt=0)

    @model_validator(mode="after")
    def _momentum_is_of_sgd(self) -> OptimiserRecipe:
        if self.momentum > 0 and self.name != "sgd":
            raise ValueError(f"momentum belongs to sgd; {self.name} has its own")
        return self


class ScheduleRecipe(Strict):
    """How the rate moves over all steps; ``warmup`` is the share of steps in which it rises."""

    name: Literal["onecycle", "cosine", "constant"] = "constant"
    warmup: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _onecycle_rises(self) -> ScheduleRecipe:
        if self.name == "onecycle" and self.warmup == 0:
            raise ValueError("onecycle needs warmup above 0")
        return self


class LossRecipe(Strict):
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


class NetworkRecipe(Strict):
    """One network and how it is trained.

    ``image_size`` is the side in pixels it is served and validated at; ``train_size`` the side of training
    views, the same where None. ``monitor`` decides which epoch is kept, and ``patience`` counts epochs that
    do not better it; None never stops early. ``ema_decay`` 0 keeps no running average of the weights.
    ``sampler`` ``"weighted"`` draws every class equally often (DR2). ``consistency_weight`` is of the
    divergence between the answers to a view and to the same view turned by a right angle (DR9); above 0 a
    step costs twice. ``freeze`` ``"base"`` trains only what pretrained weights did not fill (CT3).
    ``train_normalisation`` normalises training views otherwise than the network does when it is served, and
    is refused (DMN5) unless ``preprocessing_check`` is ``"off"``. ``watch_training``: so many training images
    are judged after each epoch as the validation images are, for curves; 0 judges none.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    architecture: str
    arguments: dict[str, Any] = {}
    pretrained: str = "auto"
    freeze: Literal["none", "base"] = "none"
    crop: Crop = "none"
    image_size: int = Field(224, ge=16, le=1024)
    train_size: int | None = Field(None, ge=16, le=1024)
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
    train_normalisation: Literal["imagenet", "half"] | None = None
    preprocessing_check: Literal["on", "off"] = "on"
    watch_training: int = Field(0, ge=0)
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

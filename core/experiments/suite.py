"""A suite of experiments as its TOML file says it: what each one changes, and what its source printed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import ConfigError
from core.types import ExperimentMetric

SUITES_DIR = Path(__file__).resolve().parent / "suites"


class Strict(BaseModel):
    """A table of a suite's file: no key that is not named, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reported(Strict):
    """What the source prints of an experiment; shares in [0, 1], seconds of its own machine."""

    auc: float | None = Field(None, ge=0, le=1)
    melanoma_recall: float | None = Field(None, ge=0, le=1)
    cancer_superclass: float | None = Field(None, ge=0, le=1)
    accuracy: float | None = Field(None, ge=0, le=1)
    parameters: int | None = Field(None, ge=1)
    seconds: float | None = Field(None, gt=0)


class Experiment(Strict):
    """One experiment: its parent's recipe with the keys of ``set`` changed.

    Attributes:
        number: in the source.
        name, chapter: for tables.
        changed: what differs from the parent, one sentence.
        lesson: what it teaches.
        reading: what the source leaves open and how it is filled here.
        parent: number of the experiment it builds on; None builds on the suite's base.
        origin: ``"ours"`` for a control that the source has not.
        reported: what the source prints.
        set: the changes.
    """

    number: int = Field(ge=1)
    name: str
    chapter: str
    changed: str
    lesson: str
    reading: str = ""
    parent: int | None = None
    origin: Literal["source", "ours"] = "source"
    reported: Reported = Reported()
    set: dict[str, Any] = Field({})


class FindingRecipe(Strict):
    """A statement about the suite that runs can bear out or contradict.

    ``"difference"``: ``of`` minus ``against`` is ``expected``. ``"near_worst"``: ``of`` is among the three
    lowest. ``"other_champion"``: the highest by ``metric`` is not the highest by ``other_metric``.
    """

    id: str
    words: str
    metric: ExperimentMetric
    kind: Literal["difference", "near_worst", "other_champion"]
    of: int | None = None
    against: int | None = None
    expected: Literal["higher", "lower"] | None = None
    other_metric: ExperimentMetric | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> FindingRecipe:
        needs = {
            "difference": ("of", "against", "expected"),
            "near_worst": ("of",),
            "other_champion": ("other_metric",),
        }[self.kind]
        lacking = [key for key in needs if getattr(self, key) is None]
        if lacking:
            raise ValueError(f"finding {self.id} of kind {self.kind} needs {', '.join(lacking)}")
        return self


class Suite(Strict):
    """All experiments of a source."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    source: str
    citation: str
    modality: str
    dataset: str
    caution: str = ""
    base: dict[str, Any]
    experiments: tuple[Experiment, ...] = Field(min_length=1)
    findings: tuple[FindingRecipe, ...] = ()

    @model_validator(mode="after")
    def _numbers_fit(self) -> Suite:
        seen: set[int] = set()
        for experiment in self.experiments:
            if experiment.number in seen:
                raise ValueError(f"two experiments have the number {experiment.number}")
            if experiment.parent is not None and experiment.parent not in seen:
                raise ValueError(
                    f"experiment {experiment.number}: its parent {experiment.parent} is not above it"
                )
            seen.add(experiment.number)
        for finding in self.findings:
            for number in (finding.of, finding.against):
                if number is not None and number not in seen:
                    raise ValueError(f"finding {finding.id}: there is no experiment {number}")
        return self

    def experiment(self, number: int) -> Experiment:
        """The experiment of a number; ConfigError lists the choices."""
        for experiment in self.experiments:
            if experiment.number == number:
                return experiment
        choices = f"{self.experiments[0].number} to {self.experiments[-1].number}"
        raise ConfigError(str(number), f"{self.name} has no such experiment", f"The choices are {choices}")


def list_suites(folder: Path = SUITES_DIR) -> tuple[str, ...]:
    """Names of the suites, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load_suite(name: str, folder: Path = SUITES_DIR) -> Suite:
    """Read a suite; its recipes are checked where they are resolved (:mod:`core.experiments.recipes`).

    Raises:
        ConfigError: no such suite, not TOML, an unknown key, or a value that does not fit.
    """
    if name not in list_suites(folder):
        raise ConfigError(name, "no such suite", f"The choices are {', '.join(list_suites(folder))}")
    path = folder / f"{name}.toml"
    try:
        suite = Suite.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(path.name, f"not valid TOML ({error})", "Correct the file") from error
    except ValidationError as error:
        raise explain_invalid(path.name, error) from error
    return suite


def explain_invalid(where: str, error: ValidationError) -> ConfigError:
    """What pydantic refuses, as one line that names the key."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return ConfigError(f"{where}{', ' if key else ''}{key}", first["msg"], "Correct the suite")

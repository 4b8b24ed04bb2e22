"""One picture as the page reads it: the checks on the picture, the networks, the check on its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.bundle import Pair
from core.errors import QualityError
from core.familiarity.record import Familiarity
from core.familiarity.wording import describe_unfamiliar
from core.intake.quality import assess_quality, require_readable
from core.modalities.base import Modality
from core.predict import Predictor, open_familiarity, open_predictor, predict_case
from core.types import Case, FamiliarityVerdict, Prediction, QualityVerdict, Role


@dataclass(frozen=True)
class Answer:
    """What is said of one picture.

    Attributes:
        quality: the verdict on the picture.
        kind: whether it is of the kind the student was trained on; None where that is not judged.
        predictions: of each role that was asked for, in their order.
    """

    quality: QualityVerdict
    kind: FamiliarityVerdict | None
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class PairReader:
    """A pair opened to read pictures. Safe to share between threads.

    Attributes:
        pair: which pair.
        roles: whose predictions are asked for.
        predictors: opened networks of these roles, and of the student where it judges the kind.
        familiarity: the check on the kind; None where the pair has none.
    """

    pair: Pair
    roles: tuple[Role, ...]
    predictors: dict[Role, Predictor]
    familiarity: Familiarity | None

    def read(self, case: Case, *, ungradable: bool = False, operating_point: str | None = None) -> Answer:
        """Judge one picture and ask the networks, the student first.

        Args:
            case: of the pair's modality.
            ungradable: answer also where a check on the picture refuses.
            operating_point: name of the threshold; the card's default if None.

        Raises:
            QualityError: the picture cannot be graded, or is unlike those of training.
        """
        quality = assess_quality(case) if ungradable else require_readable(case)
        predictors, framed = self._on_one_frame(case)
        found: dict[Role, Prediction] = {}
        kind = None
        if self.familiarity is not None and not case.generated:
            found["student"] = predict_case(predictors["student"], framed, operating_point=operating_point)
            kind = self.familiarity.judge(found["student"].features)
            if not kind.familiar and not ungradable:
                raise refuse_kind(kind, case, self.pair.modality)
        for role in self.roles:
            if role not in found:
                found[role] = predict_case(predictors[role], framed, operating_point=operating_point)
        return Answer(quality, kind, tuple(found[role] for role in self.roles))

    def _on_one_frame(self, case: Case) -> tuple[dict[Role, Predictor], Case]:
        """Cut the frame once where every network sees the same one: finding it is half the work."""
        crops = {predictor.entry.preprocessing.crop for predictor in self.predictors.values()}
        if len(self.predictors) == 1 or crops == {"none"} or len(crops) > 1:
            return self.predictors, case
        first = next(iter(self.predictors.values()))
        framed = replace(case, pixels=first.entry.preprocessing.frame(case.pixels))
        return {role: predictor.on_frames() for role, predictor in self.predictors.items()}, framed


def open_reader(pair: Pair, roles: Sequence[Role], *, threads: int | None = None) -> PairReader:
    """Open the networks of these roles and the check on the kind.

    Args:
        pair: whose networks.
        roles: served roles.
        threads: of ONNX Runtime in each network; None lets it choose.

    Raises:
        BundleError: a file is not the one the card names, or a role's weights do not ship.
    """
    familiarity = open_familiarity(pair)
    needed: tuple[Role, ...] = tuple(roles)
    if familiarity is not None and "student" not in needed:
        needed = (*needed, "student")
    predictors = {role: open_predictor(pair, role, threads=threads) for role in needed}
    return PairReader(pair, tuple(roles), predictors, familiarity)


def refuse_kind(verdict: FamiliarityVerdict, case: Case, modality: Modality) -> QualityError:
    """The error that names an unfamiliar case."""
    *said, remedy = (reason.rstrip(".") for reason in describe_unfamiliar(verdict, modality.image_name))
    problem = ". ".join(said)
    return QualityError(case.title, problem[0].lower() + problem[1:], remedy)

"""What can go wrong because of something a user did, in words a user can act on.

Every error names the thing it is about, what was expected of it, and what to do next. Anything else that
is raised inside :mod:`core` is a defect of ours.
"""

from __future__ import annotations


class TwinLensError(Exception):
    """Base of every error that a page or a command shows as it is.

    Args:
        subject: the file, option or name the error is about, as the user knows it.
        problem: what was found and what was expected, one clause without a full stop.
        remedy: what to do next, one clause without a full stop.
    """

    def __init__(self, subject: str, problem: str, remedy: str) -> None:
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{subject}: {problem}. {remedy}.")

    def __reduce__(self) -> tuple[type[TwinLensError], tuple[str, str, str]]:
        """As it has to be told to another process."""
        return type(self), (self.subject, self.problem, self.remedy)


class DecodeError(TwinLensError):
    """The bytes of an image cannot be read, or must not be."""


class QualityError(TwinLensError):
    """The image was read, but no model should be asked about it."""


class DataError(TwinLensError):
    """A data set is missing, incomplete, or not laid out as its publisher lays it out."""


class BundleError(TwinLensError):
    """A shipped pair is missing, altered, or does not fit this version of the code."""


class ConfigError(TwinLensError):
    """A name, an option or a preset is not one of the choices."""


class WeightsError(TwinLensError):
    """Pretrained weights cannot be found, reached, or loaded into the network that asked for them."""


class ParityError(TwinLensError):
    """An exported model does not give the probabilities of the network it was exported from."""

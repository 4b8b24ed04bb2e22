"""Values of a DICOM data set, read so that nothing a file says can end up in a message.

Every function takes a pydicom data set and a keyword of the DICOM dictionary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

AGAIN = "Export the picture again, or choose another slice"


def whole(elements: Dataset, keyword: str, shown: str, default: int | None = None) -> int:
    """A whole number of the head; missing or empty gives the default, where there is one.

    Raises:
        DecodeError: not one whole number, or missing without a default.
    """
    with quiet_values(shown, keyword):
        value = elements.get(keyword)
        if value is None or value == "" or value == []:
            if default is None:
                raise DecodeError(shown, f"the DICOM file does not state {keyword}", AGAIN)
            return default
        number = float(value)
        if number == int(number):
            return int(number)
    raise DecodeError(shown, f"the DICOM file states no whole number as {keyword}", AGAIN)


def numbers(elements: Dataset, keyword: str, shown: str) -> tuple[float, ...]:
    """The numbers of an element, () where it is missing or empty; they may be infinite or NaN.

    Raises:
        DecodeError: not numbers.
    """
    with quiet_values(shown, keyword):
        value = elements.get(keyword)
        if value is None or value == "":
            return ()
        several = value if not isinstance(value, str) and hasattr(value, "__iter__") else [value]
        return tuple(float(one) for one in several)
    return ()


def finite(elements: Dataset, keyword: str, shown: str, count: int) -> tuple[float, ...] | None:
    """``count`` finite numbers, or None where the element does not hold them, as it may."""
    try:
        found = numbers(elements, keyword, shown)
    except DecodeError:
        return None
    return found if len(found) == count and all(math.isfinite(one) for one in found) else None


def word(elements: Dataset, keyword: str) -> str:
    """The text of an element, empty where it is missing or no text. It must be matched, never shown."""
    try:
        value = elements.get(keyword)
    except Exception:  # noqa: BLE001 - whatever pydicom finds wrong with the text, there is none
        return ""
    if value is not None and not isinstance(value, str) and hasattr(value, "__getitem__"):
        value = "\\".join(str(one) for one in value)
    return str(value if value is not None else "").strip("\0 ")


@contextmanager
def quiet_values(shown: str, keyword: str) -> Iterator[None]:
    """Whatever pydicom finds wrong with an element becomes an error that does not quote its value."""
    failed = False
    try:
        yield
    except (TypeError, ValueError, OverflowError, KeyError, AttributeError, NotImplementedError):
        failed = True
    if failed:
        raise DecodeError(shown, f"the DICOM file states no valid {keyword}", AGAIN)

"""Nouns in sentences: what a modality or a reader calls a positive case, as one case and as several."""

from __future__ import annotations

_CHOSEN = "one of the "
_ENDINGS = (("us", "i"), ("sis", "ses"), ("x", "xes"), ("s", "s"), ("y", "ies"))


def single(noun: str) -> str:
    """A case by its noun: "melanoma" stays, "one of the chosen findings" is a "chosen finding"."""
    return noun.removeprefix(_CHOSEN).removesuffix("s") if noun.startswith(_CHOSEN) else noun


def plural(noun: str) -> str:
    """Several such cases: "melanomas", "naevi", "benign keratoses", "chosen findings"."""
    if noun.startswith(_CHOSEN):
        return noun.removeprefix(_CHOSEN)
    for ending, several in _ENDINGS:
        if noun.endswith(ending):
            return noun.removesuffix(ending) + several
    return f"{noun}s"


def count_of(count: int, noun: str) -> str:
    """``"1 melanoma"``, ``"1,200 melanomas"``."""
    return f"{count:,} {single(noun) if count == 1 else plural(noun)}"


def capital(text: str) -> str:
    """The first letter large, all others as they are: names of people keep theirs."""
    return text[:1].upper() + text[1:]


def finding_noun(name: str) -> str:
    """A finding's name inside a sentence: its first part, the first letter small."""
    first = name.split(" / ")[0]
    return first[:1].lower() + first[1:]

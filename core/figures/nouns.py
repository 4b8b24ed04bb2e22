"""Nouns in sentences: what a modality or a reader calls a positive case, as one case and as several."""

from __future__ import annotations

from typing import Literal

_CHOSEN = "one of the "
_UNCOUNTABLE = ("pathy",)
_HAVING = {"are": "have", "be": "have", "are not": "do not have"}
_ENDINGS = (("us", "i"), ("sis", "ses"), ("x", "xes"), ("s", "s"), ("y", "ies"))


def single(noun: str) -> str:
    """A case by its noun: "melanoma" stays, "one of the chosen findings" is a "chosen finding"."""
    return noun.removeprefix(_CHOSEN).removesuffix("s") if noun.startswith(_CHOSEN) else noun


def plural(noun: str) -> str:
    """Several such cases: "melanomas", "naevi", "chosen findings", "cases of mild retinopathy"."""
    if noun.startswith(_CHOSEN):
        return noun.removeprefix(_CHOSEN)
    head, word, rest = noun.partition(" without ")
    if word:
        return f"{plural(head)}{word}{rest}"
    if noun.endswith(_UNCOUNTABLE):
        return f"cases of {noun}"
    for ending, several in _ENDINGS:
        if noun.endswith(ending):
            return noun.removesuffix(ending) + several
    return f"{noun}s"


def count_of(count: int, noun: str) -> str:
    """``"1 melanoma"``, ``"1,200 melanomas"``, ``"1 case of mild retinopathy"``."""
    if count == 1 and noun.endswith(_UNCOUNTABLE) and " without " not in noun:
        return f"1 case of {noun}"
    return f"{count:,} {single(noun) if count == 1 else plural(noun)}"


def one(noun: str) -> str:
    """One such case with its article: "a melanoma", "another lesion", "a case of mild retinopathy"."""
    if noun.startswith("other "):
        return f"another {noun.removeprefix('other ')}"
    case = case_of(noun)
    return f"{'an' if case[:1] in 'aeiou' else 'a'} {case}"


def case_of(noun: str) -> str:
    """One such case without an article: "melanoma", "chosen finding", "case of mild retinopathy"."""
    return count_of(1, noun).removeprefix("1 ")


def state(verb: Literal["are", "be", "are not"], noun: str) -> str:
    """What is said of cases: a lesion is a finding, an eye or a slice has one.

    For example ``"are melanoma"``, ``"have mild retinopathy"``, ``"do not have mild retinopathy"``.
    """
    had = noun.endswith(_UNCOUNTABLE) or noun == "malignancy"
    return f"{_HAVING[verb] if had else verb} {noun}"


def capital(text: str) -> str:
    """The first letter large, all others as they are: names of people keep theirs."""
    return text[:1].upper() + text[1:]


def finding_noun(name: str) -> str:
    """A finding's name inside a sentence: its first part, the first letter small."""
    first = name.split(" / ")[0]
    return first[:1].lower() + first[1:]

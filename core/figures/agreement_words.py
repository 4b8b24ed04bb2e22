"""How alike two networks' maps of one picture are, in words: a verdict, what lies where, and four figures."""

from __future__ import annotations

import math
from typing import Literal

from core.figures.map_words import describe_subject
from core.figures.saliency import say_place
from core.figures.wording import NO_BREAK
from core.types import MapAgreement, RegionNote, RegionNotes

Table = dict[str, list[str]]
AgreementVerdict = Literal["alike", "partly", "different", "unknown"]

ALIKE_FROM, PARTLY_FROM = 0.5, 0.25
"""Overlap from which maps are alike, and partly alike. By chance it is about 0.12. Of 120
Grad-CAMs of the shipped melanoma pair's teacher on ISIC 2017, each held against the student's of another
picture, 10 in 100 are partly alike and none is alike."""
ALIKE_RANK = 0.5
"""Rank correlation that alike maps have too."""
WORTH_SAYING = 0.02
"""Share of the picture that further pieces of a region must have to be mentioned, beside half of its own."""

PARTLY_SURROUND = 0.25
"""Share of a region on the dark surround from which it is mentioned."""

VERDICTS: dict[AgreementVerdict, str] = {
    "alike": "Alike",
    "partly": "Partly alike",
    "different": "Different",
    "unknown": "Cannot be compared",
}
BOUNDS = (
    f"Alike: of all that either network marks, both mark at least {ALIKE_FROM:.0%}, and the order of places "
    f"correlates with at least {ALIKE_RANK}. Different: both mark less than {PARTLY_FROM:.0%}. Partly alike: "
    "all between."
).replace("%", f"{NO_BREAK}%")
"""What the verdicts stand for; fixed, and the same for every picture and method."""


def judge_agreement(agreement: MapAgreement) -> AgreementVerdict:
    """The verdict on two maps, by :data:`BOUNDS`; unknown where either figure is undefined."""
    if not agreement.rank.defined or math.isnan(agreement.overlap):
        return "unknown"
    if agreement.overlap < PARTLY_FROM:
        return "different"
    return "alike" if agreement.overlap >= ALIKE_FROM and agreement.rank.rho >= ALIKE_RANK else "partly"


def describe_agreement(
    agreement: MapAgreement,
    notes: RegionNotes,
    *,
    finding: str,
    one: str = "teacher",
    other: str = "student",
    methods: tuple[str, ...] = ("gradcam",),
    distractions: str = "",
) -> tuple[str, ...]:
    """What two maps of one picture have in common, one sentence each, the verdict first.

    Args:
        agreement, notes: measured on the same two maps.
        finding: what the maps are evidence for, inside a sentence.
        one, other: whose maps, inside a sentence.
        methods: how the maps were made.
        distractions: what both might be misled by, as :class:`core.modalities.base.Modality` has it.
    """
    verdict = judge_agreement(agreement)
    if verdict == "unknown":
        reason = agreement.rank.reason.replace("first map", f"{one}'s map").replace(
            "second map", f"{other}'s map"
        )
        return (f"**{VERDICTS[verdict]}:** {reason or 'the maps have too few places'}.",)
    shared, chance = _whole_percent(agreement.overlap), _whole_percent(agreement.chance_overlap)
    misled = f", such as {distractions}" if distractions else ""
    return (
        f"**{VERDICTS[verdict]}:** of all that either network marks, {shared} is marked by both; maps that "
        f"know nothing of each other would share about {chance}.",
        describe_places(notes, one=one, other=other, overlap=agreement.overlap),
        "What a network marks is the fifth of the picture, at most, in which its map shows most of "
        f"{describe_subject(methods, finding)}.",
        f"Networks that agree need not be right: both can be misled by the same thing{misled}. Nor is one of "
        "them wrong because they differ.",
    )


def describe_places(
    notes: RegionNotes, *, one: str = "teacher", other: str = "student", overlap: float | None = None
) -> str:
    """What both networks look at and what only one does, in one sentence.

    Args:
        notes: measured on two maps.
        one, other: whose maps, inside a sentence.
        overlap: :attr:`core.types.MapAgreement.overlap`, so that sentence and verdict fit; that of the notes
            if None.
    """
    named = ((one, notes.marked_one), (other, notes.marked_other))
    lacking = [name for name, marked in named if not marked.any()]
    if lacking:
        whose = "Neither network marks" if len(lacking) == 2 else f"The {lacking[0]} does not mark"
        return f"{whose} one place more than others."
    if overlap is None:
        either = int((notes.marked_one | notes.marked_other).sum())
        overlap = int((notes.marked_one & notes.marked_other).sum()) / either
    if notes.both is None and overlap < PARTLY_FROM:
        return f"The two networks look at different places: {_list_apart(notes, one, other)}."
    if notes.both is None:
        common = "What both networks look at is scattered over small spots"
    elif overlap < PARTLY_FROM:
        common = f"The two networks share little: {_with_article(notes.both)}"
    else:
        common = f"Both networks look at the same {_name_area(notes.both)}"
    return "; ".join(filter(None, (common, _list_left_out(notes, one, other)))) + "."


def tabulate_agreement(agreement: MapAgreement) -> Table:
    """The four figures with what each means; a column title to its cells."""
    chance = _whole_percent(agreement.chance_overlap)
    return {
        "Figure": ["Order of places (ρ)", "Marked by both", "Likeness of pattern", "Distance of centres"],
        "Here": [
            _number(agreement.rank.rho),
            _whole_percent(agreement.overlap),
            _number(agreement.ssim),
            _whole_percent(agreement.distance),
        ],
        "What it means": [
            "Do both networks rank the places of the picture alike? 1: in the same order; 0: no relation; "
            "−1: in opposite order.",
            f"Of all that either network marks most, the part that both mark. 100{NO_BREAK}%: the same "
            f"places; by chance about {chance}.",
            "Do the maps rise and fall together (SSIM)? 1: the same map. Places where both maps show nothing "
            "count as alike, so maps with one small spot each score high.",
            "How far apart the middles of both maps are, as a share of the picture's diagonal. Two maps with "
            "spots all over have their middles close together too.",
        ],
    }


def _list_left_out(notes: RegionNotes, one: str, other: str) -> str:
    if notes.only_one is None:
        return "" if notes.only_other is None else f"the {one} leaves out {_with_article(notes.only_other)}"
    left_out = f"the {other} leaves out {_with_article(notes.only_one)}"
    if notes.only_other is None:
        return left_out
    return f"{left_out}, and instead looks at {_with_article(notes.only_other)}"


def _list_apart(notes: RegionNotes, one: str, other: str) -> str:
    parts = [
        f"the {name} at {_with_article(note)}" if note is not None else f"the {name} at scattered small spots"
        for name, note in ((one, notes.only_one), (other, notes.only_other))
    ]
    return ", ".join(parts)


def _with_article(note: RegionNote) -> str:
    name = _name_area(note)
    if note.mostly_surround or _is_scattered(note):
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _is_scattered(note: RegionNote) -> bool:
    """Whether the piece described is the smaller part of its region."""
    return note.elsewhere > note.share


def _name_area(note: RegionNote) -> str:
    """``"darker, blue-grey area at the upper left"``, without an article."""
    words = [word for word in (note.tone, note.colour) if word]
    looks = (", " if note.colour == "blue-grey" else " and ").join(words)
    where = _say_where(note)
    if note.mostly_surround:
        name = f"part of the dark surround {where}"
    elif _is_scattered(note):
        return f"areas here and there, the largest {looks} {where}".replace("  ", " ")
    else:
        holds = f" with most of the picture's {note.holds} parts" if note.holds and not note.tone else ""
        partly = ", partly dark surround" if note.on_surround >= PARTLY_SURROUND else ""
        name = f"{looks} area {where}{holds}{partly}".strip()
    more = note.elsewhere >= WORTH_SAYING and 2 * note.elsewhere >= note.share
    return f"{name} and further areas" if more else name


def _say_where(note: RegionNote) -> str:
    place = say_place(note.down, note.across)
    if note.around:
        return f"around {place.removeprefix('in ').removeprefix('at ')}"
    return f"{place} edge" if note.mostly_at_edge and not note.mostly_surround else place


def _whole_percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share * 100:.0f}{NO_BREAK}%"


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    text = f"{abs(value):.2f}"
    return f"−{text}" if value < 0 and float(text) else text

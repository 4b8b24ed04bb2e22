"""Printed figures above those measured here: never in one row, and never said to be comparable."""

from __future__ import annotations

from core.evaluation.per_class import report_classes, report_held_out
from core.evaluation.published_summary import find_summary, limit_summary
from core.figures.published_summary import describe_cases, describe_summary, tabulate_summary, warn_of_summary
from core.types import PublishedCount, PublishedNetwork, PublishedSummary
from tests.held_out_factory import draw_cases

SUMMARY = PublishedSummary(
    modality="dermoscopy",
    citation="Someone",
    data="50 pictures",
    differs="Much.",
    decimals=3,
    parts=(100, 50, 50),
    stratified=False,
    networks=(
        PublishedNetwork("teacher", "A", 0.9, (2, 2)),
        PublishedNetwork("control", "B", 0.88, (1, 1)),
    ),
    count=PublishedCount("mel", "melanoma", 2, 20, 30, 90),
)


def plain(cell: str) -> str:
    return cell.replace("\N{NO-BREAK SPACE}", " ")


def test_every_network_has_a_row_of_its_own() -> None:
    held_out = draw_cases(60, group_size=2)
    reports = {
        role: report_held_out(held_out, role, scale="nominal", resamples=20) for role in held_out.roles
    }
    table = tabulate_summary(reports, SUMMARY, limit_summary(SUMMARY))
    assert table["Network"] == [
        "Printed: A, teacher",
        "Printed: B, without a teacher",
        "Printed: network not named",
        "Here: teacher",
        "Here: student",
        "Here: control",
    ]
    assert table["Cases"] == ["50"] * 3 + ["60"] * 3
    # Wilson of 45 of 50 and of 18 of 20
    assert [plain(cell) for cell in table["Accuracy"][:3]] == [
        "90.0 % (78.6–95.7)",
        "88.0 % (76.2–94.4)",
        "–",
    ]
    recalls = [plain(cell) for cell in table["Recall of melanoma"]]
    assert recalls[:3] == ["–", "–", "18 of 20: 90.0 % (69.9–97.2)"]
    mel = reports["student"].classes[0]
    found = round(mel.recall.value * mel.support)
    assert recalls[4].startswith(f"{found} of {mel.support}: {100 * mel.recall.value:.1f} % (")


def test_a_count_whose_network_is_known_stands_in_its_row() -> None:
    held_out = draw_cases(60)
    reports = {"student": report_held_out(held_out, "student", scale="nominal", resamples=20)}
    count = PublishedCount("mel", "melanoma", 2, 20, 30, 90, network="A")
    summary = PublishedSummary(**{**vars(SUMMARY), "count": count})
    table = tabulate_summary(reports, summary, limit_summary(summary))
    assert len(table["Network"]) == 3 and plain(table["Recall of melanoma"][0]).startswith("18 of 20")


def test_a_class_without_cases_here_says_so() -> None:
    held_out = draw_cases(60)
    kept = held_out.target != "mel"
    report = report_classes(
        held_out.probs["student"][kept],
        held_out.target[kept],
        held_out.groups[kept],
        classes=held_out.classes,
        resamples=20,
    )
    table = tabulate_summary({"student": report}, SUMMARY, limit_summary(SUMMARY))
    assert table["Recall of melanoma"][-1] == "undefined: no case of this class"


def test_words_say_why_there_is_nothing_to_compare() -> None:
    held_out = draw_cases(60, group_size=2)
    text = describe_summary(SUMMARY, describe_cases(held_out))
    assert warn_of_summary(SUMMARY) == "These figures cannot be compared with each other. Much."
    assert "take its 50 cases for independent, which they are not" in text
    assert "60 made-up cases, n = 60 in 30 groups" in text and "2 of 20 melanoma missed" in text


def test_no_sentence_about_lung_calls_one_of_them_better() -> None:
    summary = find_summary("ct")
    assert summary is not None
    text = f"{warn_of_summary(summary)} {describe_summary(summary, 'x')}".lower()
    for phrase in ("near copies among those of training", "origin is not stated", "networks"):
        assert phrase in text
    assert not any(word in text for word in ("better", "worse", "higher", "lower", "outperform"))

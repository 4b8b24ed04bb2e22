"""The command that says whether a student is smaller and faster than its teacher."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from core.cli import pairs
from core.cli.arguments import PairArgument
from core.cli.output import JsonOption, print_json, print_table, print_text


def add_commands(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    app.command()(sizes)


def sizes(
    pair_name: PairArgument,
    *,
    runs: Annotated[
        int, typer.Option(min=0, help="Timed readings by each network, taking turns; 0 leaves time out.")
    ] = 15,
    threads: Annotated[int, typer.Option(min=1, help="Threads ONNX Runtime may use.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Audit sizes and speed: is a student smaller and faster than its teacher, and which one to use."""
    from core.bundle import PREDICTIONS_NAME
    from core.evaluation.held_out import list_held_out, load_held_out
    from core.evaluation.size_audit import audit_sizes
    from core.figures.size_wording import describe_ground, describe_student, recommend, tabulate_sizes

    pair = pairs.load_pair(pair_name)
    names = list_held_out(pair) if PREDICTIONS_NAME in pair.card.files else ()
    held_out = load_held_out(pair, names[0]) if names else None
    measured = held_out is not None and set(pair.served_roles) <= set(held_out.roles)
    audit = audit_sizes(
        pair,
        held_out if measured else None,
        latency=pairs.time_networks(pair, threads=threads, runs=runs) if runs else None,
    )
    words = {student.role: describe_student(student) for student in audit.students}
    advice = recommend(audit).replace("**", "")
    if as_json:
        record: dict[str, Any] = asdict(audit)
        for student, entry in zip(audit.students, record["students"], strict=True):
            entry |= {"bigger": student.bigger, "slower": student.slower, "words": words[student.role]}
        print_json(record | {"words": advice})
        return
    table = tabulate_sizes(audit)
    rows = range(len(table[""]))
    print_table([{head or audit.pair: cells[row] for head, cells in table.items()} for row in rows])
    print()
    for sentence in (*words.values(), advice, describe_ground(audit)):
        print_text(sentence)

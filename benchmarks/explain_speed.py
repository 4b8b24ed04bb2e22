"""What explanations cost, as ratios measured in one run: ``python -m benchmarks.explain_speed [PAIR ...]``.

Everything runs on one thread, taking turns; milliseconds are of this machine, only the ratios can be
compared, and those marked "noisy" not even that. Three questions:

1. Grad-CAM of teacher and student as the first page shows it, from the decoded picture to the figures' JSON,
   against one forward and backward pass of the two networks in plain torch. At most 1.2 is the aim.
2. Each method against the same method of the grad-cam package or captum, called as their manuals do, with
   the same number of passes where the library lets one choose; on the pair's student. Where both mean the
   same map, how far the two differ.
3. The quick methods sharing one subject, as a page has them, against each alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial

import torch

from benchmarks.explain_libraries import LIBRARY, describe_difference
from core.bundle import Pair, list_pairs, load_pair
from core.explain.base import EXPLAINERS, list_explainers
from core.explain.subject import Subject
from core.figures.panels import prepare_backdrop
from core.figures.saliency import plot_heatmaps
from core.intake.samples import open_first_sample
from core.latency import measure_interleaved, read_machine_load
from core.networks.base import Network
from core.predict import build_subject, explain_case, open_network
from core.types import Case, Heatmap, LatencyReport, Role

FAST = 3
"""Passes of a method that is measured often."""
Run = Callable[[], object]


def main(*names: str) -> None:
    torch.set_num_threads(1)
    for name in names or list_pairs():
        pair = load_pair(name)
        case = open_first_sample(pair.card.modality)
        print(f"\n{name}; load a core at the start {read_machine_load()}")
        measure_page(pair, case)
        measure_methods(pair, case)
        measure_sharing(pair, case)


def measure_page(pair: Pair, case: Case) -> None:
    """Question 1."""
    roles = pair.served_roles[:2]
    networks = {role: open_network(pair, role) for role in roles}
    trained = {role: open_network(pair, role).requires_grad_(True) for role in roles}
    subjects = {role: build_subject(pair, role, networks[role], case) for role in roles}
    code = pair.card.positives[0]
    index = pair.card.classes.index(code)
    runs: dict[str, Run] = {
        "raw, gradients of the weights": lambda: [
            pass_raw(trained[role], subjects[role], index) for role in roles
        ],
        "raw, gradients of the picture": lambda: [
            pass_raw(networks[role], subjects[role], index) for role in roles
        ],
        "Grad-CAM": lambda: [
            explain_case(pair, role, networks[role], case, class_code=code) for role in roles
        ],
        "Grad-CAM, figures": lambda: show_page(pair, case, networks, code),
        "another class of the same case": lambda: [
            explain_case(pair, role, networks[role], case, class_code=code, subject=subjects[role])
            for role in roles
        ],
        "figures alone": partial(draw_page, pair, case, explain_page(pair, case, networks, code)),
    }
    reports = measure_interleaved(runs, threads=1, n=20, warmup=3)
    base = "raw, gradients of the weights"
    print_table("teacher and student, as the page shows them", reports, base)


def pass_raw(network: Network, subject: Subject, index: int) -> object:
    """Forward and backward once, as the grad-cam package does, or to the picture where weights are frozen."""
    network.zero_grad()
    if next(network.parameters()).requires_grad:
        network(subject.x, subject.topology)[0, index].backward()
        return None
    x = subject.x.detach().requires_grad_(True)
    return torch.autograd.grad(network(x, subject.topology)[0, index], x)


def explain_page(
    pair: Pair, case: Case, networks: Mapping[Role, Network], code: str
) -> list[tuple[str, Heatmap]]:
    return [
        (role, explain_case(pair, role, network, case, class_code=code)) for role, network in networks.items()
    ]


def draw_page(pair: Pair, case: Case, panels: list[tuple[Role, Heatmap]]) -> list[str]:
    """Both arrangements, for wide screens and for phones, to JSON."""
    crops = {pair.network(role).preprocessing.crop: role for role, _ in panels}
    known = {
        crop: prepare_backdrop(pair.network(role).preprocessing.frame(case.pixels, found_on=case.pixels))
        for crop, role in crops.items()
    }
    backdrops = [known[pair.network(role).preprocessing.crop] for role, _ in panels]
    return [
        plot_heatmaps(backdrops, panels, finding_name="it", arrangement=arrangement).to_json()
        for arrangement in ("row", "column")
    ]


def show_page(pair: Pair, case: Case, networks: Mapping[Role, Network], code: str) -> list[str]:
    return draw_page(pair, case, explain_page(pair, case, networks, code))


def measure_methods(pair: Pair, case: Case) -> None:
    """Question 2."""
    network = open_network(pair, "student")
    subject = build_subject(pair, "student", network, case)
    index = choose_class(subject)
    print("\n  student, each method against the library's own; ratios are library over ours")
    heads = f"{'ours ms':>9}{'library ms':>12}{'passes':>10}{'ratio':>8}{'a pass':>8}"
    print(f"  {'':24}{heads}  largest difference")
    for method in list_explainers(network):
        if method not in LIBRARY:
            continue
        library, passes_of = LIBRARY[method]
        explainer = EXPLAINERS.get(method)
        ours = partial(explain_anew, subject, method, index)
        theirs = partial(library, subject, index)
        reports = measure_interleaved(
            {"ours": ours, "library": theirs},
            threads=1,
            n=20 if explainer.passes <= FAST else 5,
            warmup=3 if explainer.passes <= FAST else 1,
        )
        own, other = reports["ours"], reports["library"]
        ratio = other.median_ms / own.median_ms
        passes = explainer.passes, passes_of(network)
        noisy = " noisy" if own.noisy or other.noisy else ""
        print(
            f"  {method:24}{own.median_ms:9.1f}{other.median_ms:12.1f}{passes[0]:>5}/{passes[1]:<4}"
            f"{ratio:8.2f}{ratio * passes[0] / passes[1]:8.2f}"
            f"  {describe_difference(method, ours().values, theirs())}{noisy}"
        )


def choose_class(subject: Subject) -> int:
    """The most probable class, which the methods find evidence for."""
    with torch.inference_mode():
        return int(subject.forward(subject.x)[0].argmax())


def explain_anew(subject: Subject, method: str, index: int) -> Heatmap:
    """Of a subject that nothing has been computed of yet."""
    anew = Subject(subject.network, subject.x, subject.topology)
    return EXPLAINERS.get(method).explain(anew, index, "")


def measure_sharing(pair: Pair, case: Case) -> None:
    """Question 3."""
    network = open_network(pair, "student")
    subject = build_subject(pair, "student", network, case)
    index = choose_class(subject)
    quick = [name for name in list_explainers(network) if EXPLAINERS.get(name).passes <= FAST]

    def share() -> list[Heatmap]:
        shared = Subject(network, subject.x, subject.topology)
        return [EXPLAINERS.get(method).explain(shared, index, "") for method in quick]

    runs: dict[str, Run] = {
        "each with a subject of its own": lambda: [explain_anew(subject, method, index) for method in quick],
        "sharing one subject": share,
    }
    reports = measure_interleaved(runs, threads=1, n=20, warmup=3)
    print_table(f"student: {', '.join(quick)}", reports, "each with a subject of its own")


def print_table(title: str, reports: Mapping[str, LatencyReport], base: str) -> None:
    print(f"\n  {title}\n  {'':34}{'median ms':>10}{'p95 ms':>9}{'ratio':>8}")
    for label, report in reports.items():
        noisy = "  noisy" if report.noisy or reports[base].noisy else ""
        ratio = report.median_ms / reports[base].median_ms
        print(f"  {label:34}{report.median_ms:10.1f}{report.p95_ms:9.1f}{ratio:8.2f}{noisy}")


if __name__ == "__main__":
    main(*sys.argv[1:])

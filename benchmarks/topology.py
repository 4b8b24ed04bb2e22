"""What one frame's topology costs, as ratios measured in one run: ``python -m benchmarks.topology [FOLDER]``.

Uses scikit-image's fundus photograph, or up to 20 images of a folder. The reference is giotto-tda's own way,
``CubicalPersistence`` and ``PersistenceImage`` with their defaults, on the same greyscale; ours is cripser
and numpy. Prints one JSON object. One thread, taking turns; milliseconds are of this machine, only the
ratios can be compared.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from gtda.diagrams import PersistenceImage
from gtda.homology import CubicalPersistence
from PIL import Image
from skimage.data import retina
from threadpoolctl import threadpool_limits

from core.latency import measure_interleaved, read_machine_load
from core.topology.diagram import compute_diagram
from core.topology.erase import erase_feature
from core.topology.grey import compute_grey
from core.topology.spec import fit_topology_spec
from core.topology.stability import measure_stability


def main(folder: str | None = None) -> None:
    if folder is None:
        frames = [np.asarray(Image.fromarray(retina()).resize((224, 224), Image.Resampling.BOX))]
    else:
        files = sorted(path for path in Path(folder).iterdir() if path.suffix in {".jpg", ".png"})
        frames = [np.asarray(Image.open(file).convert("RGB")) for file in files[:: -(-len(files) // 20)]]
    spec = fit_topology_spec(frames)
    greys = [compute_grey(frame) for frame in frames]
    diagrams = [compute_diagram(grey) for grey in greys]
    cubical = CubicalPersistence(homology_dimensions=(0, 1))
    vectors = PersistenceImage(n_bins=spec.bins)
    vectors.fit(cubical.fit_transform(np.stack(greys)))

    def giotto_alone() -> None:
        for grey in greys:
            cubical.fit_transform(grey[None])

    def giotto_whole() -> None:
        for grey in greys:
            vectors.transform(cubical.fit_transform(grey[None]))

    def ours_whole() -> None:
        for grey in greys:
            spec.summed(compute_diagram(grey))

    runs = {
        "greyscale": lambda: [compute_grey(frame) for frame in frames],
        "diagram, cripser": lambda: [compute_diagram(grey) for grey in greys],
        "diagram, giotto-tda": giotto_alone,
        "persistence image, ours": lambda: [spec.summed(diagram) for diagram in diagrams],
        "diagram and image, ours": ours_whole,
        "diagram and image, giotto-tda": giotto_whole,
        "frame to network input": lambda: [spec.apply(frame) for frame in frames],
        "erase one feature": lambda: erase_feature(frames[0], diagrams[0], 1),
        "stability panel": lambda: measure_stability(frames[0], spec),
    }
    shared = {
        label: 1 if label in ("erase one feature", "stability panel") else len(frames) for label in runs
    }
    with threadpool_limits(1):
        reports = measure_interleaved(runs, threads=1, n=20, warmup=3)
    per_image = {label: report.median_ms / shared[label] for label, report in reports.items()}
    least = {label: report.min_ms / shared[label] for label, report in reports.items()}
    against = {
        "diagram: giotto-tda over cripser": ("diagram, giotto-tda", "diagram, cripser"),
        "diagram and image: giotto-tda over ours": (
            "diagram and image, giotto-tda",
            "diagram and image, ours",
        ),
    }
    print(
        json.dumps(
            {
                "images": len(frames),
                "load_per_core": read_machine_load(),
                "noisy": [label for label, report in reports.items() if report.noisy],
                "median_ms_per_image": {label: round(value, 3) for label, value in per_image.items()},
                "least_ms_per_image": {label: round(value, 3) for label, value in least.items()},
                "ratios": {name: round(per_image[a] / per_image[b], 1) for name, (a, b) in against.items()},
                "ratios_of_least": {name: round(least[a] / least[b], 1) for name, (a, b) in against.items()},
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

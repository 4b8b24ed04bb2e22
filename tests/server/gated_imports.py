"""Streamlit whose imports of model libraries wait until somebody says that the page's answers have arrived.

``python -m tests.server.gated_imports run app.py`` with ``TWINLENS_GATE`` naming a folder: the first import
of a library in :data:`HEAVY` writes its name to ``imported`` and waits for a file ``seen``; where none comes,
``gave_up`` is written and the import goes on. So the order of events is shown without a clock: answers that
arrive while an import waits were sent before it.
"""

from __future__ import annotations

import os
import sys
import time
from importlib.abc import MetaPathFinder
from pathlib import Path

from streamlit.web.cli import main

HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "lightning",
    "gtda",
    "captum",
    "pytorch_grad_cam",
    "torchmetrics",
)
PATIENCE_S = 90


class Gate(MetaPathFinder):
    """Finds nothing, and lets pass what is not heavy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname in HEAVY:
            with (self.folder / "imported").open("a") as log:
                log.write(f"{fullname}\n")
            until = time.monotonic() + PATIENCE_S
            while not (self.folder / "seen").exists():
                if time.monotonic() > until:
                    (self.folder / "gave_up").touch()
                    break
                time.sleep(0.02)
        return None


if __name__ == "__main__":
    loaded = [name for name in HEAVY if name in sys.modules]
    if loaded:
        raise RuntimeError(f"{loaded} are loaded before the app is")
    sys.meta_path.insert(0, Gate(Path(os.environ["TWINLENS_GATE"])))
    main()

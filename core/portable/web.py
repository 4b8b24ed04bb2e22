"""The page that runs an exported network in a browser: which files it is made of, and where they come from.

The scripts are plain modules and lie in ``core/portable/web``. ONNX Runtime Web comes from npm (``make
web-runtime``) and is copied beside them, so that the page asks nothing of any other host.
"""

from __future__ import annotations

import json
from pathlib import Path

from core.errors import ConfigError
from core.modalities.base import Preprocessing

WEB = Path(__file__).resolve().parent / "web"
PAGE = "index.html"
SCRIPTS = (
    "app.js",
    "decode.js",
    "frame.js",
    "masks.js",
    "network.js",
    "prepare.js",
    "resize.js",
    "show.js",
    "style.css",
    "topology.js",
)
PACKAGE = "onnxruntime-web"
RUNTIME = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
PORTED: frozenset[str] = frozenset({"none", "field_of_view", "body"})
"""The crops that the page's scripts know."""


def read_web_files(preprocessing: Preprocessing) -> dict[str, bytes]:
    """Path within an export to content, for everything the page needs beside network and model.json.

    Raises:
        ConfigError: the page cannot prepare such pictures; or ONNX Runtime Web is not installed, or not in
            the version that the project names.
    """
    if preprocessing.crop not in PORTED:
        raise ConfigError(
            "--web",
            f"the page cannot cut pictures by {preprocessing.crop!r}, it knows {', '.join(sorted(PORTED))}",
            "Export without --web, or write the crop in core/portable/web/frame.js",
        )
    runtime = _find_runtime()
    files = {PAGE: (WEB / PAGE).read_bytes(), "worker.js": (WEB / "worker.js").read_bytes()}
    files |= {f"web/{name}": (WEB / name).read_bytes() for name in SCRIPTS}
    return files | {f"web/{name}": (runtime / name).read_bytes() for name in RUNTIME}


def _find_runtime() -> Path:
    wanted = json.loads((WEB / "package.json").read_text(encoding="utf-8"))["dependencies"][PACKAGE]
    package = WEB / "node_modules" / PACKAGE
    try:
        found = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except OSError:
        found = None
    if found != wanted or not all((package / "dist" / name).is_file() for name in RUNTIME):
        state = "is not installed" if found is None else f"is version {found} or incomplete"
        raise ConfigError(
            "--web", f"{PACKAGE} {state}, the page needs version {wanted}", "Run `make web-runtime`"
        )
    return package / "dist"

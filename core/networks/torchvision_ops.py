"""Make ``import torchvision`` work where its compiled operators cannot load.

The torchvision of a package registry is compiled for CUDA; beside a CPU build of torch its library does not
load, and ``import torchvision`` (hence timm, grad-cam, torchmetrics) stops at "operator torchvision::nms
does not exist", because Python code describes an operator that no library defined. Defining the two bare
schemas is enough: nothing here calls them, and calling one still says that it has no kernel.
"""

from __future__ import annotations

import importlib
import sys

import torch
from torch import library

_BOXES = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
SCHEMAS = {"torchvision::nms": f"nms{_BOXES}", "torchvision::qnms": f"qnms{_BOXES}"}
"""Operators whose absence stops the import, with the schemas that torchvision itself gives them."""

_LIBRARY = library.Library("torchvision", "FRAGMENT")
"""Held for the life of the process: a definition is withdrawn when its library object is collected."""


def missing_operators() -> tuple[str, ...]:
    """Names in :data:`SCHEMAS` that no library has defined in this process."""
    return tuple(name for name in SCHEMAS if not torch._C._jit_get_schemas_for_operator(name))


def ensure_torchvision() -> None:
    """Import torchvision; where that fails for want of operators, define them and import it again.

    A healthy installation is imported as it is: its library defines the operators itself, and a definition
    made beforehand would clash with it. After a failed import, here or earlier elsewhere, the half-imported
    modules are removed first, so that the second import starts afresh.

    Raises:
        RuntimeError: the import failed for another reason.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        missing = missing_operators()
        if not missing:
            raise
        for name in missing:
            _LIBRARY.define(SCHEMAS[name])
        for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[module]
        importlib.import_module("torchvision")

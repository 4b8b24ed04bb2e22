"""Every case runs in a process of its own: what is imported cannot be taken back in this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CASES = {
    "fresh, and asked twice": """
import core.networks
from core.networks.torchvision_ops import ensure_torchvision, missing_operators
ensure_torchvision()
if missing_operators():
    raise SystemExit("an operator is still missing")
""",
    "half imported before": """
try:
    import torchvision
except RuntimeError:
    pass
import core.networks
""",
}


@pytest.mark.parametrize("case", CASES)
def test_what_needs_torchvision_imports_after_the_room(case: str) -> None:
    code = CASES[case] + "\nimport torchvision, timm, pytorch_grad_cam\nprint(torchvision.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_healthy_torchvision_is_left_alone(tmp_path: Path) -> None:
    """A stand-in that imports without trouble: nothing may be defined for it."""
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text("healthy = True\n")
    ops = Path(__file__).resolve().parents[2] / "core" / "networks" / "torchvision_ops.py"
    code = (
        "import importlib.util, sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"spec = importlib.util.spec_from_file_location('ops', {str(ops)!r})\n"
        "ops = importlib.util.module_from_spec(spec); spec.loader.exec_module(ops)\n"
        "ops.ensure_torchvision()\n"
        "import torchvision; print(torchvision.healthy, len(ops.missing_operators()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "2"], done.stderr


def test_another_import_failure_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text("raise RuntimeError('something else')\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport core.networks"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "something else" in done.stderr

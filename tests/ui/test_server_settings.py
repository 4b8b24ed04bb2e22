"""What the server is told in `.streamlit/config.toml`, and what no page may draw a stranger's text with."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from streamlit import config

from core.intake.limits import DEFAULT_LIMITS

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
PAGES = sorted([ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "core" / "ui").rglob("*.py")])


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("server", "maxUploadSize", 25),
        ("server", "enableCORS", True),
        ("server", "enableXsrfProtection", True),
        ("server", "enableStaticServing", False),
        ("server", "enableAgentApi", False),
        ("client", "showErrorDetails", "none"),
        ("client", "showErrorLinks", "false"),
        ("client", "toolbarMode", "viewer"),
        ("runner", "postScriptGC", False),
        ("runner", "magicEnabled", False),
        ("browser", "gatherUsageStats", False),
    ],
)
def test_the_server_is_hardened(section, name, value):
    assert SETTINGS[section][name] == value


def test_every_setting_exists_in_this_streamlit():
    known = set(config.get_config_options())
    plain = {section: names for section, names in SETTINGS.items() if section != "theme"}
    assert plain
    for section, names in plain.items():
        assert {f"{section}.{name}" for name in names} <= known


def test_server_and_intake_agree_on_the_largest_file():
    assert SETTINGS["server"]["maxUploadSize"] * 2**20 == DEFAULT_LIMITS.max_bytes


def _calls() -> list[tuple[Path, ast.Call]]:
    trees = [(path, ast.parse(path.read_text())) for path in PAGES]
    return [(path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_markup_is_drawn_from_constants_alone():
    """`st.html` and `unsafe_allow_html` take a module's own constant: nothing of a file can reach them."""
    seen = 0
    for path, call in _calls():
        told = ast.unparse(call.func)
        unsafe = told.endswith("st.html") or any("unsafe" in (word.arg or "") for word in call.keywords)
        if unsafe:
            seen += 1
            assert len(call.args) == 1, path
            assert isinstance(call.args[0], ast.Name | ast.Constant), path
            assert ast.unparse(call.args[0]).isupper() or isinstance(call.args[0], ast.Constant), path
        assert "components.v1" not in told, path
        assert "unsafe_allow_javascript" not in [word.arg for word in call.keywords], path
    assert seen >= 1


def test_no_cache_is_keyed_by_what_a_file_is_called():
    """A shared cache lives on for the next visitor: its key may be a hash or a network's name, no file's."""
    forbidden = {"title", "name", "file", "filename", "upload", "case", "_case", "content"}
    decorated = 0
    for path in PAGES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            if not any("cache_" in ast.unparse(one) for one in node.decorator_list):
                continue
            decorated += 1
            taken = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
            if (path.name, node.name) != ("picker.py", "_sample"):  # names of the application's own samples
                assert not taken & forbidden, (path.name, node.name, taken & forbidden)
    assert decorated >= 10

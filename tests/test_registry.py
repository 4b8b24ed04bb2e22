"""The registry: filed once, found by name, a miss lists the choices, a broken module is not swallowed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.registry import Registry


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """An importable empty package of a name of its own; returns its folder."""
    name = f"room_{abs(hash(request.node.nodeid))}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from core.registry import Registry\nTHINGS = Registry('thing', __name__)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for module in [module for module in sys.modules if module.split(".")[0] == name]:
        del sys.modules[module]


def things(room: Path) -> Registry[int]:
    return __import__(room.name).THINGS


def add(room: Path, module: str, body: str) -> None:
    (room / f"{module}.py").write_text(f"from {room.name} import THINGS\n{body}\n")


def test_one_file_is_all_it_takes(room):
    add(room, "b", "THINGS.register('two')(2)")
    add(room, "a", "THINGS.register('one')(1)")
    found = things(room)
    assert found.get("two") == 2
    assert found.names() == ("one", "two")
    assert list(found) == [("one", 1), ("two", 2)]


def test_register_gives_back_its_argument():
    registry: Registry[object] = Registry("thing", "core.modalities")

    def build() -> None: ...

    assert registry.register("build")(build) is build


def test_a_second_entry_of_a_name_raises_and_keeps_the_first(room):
    registry = things(room)
    registry.register("one")(1)
    with pytest.raises(ValueError, match="thing 'one' is registered twice"):
        registry.register("one")(2)
    assert registry.get("one") == 1


@pytest.mark.parametrize(("asked", "hint"), [("melanom", "Did you mean 'melanoma'? "), ("zzz", "")])
def test_a_miss_names_what_was_asked_and_lists_the_choices(room, asked, hint):
    registry = things(room)
    for name in ("retina", "melanoma"):
        registry.register(name)(0)
    with pytest.raises(ConfigError) as caught:
        registry.get(asked)
    assert str(caught.value) == f"{asked}: no such thing. {hint}The choices are melanoma, retina."


def test_a_module_that_fails_raises_every_time(room):
    add(room, "broken", "raise RuntimeError('broken on purpose')")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broken on purpose"):
            things(room).names()


def test_discovery_imports_a_module_once(room):
    add(room, "counted", "import builtins\nTHINGS.register(f'n{len(THINGS._entries)}')(0)")
    registry = things(room)
    assert registry.names() == registry.names() == ("n0",)

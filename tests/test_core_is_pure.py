"""The core touches no world: what import contracts can't see (builtins that do I/O, clocks that hide in datetime).

Imports are the import contracts' business (pyproject.toml).
"""

import ast
from pathlib import Path

import pytest

import qq.core

CORE = Path(qq.core.__file__).parent
MODULES = sorted(CORE.rglob("*.py"))
BUILTINS = {"open", "input", "print", "exec", "eval", "compile", "breakpoint", "__import__"}
CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}


def _impure_calls(source: str) -> list[str]:
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    builtins = [f"line {f.lineno}: {f.id}()" for f in calls if isinstance(f, ast.Name) and f.id in BUILTINS]
    clocks = [f"line {f.lineno}: .{f.attr}()" for f in calls if isinstance(f, ast.Attribute) and f.attr in CLOCKS]
    return builtins + clocks


def test_there_is_a_core_to_look_at() -> None:
    assert MODULES


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CORE)))
def test_the_core_opens_prints_and_asks_the_time_nowhere(module: Path) -> None:
    assert _impure_calls(module.read_text(encoding="utf-8")) == []


def test_such_a_call_is_seen() -> None:
    source = "def f():\n    open('x')\n    return datetime.now()\n"
    assert _impure_calls(source) == ["line 2: open()", "line 3: .now()"]

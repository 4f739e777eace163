"""The script that plants faults: it finds places, what it plants compiles, and what is no fault is not planted."""

import ast
from pathlib import Path

import pytest

from scripts import mutants

MODULE = '''
from qq.core.lifecycle.run import Run

NAMES = {"b", "a"}


def wanted(name: str, count: int, *, known: bool = False) -> list[str]:
    """A text, 1 of 2."""
    found = [name, "x"]
    found.append("y")
    if name in ("a", "b") and count > 3:
        return wanted(name, count - 1, known=False)
    return found
'''

PLANTED = {
    "'b' left out", "'a' left out", "found.append('y') left out", "name and 'x' swapped", "name left out",
    "'x' left out", "condition negated", "and ↔ or", "name in ('a', 'b') left out", "count > 3 left out", "In → NotIn",
    "Gt → GtE", "3 → 4", "name and count - 1 swapped", "- → +", "1 → 2", "False → True",
}  # fmt: skip


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(MODULE)
    return path


def test_faults_are_planted_one_at_a_time_and_the_module_is_whole_afterwards(module: Path) -> None:
    defaults = mutants.defaults_of([module])
    assert defaults == {"wanted": {"known": {"False"}}}
    trees = [(mutant.words, compile(tree, "module", "exec")) for mutant, tree in mutants.mutated(module, defaults)]
    assert {words for words, _ in trees} == PLANTED
    codes = [code for _, code in trees]
    _, tree = mutants.unchanged(module)
    assert compile(tree, "module", "exec") not in codes
    assert len(set(codes)) == len(codes), "each is another one"


def test_what_is_there_for_the_type_checker_is_no_decision(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("T = TypeVar('T', bound=int)\nLearn = Callable[[int, str], T]\nif x:\n    assert_never(x)\n")
    assert {mutant.words for mutant, _ in mutants.mutated(path, {})} == {"condition negated"}


def test_a_default_that_is_not_known_to_be_one_is_a_fault_when_left_out(module: Path) -> None:
    assert "known=False left out" in {mutant.words for mutant, _ in mutants.mutated(module, {})}


def test_what_is_said_of_a_fault_is_what_is_planted(module: Path) -> None:
    texts = {mutant.words: ast.unparse(tree) for mutant, tree in mutants.mutated(module, {})}
    assert "count > 4" in texts["3 → 4"]
    assert "or count > 3" in texts["and ↔ or"]
    assert "'y'" not in texts["found.append('y') left out"]


def test_every_module_that_decides_can_have_faults() -> None:
    paths = [path for path in mutants.lifecycle() if path.name not in ("__init__.py", "phases.py")]
    assert len(paths) > 15
    for path in paths:
        mutant, _ = next(mutants.mutated(path, {}))
        assert str(mutant).startswith(f"src/qq/core/lifecycle/{path.name}:")


def test_the_examples_that_are_run_exist() -> None:
    for name in (*mutants.FIRST, *mutants.THEN):
        assert (mutants.ROOT / name).exists()
    own = {f"tests/core/lifecycle/{path.name}" for path in (mutants.ROOT / "tests/core/lifecycle").glob("test_*.py")}
    assert own == set(mutants.FIRST)

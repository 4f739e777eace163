"""Plants faults in the core's decisions, one at a time, and tells which of them no test notices.

``python scripts/mutants.py [FILE…]``; without files all of ``core/lifecycle``. A fault is a negated condition, another
comparison, half of a condition, a number off by one, another phase or reason, two neighbours swapped, an element, field
or statement left out. What can't be a fault is none: a default that is said once more, the order of a set. Each is
compiled in place of its module in a process of its own, which runs the examples of the core's life and, if they pass,
a short sweep and the examples of what is built on it. A mutant that all of them pass has survived. Ends with 1 if fewer
than 95 % were noticed.
"""

import argparse
import ast
import os
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from itertools import islice
from pathlib import Path
from types import CodeType, ModuleType

from msgspec import Struct

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
FIRST = tuple(
    f"tests/core/lifecycle/test_{name}.py"
    for name in ("asks", "transitions", "life", "table", "decisions", "pieces", "recovered_late")
)
"""The examples of the life itself, those that notice most before the others."""
THEN = ("tests/core/simulate", "tests/core/predicting")
STRIDE = 11
"""Places between the faults of the short sweep; a prime, so that each kind gets its turn."""
SECONDS, BYTES = 90, 2 << 30
"""Of processor and memory for one mutant; one that never ends has been noticed."""
WANTED = 95.0
UNORDERED = ("isinstance", "union", "min", "max", "same_path", "_as_bytes")
"""Calls whose arguments can be swapped only into an error, or into the same."""
ENUMS = ("Phase", "Reason", "RecordState", "JobType")
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip

Edit = tuple[str, object, str]
"""Field of a node, what is put there, and that in words."""
Defaults = Mapping[str, Mapping[str, set[str]]]
"""Of each function and record of the core: what its arguments are if they are not given."""


# --- planting ---------------------------------------------------------------------------------------------------------


def edits(
    node: ast.AST, members: Mapping[str, list[str]], defaults: Defaults, sets: Sequence[ast.AST]
) -> Iterator[Edit]:
    """The faults that this node can have. ``members``: of each enumeration, those that the module names; ``sets``:
    tuples whose order says nothing."""
    for field in ("body", "orelse"):
        if isinstance(block := getattr(node, field, None), list):
            yield from _statements(field, block)
    match node:
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                new = OPPOSITE[type(op)]()
                yield "ops", [*ops[:index], new, *ops[index + 1 :]], f"{type(op).__name__} → {type(new).__name__}"
        case ast.BoolOp(op=op, values=values):
            yield "op", ast.And() if isinstance(op, ast.Or) else ast.Or(), "and ↔ or"
            for index, value in enumerate(values):
                nothing = ast.Constant(isinstance(op, ast.And))
                yield "values", [*values[:index], nothing, *values[index + 1 :]], f"{_brief(value)} left out"
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield from _negated("test", test)
        case ast.comprehension(ifs=ifs):
            for index, test in enumerate(ifs):
                yield "ifs", [*ifs[:index], *ifs[index + 1 :]], f"if {_brief(test)} left out"
        case ast.match_case(guard=ast.expr() as guard):
            yield from _negated("guard", guard)
        case ast.Constant(value=bool() as value):
            yield "value", not value, f"{value} → {not value}"
        case ast.Constant(value=int() as value):
            yield "value", value + 1, f"{value} → {value + 1}"
        case ast.BinOp(op=ast.Add()):
            yield "op", ast.Sub(), "+ → -"
        case ast.BinOp(op=ast.Sub()):
            yield "op", ast.Add(), "- → +"
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in members:
            other = members[name][(members[name].index(attr) + 1) % len(members[name])]
            if other != attr:
                yield "attr", other, f"{name}.{attr} → {name}.{other}"
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            if node not in sets:
                yield from _swapped("elts", elts)
            yield from _dropped("elts", elts)
        case ast.Set(elts=elts):
            yield from _dropped("elts", elts)
        case ast.Call(func=func, args=args, keywords=keywords):
            if ast.unparse(func) not in UNORDERED:
                yield from _swapped("args", args)
            said = defaults.get(ast.unparse(func).rpartition(".")[2], {})
            for index, given in enumerate(keywords):
                if ast.unparse(given.value) not in said.get(given.arg or "", ()):
                    yield "keywords", [*keywords[:index], *keywords[index + 1 :]], f"{_brief(given)} left out"
        case _:
            return


def _negated(field: str, test: ast.expr) -> Iterator[Edit]:
    """The condition the other way round, unless that is the other comparison once more."""
    if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq | ast.NotEq | ast.Is | ast.IsNot)):
        yield field, ast.UnaryOp(ast.Not(), test), "condition negated"


def _statements(field: str, block: Sequence[ast.stmt]) -> Iterator[Edit]:
    """Without one of the calls, and of the additions to what is there."""
    for index, statement in enumerate(block):
        said = (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and not _is_for_types(statement)
        )
        if said or isinstance(statement, ast.AugAssign):
            yield field, [*block[:index], ast.Pass(), *block[index + 1 :]], f"{_brief(statement)} left out"


def _is_for_types(statement: ast.Expr) -> bool:
    return isinstance(statement.value, ast.Call) and ast.unparse(statement.value.func) == "assert_never"


def _swapped(field: str, nodes: Sequence[ast.AST]) -> Iterator[Edit]:
    for index in range(len(nodes) - 1):
        one, other = nodes[index : index + 2]
        if ast.dump(one) != ast.dump(other):
            words = f"{_brief(one)} and {_brief(other)} swapped"
            yield field, [*nodes[:index], other, one, *nodes[index + 2 :]], words


def _dropped(field: str, nodes: Sequence[ast.AST]) -> Iterator[Edit]:
    for index, node in enumerate(nodes):
        yield field, [*nodes[:index], *nodes[index + 1 :]], f"{_brief(node)} left out"


def _brief(node: ast.AST) -> str:
    words = ast.unparse(node)
    return words if len(words) <= 50 else f"{words[:49]}…"


def code_of(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that decide something: no annotations nor other types, no imports, no patterns, no texts, and of a
    record not how it is kept."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "bases", "type_params", "pattern"):
            continue
        if field == "keywords" and isinstance(tree, ast.ClassDef):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _says_nothing(child):
                yield child
                yield from code_of(child)


def _says_nothing(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name(id=name)) | ast.Call(func=ast.Name(id=name))):
            return name in ("Callable", "TypeVar")
        case _:
            return False


def defaults_of(paths: Sequence[Path]) -> Defaults:
    """What arguments are if they are not given, of all functions and records in these modules, by their last names."""
    found: dict[str, dict[str, set[str]]] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name, value in _defaults_in(node):
                found.setdefault(node.name, {}).setdefault(name, set()).add(ast.unparse(value))  # type: ignore[attr-defined]
    return found


def _defaults_in(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.ClassDef(body=body):
            for field in body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.value is not None:
                    yield field.target.id, field.value
        case ast.FunctionDef(args=args):
            late = args.args[len(args.args) - len(args.defaults) :]
            for arg, value in (
                *zip(late, args.defaults, strict=True),
                *zip(args.kwonlyargs, args.kw_defaults, strict=True),
            ):
                if value is not None:
                    yield arg.arg, value
        case _:
            return


def _is_set(node: ast.AST) -> Iterator[ast.AST]:
    """Tuples in this node whose order says nothing: what something is looked for in; where a rule may lead."""
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Tuple() as names]):
            yield names
        case ast.Call(func=ast.Name(id="Rule"), args=[_, ast.Tuple() as targets]):
            yield targets
        case ast.Call(func=ast.Name(id="frozenset"), args=[ast.Tuple() as members]):
            yield members
        case ast.Call(
            func=ast.Name(id="frozenset"), args=[ast.GeneratorExp(generators=[ast.comprehension(iter=names)])]
        ):
            yield names
        case _:
            return


class Mutant(Struct, frozen=True):
    """One fault in one module; ``number``: which one, in the order of ``mutants_of``."""

    path: Path
    number: int
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.words}"


def mutated(path: Path, defaults: Defaults) -> Iterator[tuple[Mutant, ast.Module]]:
    """All mutants of a module; each tree is good until the next one is asked for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(code_of(tree))
    attributes = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    members = {name: sorted({node.attr for node in attributes if ast.unparse(node.value) == name}) for name in ENUMS}
    sets = [each for node in nodes for each in _is_set(node)]
    number, line = 0, 0
    for node in [tree, *nodes]:
        line = getattr(node, "lineno", line)
        for field, new, words in list(edits(node, members, defaults, sets)):
            old = getattr(node, field)
            setattr(node, field, new)
            yield Mutant(path, number, line, words), ast.fix_missing_locations(tree)
            setattr(node, field, old)
            number += 1


def unchanged(path: Path) -> tuple[Mutant, ast.Module]:
    """No fault at all: what has to survive."""
    return Mutant(path, -1, 0, "nothing"), ast.parse(path.read_text(encoding="utf-8"))


# --- trying -----------------------------------------------------------------------------------------------------------


class Planted(MetaPathFinder, Loader):
    """Finds the mutant instead of the module."""

    def __init__(self, path: Path, code: CodeType) -> None:
        self.name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        self.path, self.code = path, code

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def noticed() -> bool:
    """Whether the examples or the short sweep fail, in this process."""
    return _fail(FIRST) or _breaks_a_law() or _fail(THEN)


def _fail(examples: Sequence[str]) -> bool:
    import pytest

    flags = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*flags, *examples]) != 0


def _breaks_a_law() -> bool:
    from property_tests.sweep.jobs import cases
    from property_tests.sweep.sweep import kinds, others, sweep

    found = (sweep(case, which, 0, STRIDE) for case in cases() for which in (kinds, others))
    return any(next(each, None) is not None for each in found)


def tried(mutant: Mutant, tree: ast.Module) -> int:
    """Starts a process that ends with 0 if the mutant survives; its id."""
    code = compile(tree, str(mutant.path), "exec")
    pid = os.fork()
    if pid:
        return pid
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        sys.meta_path.insert(0, Planted(mutant.path, code))
        os._exit(1 if noticed() else 0)
    finally:
        os._exit(2)


def judged(mutants: Iterator[tuple[Mutant, ast.Module]], workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether it survives; as many at once as there are workers."""
    running: dict[int, Mutant] = {}
    for mutant, tree in mutants:
        if len(running) == workers:
            yield _ended(running)
        running[tried(mutant, tree)] = mutant
    while running:
        yield _ended(running)


def _ended(running: dict[int, Mutant]) -> tuple[Mutant, bool]:
    pid, status = os.wait()
    return running.pop(pid), status == 0


def lifecycle() -> list[Path]:
    """The modules that decide."""
    return sorted((SOURCE / "qq/core/lifecycle").glob("*.py"))


def main() -> int:
    """Exit code: whether too many survive."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="modules below src (default: all of core/lifecycle)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try only each N-th mutant")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="leave out the first N: another sample")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    files = [path.absolute() for path in options.files] or lifecycle()
    _load()
    if not all(survives for _, survives in judged(map(unchanged, files[:1]), 1)):
        print("without any fault the examples or the sweep fail already")
        return 2
    defaults = defaults_of(sorted((SOURCE / "qq/core").rglob("*.py")))
    print(f"{sum(1 for path in files for _ in mutated(path, defaults))} mutants", flush=True)
    mutants = islice((each for path in files for each in mutated(path, defaults)), options.first, None, options.every)
    tried, alive = 0, []
    for mutant, survives in judged(mutants, options.workers):
        tried += 1
        if survives:
            alive.append(mutant)
            print(f"survived: {mutant}", flush=True)
        if tried % 50 == 0:
            print(f"{tried} tried, {len(alive)} survived", flush=True)
    score = 100 * (1 - len(alive) / tried) if tried else 100.0
    print(f"{tried - len(alive)} of {tried} mutants were noticed ({score:.1f} %)")
    return int(score < WANTED)


def _load() -> None:
    """What every process needs and no mutant changes; qq itself and its tests stay unloaded."""
    sys.path[:0] = [str(SOURCE), str(ROOT)]
    os.chdir(ROOT)
    os.environ.setdefault("HYPOTHESIS_PROFILE", "short")
    for name in (
        "hypothesis",
        "hypothesis.strategies",
        "msgspec",
        "pytest",
        "pyrsistent",
        "returns.result",
        "_pytest.assertion.rewrite",
    ):
        import_module(name)


if __name__ == "__main__":
    sys.exit(main())

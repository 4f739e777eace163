"""Both worlds are asked the same, and compared after each step."""

from collections.abc import Sequence

from hypothesis import event

from property_tests.honesty.orders import Book, Doing, Order, effect_of
from property_tests.honesty.shapes import shape
from property_tests.honesty.sides import Side
from qq.core.moments import Placed
from qq.core.replacing import replace
from qq.core.simulate.world import Script
from qq.core.troubles import Trouble

SCRIPT = Script(0, {"log": 30, "data/table": 30, "new/er": 25, "nil": 0}, ("in.dat",), 0.0)
TEXT = """#!/usr/bin/env bash
put() {
    case $1 in */*) mkdir -p "${1%/*}" || return ;; esac
    printf %s "$1@$QQ_TOKEN.............................." | head -c "$2" > "$1"
}
exec 2>/dev/null
put log 30; put data/table 30; put new/er 25; : > nil; rm -rf in.dat
exit CODE
"""


def agree(sides: Sequence[Side], books: Sequence[Book], doings: Sequence[Doing]) -> None:
    """Both worlds do the same, and are the same after each step."""
    for number, doing in enumerate(doings):
        outcomes: list[object] = []
        for side, book in zip(sides, books, strict=True):
            if isinstance(doing, Order):
                effect = effect_of(doing, book)
                outcome = side.perform(effect)
                book.learn(doing, effect, outcome)
                outcomes.append(outcome)
            else:
                side.happen(replace(doing, stamp=number + 2))
        if outcomes:
            _count(doing, outcomes[0])
            model, real = map(shape, outcomes)
            assert model == real, f"{number}: {doing}: model {model}, real {real}"
        model_tree, real_tree = (side.picture() for side in sides)
        different = {p for p in model_tree.keys() | real_tree.keys() if model_tree.get(p) != real_tree.get(p)}
        assert not different, f"{number}: {doing}: " + "; ".join(
            f"{path!r}: model {model_tree.get(path)}, real {real_tree.get(path)}" for path in sorted(different)
        )


def _count(doing: Doing, outcome: object) -> None:
    if isinstance(doing, Order):
        words = outcome.reason.name if isinstance(outcome, Trouble) else type(outcome).__name__
        event(f"{doing.kind}: {words}" + (", aside" if isinstance(outcome, Placed) and outcome.aside else ""))

"""Two tables of outcomes, and what is different: rows that differ, and in what."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.one_line import one_line
from qq.core.predicting import drawing
from qq.core.predicting.endings import ANY_OTHER, by_code
from qq.core.predicting.layout import USUAL, text_of
from qq.core.predicting.rows import NOTHING, Changed, Outcome, in_words
from qq.core.records.infofile import tree_from_job
from qq.core.records.job import JobInfo

if TYPE_CHECKING:
    from qq.core.predicting.outcomes import Outcomes

_ITS_OWN = frozenset({"token", "submission_time", "qq_version", "site", "settings", "umask", "qq_path"})
"""What tells jobs apart without being an option of theirs."""
NEVER = "does not happen"


class Difference(Struct, frozen=True):
    """``options``: what the jobs themselves differ in, ``changes``: what that changes. Empty if nothing does."""

    options: PVector[Changed]
    changes: PVector[Changed]

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Changed]:
        return iter(self.changes)

    def text(self, width: int = USUAL) -> str:
        """For a terminal of so many columns."""
        return text_of(drawing.difference_lines(self.options, self.changes, width))

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {"options": [one.data() for one in self.options], "changes": [one.data() for one in self.changes]}

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return drawing.difference_html(self.options, self.changes)


def compared(one: "Outcomes", other: "Outcomes") -> Difference:
    """What is different in the other table."""
    return Difference(pvector(_options(one.job, other.job)), pvector(_changes(one, other)))


def _changes(one: "Outcomes", other: "Outcomes") -> Iterator[Changed]:
    for ending in dict.fromkeys(row.ending for table in (one, other) for row in table):
        before, after = _row(one, other, ending), _row(other, one, ending)
        if before is None or after is None:
            yield Changed(ending, "", NEVER if before is None else "happens", NEVER if after is None else "happens")
            continue
        for what, was in _cells(before).items():
            now = _cells(after)[what]
            if was != now:
                yield Changed(ending, what, was, now)


def _row(table: "Outcomes", other: "Outcomes", ending: str) -> Outcome | None:
    """The row of an ending. Of an exit code that only the other job names: what that code leads to here."""
    if ending in table:
        return table[ending]
    codes = {one.words: one.code for one in by_code(other.job)}
    return table[codes[ending]] if ending in codes or ending == ANY_OTHER else None


def _cells(row: Outcome) -> Mapping[str, str]:
    where = in_words(row)
    return {
        "state": row.state,
        "qq run ends with": _code(row),
        "at home": where["home"],
        "in the archive": where["archive"],
        "on scratch": where["scratch"],
        "lost": ", ".join(row.lost) or NOTHING,
        "the chain": row.chain or NOTHING,
        "type next": row.next_command or NOTHING,
    }


def _code(row: Outcome) -> str:
    if row.exit_code is None:
        return "cut off"
    return "the script's code" if row.exit_code == row.script_exit_code else str(row.exit_code)


def _options(one: JobInfo, other: JobInfo) -> Iterator[Changed]:
    before, after = _flat(tree_from_job(one)), _flat(tree_from_job(other))
    for name in sorted({*before, *after}):
        was, now = before.get(name, NOTHING), after.get(name, NOTHING)
        if was != now:
            yield Changed("", name, was, now)


def _flat(tree: Mapping[str, object], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        if above or key not in _ITS_OWN:
            inner = _flat(value, f"{above}{key}.") if isinstance(value, Mapping) else {f"{above}{key}": _shown(value)}
            found.update(inner)
    return found


def _shown(value: object) -> str:
    return one_line(":".join(map(str, value)) if isinstance(value, list | tuple) else str(value))

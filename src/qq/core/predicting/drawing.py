"""Outcomes, differences and plans, drawn: lines for a terminal, HTML for a notebook. Says nothing of its own."""

from collections.abc import Iterable, Sequence

from qq.core.lifecycle.decisions import goes_on, uses_scratch
from qq.core.one_line import listed
from qq.core.predicting import html
from qq.core.predicting.layout import Line, Piece, Row, cards, table, wrapped
from qq.core.predicting.rows import Changed, Outcome, in_words
from qq.core.records.job import JobInfo
from qq.core.states import RealState

NARROW = 72
"""Columns below which a table would only be a column of syllables."""
_ROLES = {RealState.FINISHED: "good", RealState.FAILED: "bad", RealState.KILLED: "bad"}
_WHERE = {"home": "at home", "archive": "in the archive", "scratch": "on scratch"}
NO_DIFFERENCE = "nothing is different"


def role_of(state: str) -> str:
    """How a state is to be taken."""
    return next((role for known, role in _ROLES.items() if known == state), "warn")


# --- outcomes ---------------------------------------------------------------------------------------------------------


def _columns(job: JobInfo) -> list[str]:
    """The places that this job has."""
    return ["home", *(["archive"] if job.loop else []), *(["scratch"] if uses_scratch(job) else [])]


def outcomes_lines(rows: Iterable[Outcome], job: JobInfo, width: int) -> list[Line]:
    """The table, or in a narrow terminal one block per row."""
    places = _columns(job)
    chain = ["the chain"] if goes_on(job) else []
    heads = ["how it ends", "state", *(_WHERE[place] for place in places), *chain]
    made = [Row([Piece(row.ending, "head"), *_cells(row, places, job)], [_note(row)]) for row in rows]
    return (cards if width < NARROW else table)(heads, made, width)


def _cells(row: Outcome, places: Sequence[str], job: JobInfo) -> list[Piece]:
    where = in_words(row)
    cells = [Piece(_short(row.state), role_of(row.state)), *(Piece(where[place]) for place in places)]
    if row.lost:
        cells[len(places)] = Piece(f"LOST: {listed(row.lost)}", "bad")
    return [*cells, *([Piece(row.chain)] if goes_on(job) else [])]


def _short(state: str) -> str:
    return state.removeprefix("in an ").removesuffix(" state")


def _note(row: Outcome) -> Piece:
    return Piece(f"→ {row.next_command}: {row.why}" if row.next_command else row.why, "dim")


def outcomes_html(rows: Iterable[Outcome], job: JobInfo) -> str:
    """The table."""
    places = _columns(job)
    chain = ["the chain"] if goes_on(job) else []
    heads = ["how it ends", "state", *(_WHERE[place] for place in places), *chain, "type next", "why"]
    return html.block(
        f"{job.job_name}: every way it can end",
        html.table(
            heads,
            (
                [
                    html.text(row.ending),
                    *(html.text(cell.text, cell.role) for cell in _cells(row, places, job)),
                    html.code(row.next_command),
                    html.text(row.why, "dim"),
                ]
                for row in rows
            ),
        ),
    )


# --- differences ------------------------------------------------------------------------------------------------------


def difference_lines(options: Sequence[Changed], changes: Sequence[Changed], width: int) -> list[Line]:
    """What is different about the jobs, then what that changes."""
    lines: list[Line] = [(Piece(f"{one.what}: {one.before} → {one.after}", "head"),) for one in options]
    if not changes:
        return [*lines, (Piece(NO_DIFFERENCE, "dim"),)]
    rows = [Row([Piece(one.ending, "head"), Piece(one.what), Piece(one.before), Piece(one.after)]) for one in changes]
    return [*lines, *(cards if width < NARROW else table)(["how it ends", "what", "before", "after"], rows, width)]


def difference_html(options: Sequence[Changed], changes: Sequence[Changed]) -> str:
    """The same."""
    title = ", ".join(f"{one.what}: {one.before} → {one.after}" for one in options) or "two jobs"
    if not changes:
        return html.block(title, f"<p>{html.text(NO_DIFFERENCE, 'dim')}</p>")
    rows = ([html.text(word) for word in (one.ending, one.what, one.before, one.after)] for one in changes)
    return html.block(title, html.table(["how it ends", "what", "before", "after"], rows))


# --- plans ------------------------------------------------------------------------------------------------------------


_INDENT = 7
"""Of what a step has to say beyond its first line."""


def plan_lines(parts: Sequence[tuple[str, Sequence[str]]], end: Sequence[Piece], width: int) -> list[Line]:
    """The steps, numbered through, under what the job is doing then."""
    lines: list[Line] = []
    number = 0
    for doing, steps in parts:
        lines.append((Piece(doing, doing),))
        for words in steps:
            number += 1
            first, *more = wrapped(words, width - _INDENT)
            lines.append((Piece(f"{number:4} ", "dim"), Piece(first)))
            lines += [(Piece(" " * _INDENT), Piece(line)) for line in more]
    return [*lines, *((Piece(part, piece.role),) for piece in end for part in wrapped(piece.text, width))]


def plan_html(title: str, parts: Sequence[tuple[str, Sequence[str]]], end: Sequence[Piece]) -> str:
    """The same, as a table."""
    rows = (
        [html.text(doing if not number else "", "dim"), html.text(words)]
        for doing, steps in parts
        for number, words in enumerate(steps)
    )
    said = "".join(f"<p>{html.text(piece.text, piece.role)}</p>" for piece in end)
    return html.block(title, html.table(["while", "what is done"], rows, "wide"), said)

"""A trace, drawn: lines for a terminal, HTML for a notebook, plain data for programs."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from qq.core.amounts import seconds_text, size_text
from qq.core.one_line import one_line
from qq.core.predicting import html
from qq.core.predicting.doing import Doing
from qq.core.predicting.drawing import role_of
from qq.core.predicting.layout import Line, Piece, joined, padded, wrapped
from qq.core.predicting.places import PLACES, Places
from qq.core.predicting.playing import Cycle

if TYPE_CHECKING:
    from qq.core.predicting.steps import Snapshot
    from qq.core.predicting.trace import Trace

MOST_FILES = 20
"""Names of a place that are shown."""
_LABEL = max(map(len, PLACES)) + 2


def headline(trace: "Trace") -> str:
    """How many jobs, how long, and how it ends."""
    cycles = trace.cycles
    count = "1 job" if len(cycles) == 1 else f"{len(cycles)} jobs"
    end = trace.played.cycles[-1].ended
    return f"{count} in {seconds_text(end)}; the last one is {trace.state}"


def lines(trace: "Trace", width: int, *, ascii_only: bool = False) -> list[Line]:
    """The timeline, where the files are, and what is to be done."""
    found: list[Line] = [(Piece(part, "head"),) for part in wrapped(headline(trace), width)]
    found += trace.timeline.lines(width, ascii_only=ascii_only)
    found += place_lines(trace.places, width)
    return [*found, *((Piece(part, piece.role),) for piece in _end(trace) for part in wrapped(piece.text, width))]


def html_of(trace: "Trace") -> str:
    """The same."""
    end = "".join(f"<p>{html.text(piece.text, piece.role)}</p>" for piece in _end(trace))
    title = one_line(f"{trace.job.script_name}: {headline(trace)}")
    return html.block(title, trace.timeline.svg(), places_html(trace.places), end)


def snapshot_lines(snapshot: "Snapshot", width: int) -> list[Line]:
    """A moment: what was being done, and where the files were."""
    return [(Piece(_moment(snapshot), "head"),), *place_lines(snapshot.places, width)]


def snapshot_html(snapshot: "Snapshot") -> str:
    """The same."""
    return html.block(_moment(snapshot), places_html(snapshot.places))


def data(trace: "Trace") -> dict[str, object]:
    """Plain data, for JSON."""
    return {
        "cycles": [cycle_data(cycle) for cycle in trace.cycles],
        "recoveries": [cycle_data(cycle) for cycle in trace.recoveries],
        "is_cut_short": trace.is_cut_short,
        "submitted": list(trace.submitted),
        "seconds": ordered(trace.seconds),
        "files": {place: trace.files(place) for place in PLACES},
        "lost": list(trace.lost),
        "state": trace.state,
        "why": trace.why,
        "next_command": trace.next_command,
    }


def cycle_data(cycle: Cycle) -> dict[str, object]:
    """Plain data of one job."""
    return {
        "cycle": cycle.cycle,
        "job_id": cycle.job_id,
        "attempt": cycle.attempt,
        "exit_code": cycle.exit_code,
        "script_exit_code": cycle.script_exit_code,
        "state": cycle.state,
        "began": cycle.began,
        "ended": cycle.ended,
        "seconds": ordered(cycle.seconds),
        "why": cycle.why,
        "next_command": cycle.next_command,
        "work_dir": cycle.work_dir,
    }


def cycle_html(cycle: Cycle) -> str:
    """One job, by what is known of it."""
    spent = [f"{doing} {seconds_text(seconds)}" for doing, seconds in ordered(cycle.seconds).items()]
    times = {"began": seconds_text(cycle.began), "ended": seconds_text(cycle.ended), "seconds": spent}
    return html.fields(f"cycle {cycle.cycle}", [*(cycle_data(cycle) | times).items()][1:])


def ordered(seconds: Mapping[str, float]) -> dict[str, float]:
    """The parts of a life in their order."""
    return {str(doing): seconds[doing] for doing in Doing if doing in seconds}


def place_lines(where: Places, width: int) -> Iterator[Line]:
    """The files of every place, in rows."""
    for place in PLACES:
        files = [f"{name} {size}".rstrip() for name, size in _shown(where.sizes(place))]
        for number, line in enumerate(joined(files, ", ", width - _LABEL)):
            yield (Piece(padded("" if number else place, _LABEL), "head"), Piece(line))


def places_html(where: Places) -> str:
    """The files of every place that has any, in columns."""
    places = {place: list(_shown(where.sizes(place))) for place in PLACES}
    used = [place for place, files in places.items() if files]
    cells = ["<br>".join(f"{html.text(name)} {html.text(size, 'dim')}" for name, size in places[p]) for p in used]
    return html.table(used, [cells])


def _moment(snapshot: "Snapshot") -> str:
    what = "nothing runs" if snapshot.cycle is None else f"cycle {snapshot.cycle} is {snapshot.doing}"
    return f"after {seconds_text(snapshot.at)}: {what}; the record says {snapshot.state}"


def _shown(files: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    names = list(files.items())
    for name, size in names if len(names) <= MOST_FILES else names[: MOST_FILES - 1]:
        yield one_line(name), size_text(size)
    if len(names) > MOST_FILES:
        yield f"… {len(names) - MOST_FILES + 1} more", ""


def _end(trace: "Trace") -> Iterator[Piece]:
    if trace.is_cut_short:
        yield Piece("more jobs would follow: it was played no further", "warn")
    if trace.lost:
        yield Piece(f"lost: {', '.join(map(one_line, trace.lost))}", "bad")
    if trace.why:
        yield Piece(trace.why, role_of(trace.state))
    if trace.next_command:
        yield Piece(f"type next: {trace.next_command}", "head")

"""The steps of a job as a small table, for the panel of `qq info`."""

from collections.abc import Sequence

from qq.core.amounts import seconds_text
from qq.core.evidence import JobStep
from qq.core.predicting.layout import Line, Piece, Row, table
from qq.core.states import BatchState
from qq.shell.present.plain import plain

HEADS = ("step", "name", "state", "started", "took", "exit")


def step_lines(steps: Sequence[JobStep], width: int) -> list[Line]:
    """A head, and a row per step; nothing if there are none but the batch system's own."""
    if not any(step.step_id[:1].isdecimal() for step in steps):
        return []
    return table(HEADS, [Row(_cells(step)) for step in steps], width)


def _cells(step: JobStep) -> list[Piece]:
    role = "bad" if step.state is BatchState.FAILED else ""
    took = None if step.started is None or step.ended is None else (step.ended - step.started).total_seconds()
    texts = (
        step.step_id,
        plain(step.name),
        str(step.state) if step.state is not BatchState.UNKNOWN else plain(step.comment),
        f"{step.started:%m-%d %H:%M}" if step.started else "",
        "" if took is None else seconds_text(took),
        "" if step.exit_code is None else str(step.exit_code),
    )
    return [Piece(text, role) for text in texts]

"""Writes docs/lifecycle.md from the table of phases: ``python scripts/lifecycle_page.py > docs/lifecycle.md``."""

from collections.abc import Iterator

from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.table import IMPOSSIBLE, TABLE, Row, Rule

PLANNED = [
    Phase.BOOT,
    Phase.CLAIM,
    Phase.PREVIOUS,
    Phase.SURVEY,
    Phase.STAGE,
    Phase.START,
    Phase.EXECUTE,
    Phase.NOTE_CODE,
    Phase.CODE,
    Phase.LEFTOVERS,
    Phase.SORT,
    Phase.ARCHIVE,
    Phase.ARCHIVED,
    Phase.TRANSFER,
    Phase.PROOF,
    Phase.CLOSE,
    Phase.LOOKUP,
    Phase.INTEND,
    Phase.SUBMIT,
    Phase.LINK,
    Phase.LINK_NEXT,
    Phase.REMOVE,
    Phase.END,
]

INTRODUCTION = """\
# The life of a job

<!-- Made by scripts/lifecycle_page.py from the table in src/qq/core/lifecycle/table.py; a test keeps the two equal. -->

When the batch system starts your job, `qq run` takes it through the phases below. In each phase it asks something of
the world (copy this, run the script, write that into the record) and then looks at what came of it. There are four
kinds of answers: it is **done**; it **failed**, also after the retries; it was **refused**, because the record on
disk is no longer as it was left; or the job was **terminated** meanwhile (`qq kill`, the walltime, the batch system).
For every phase and every kind the table at the end of this page says what happens next. It is the very table that the
program runs by.

`qq recover`, and a batch system that starts the same job again, begin at **boot** too: from what the record and the
mark beside the working directory say, they find the phase in which the earlier life stopped, and go on from there.

## When all goes well

"""


def name(phase: Phase) -> str:
    """An identifier for the figure."""
    return phase.name.lower()


def main_figure() -> Iterator[str]:
    """The planned way, and the ways off it."""
    yield "```mermaid"
    yield "flowchart TD"
    for phase in PLANNED:
        yield f'    {name(phase)}["{phase.value}"]'
    for phase, after in zip(PLANNED, PLANNED[1:], strict=False):
        yield f"    {name(phase)} --> {name(after)}"
    for phase, row in TABLE.items():
        if phase in PLANNED:
            yield from (f"    {name(phase)} --> {name(t)}" for t in row.done.targets if _skips(phase, t))
    yield "```"


def _skips(phase: Phase, target: Phase) -> bool:
    place = PLANNED.index(phase)
    return target in PLANNED and target is not PLANNED[place + 1] and target is not phase


def other_figure() -> Iterator[str]:
    """What happens when something fails, or the job is terminated."""
    yield "```mermaid"
    yield "flowchart LR"
    for phase, row in TABLE.items():
        if phase in PLANNED:
            continue
        for target in dict.fromkeys([*row.done.targets, *row.failed.targets, *row.refused.targets]):
            yield f'    {name(phase)}["{phase.value}"] --> {name(target)}["{target.value}"]'
    yield "```"


def _cell(rule: Rule) -> str:
    if rule is IMPOSSIBLE:
        return "can't be"
    return ", ".join(phase.value for phase in rule.targets)


def _row(phase: Phase, row: Row) -> str:
    cells = [f"**{phase.value}**", row.asks, *map(_cell, (row.done, row.failed, row.refused, row.terminated))]
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """The whole page."""
    lines = [
        *main_figure(),
        "",
        "## When it doesn't",
        "",
        *other_figure(),
        "",
        "## Every phase, every answer",
        "",
        "| phase | what it asks | done | failed | refused | terminated |",
        "|---|---|---|---|---|---|",
        *(_row(phase, row) for phase, row in TABLE.items()),
    ]
    return INTRODUCTION + "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")

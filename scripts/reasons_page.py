"""Writes a page from the list of reasons: ``python scripts/reasons_page.py > docs/reference/reasons.md``."""

from collections.abc import Iterator

from qq.core.troubles import Reason

INTRODUCTION = """\
# Reasons: why a job or a command ended as it did

<!-- Made by scripts/reasons_page.py from src/qq/core/troubles.py; a test keeps the two equal. -->

`qq info` shows the reason of a job's end with its number in brackets, and the command to type next; the record keeps
number and words under `failure`. Numbers never change their meaning. `JOB` stands for the job's id. Where nothing
stands under *next*, the words that come with the reason say what is wrong, and with which file or host.

"""

GROUPS = (
    (1, "The script's own end"),
    (10, "Somebody ended the job, or it vanished"),
    (20, "Before the script began"),
    (40, "After the script had ended: nothing is deleted"),
    (60, "The world around it"),
    (80, "Contradictions, and what nobody recorded"),
    (99, "A bug"),
)
"""From which number on, under which heading."""


def page() -> str:
    """The whole page."""
    ends = [start for start, _ in GROUPS[1:]] + [max(reason.number for reason in Reason) + 1]
    lines = [line for (start, title), end in zip(GROUPS, ends, strict=True) for line in _group(title, start, end)]
    return INTRODUCTION + "\n".join(lines) + "\n"


def _group(title: str, start: int, end: int) -> Iterator[str]:
    yield from ([] if start == GROUPS[0][0] else [""])
    yield from (f"## {title}", "", "| number | what happened | next |", "|---|---|---|")
    for reason in sorted(Reason, key=lambda reason: reason.number):
        if start <= reason.number < end:
            yield f"| {reason.number} | {reason.sentence} | {_next(reason.next_command)} |"


def _next(command: str) -> str:
    """Only what can be typed looks like it."""
    words = command.format(job="JOB")
    return (
        f"`{words}`"
        if words.startswith("qq ") and "(" not in words
        else words.replace("qq recover JOB", "`qq recover JOB`")
    )


if __name__ == "__main__":
    print(page(), end="")

"""What client programs of batch systems say when they do not do what they were asked for, in one line for people."""

import re
from collections.abc import Sequence

from qq.core.one_line import one_line

Hint = tuple[str, str]
"""A regular expression for what was said, and what to do about it."""

COMMON_HINTS: tuple[Hint, ...] = (
    (
        r"(?i)kerberos|\bkrb5|credentials? cache|key has expired|ticket[^\n]*expired|gssapi",
        "your Kerberos ticket is missing or has expired: 'kinit' gets a new one",
    ),
    (
        r"(?i)munge|protocol authentication|invalid (?:auth\w* )?credential|bad credential",
        "the batch system does not trust this host (munge): try again, and tell its administrators if that stays so",
    ),
    (r"(?i)disk quota exceeded|no space left on device", "make room first: 'quota' and 'df' tell where"),
)
_PREFIX = re.compile(r"^[A-Za-z0-9_.-]{1,20}: (?:(?:error|fatal|warning): )?")
_LONGEST = 300


def line_for_people(said: str) -> str:
    """What a program said on stderr as one line: its last words, without its own name before them."""
    lines = [_PREFIX.sub("", line.strip()) for line in said.splitlines() if line.strip()]
    return one_line(lines[-1][:_LONGEST]) if lines else ""


def hint_for(said: str, hints: Sequence[Hint]) -> str | None:
    """What to do about it; the hints of the batch system first, then those that hold everywhere."""
    return next((what for pattern, what in (*hints, *COMMON_HINTS) if re.search(pattern, said)), None)


def with_hint(words: str, said: str, hints: Sequence[Hint]) -> str:
    """The words, and what to do, if that is known."""
    hint = hint_for(said, hints)
    return words if hint is None else f"{words}; {hint}"

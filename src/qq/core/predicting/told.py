"""What people are told of a job's end: as ``qq info`` would say it, as commands typed in the job's directory."""

from collections.abc import Iterable

from qq.core.explain import Explanation, selector
from qq.core.one_line import one_line
from qq.core.records.job import JobInfo


def command(told: Explanation, record: JobInfo) -> str:
    """What to type next, in the job's directory: without the model's id, which is nobody's, it means the job there."""
    return one_line(told.next_command.replace(f" {selector(record)}", ""))


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names in a row; of many only the first ones."""
    shown = [one_line(name) for name in names]
    more = len(shown) - most
    return ", ".join(shown) if more <= 1 else ", ".join([*shown[:most], f"{more} more"])

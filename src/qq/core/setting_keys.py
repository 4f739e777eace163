"""Every key of the configuration that is known by its name: how it is read, what it sets, what holds without it.

Reading, the reference page, ``qq config`` and ``qq config check`` are made from this table. Options of a submission
(``[submit]``) and fields of a site (``[sites.NAME]``) have tables of their own: ``options`` and ``sites``.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from qq.core.names import DARK, THEMES
from qq.core.nearest import did_you_mean
from qq.core.records.parse import parse_size
from qq.core.records.reading import command_line, natural
from qq.core.result import Faults, Result, Success, fault
from qq.core.tables import count, seconds, text, texts

Reader = Callable[[object, str], Result[Any, Faults]]


class Key(Struct, frozen=True):
    """One key, as ``table.key``."""

    name: str
    read: Reader
    meaning: str
    """Without a full stop, starts in lower case."""
    default: str = ""
    """As it is written, or in words; empty: nothing."""

    @property
    def table(self) -> str:
        """The table that it stands in."""
        return self.name.partition(".")[0]


def _theme(raw: object, place: str) -> Result[str, Faults]:
    if raw in THEMES:
        return Success(str(raw))
    return fault(place, f"{raw!r:.40} is none of {', '.join(THEMES)}{did_you_mean(str(raw), THEMES)}")


_SECOND = "the same, used if `runner.{}` is not set"
_THIRD = "the same, used if neither `runner.{0}` nor `archiver.{0}` is set"

KEYS = (
    Key("runner.retry_tries", count, "how often in all something is tried that fails for a reason that may pass", "3"),
    Key("runner.retry_wait", seconds, "how long to wait in between", "300"),
    Key("archiver.retry_tries", count, _SECOND.format("retry_tries")),
    Key("archiver.retry_wait", seconds, _SECOND.format("retry_wait")),
    Key("resubmitter.retry_tries", count, _THIRD.format("retry_tries")),
    Key("resubmitter.retry_wait", seconds, _THIRD.format("retry_wait")),
    Key("runner.sigterm_to_sigkill", seconds, "between SIGTERM and SIGKILL for what the script started", "5"),
    Key("runner.default_interpreter", command_line, "what runs a script that names no interpreter", "bash"),
    Key("timeouts.ssh", seconds, "limit for reaching another host", "60"),
    Key("timeouts.rsync", seconds, "how long a copy across hosts may be silent", "600"),
    Key("loop_jobs.archive_dir", text, "the option `archive`, if `[submit]` does not set it", "storage"),
    Key("loop_jobs.archive_format", text, "the option `archive-format`, if `[submit]` does not set it", "job%04d"),
    Key(
        "resubmitter.default_resubmit_hosts",
        texts,
        "the option `resubmit-from`, if `[submit]` does not set it",
        "the site's",
    ),
    Key("goer.wait_time", seconds, "nothing in this version"),
    Key("local.ncpus", count, "processor cores, 1 or more", "all that qq may use"),
    Key("local.ngpus", natural, "GPUs, 0 or more", "all NVIDIA GPUs"),
    Key("local.mem", parse_size, "memory, a size as in `24gb`", "all of it"),
    Key("terminal.theme", _theme, "colours that can be read on a `dark` or on a `light` background", DARK),
)

TABLES: dict[str, dict[str, Reader]] = {
    name: {key.name.partition(".")[2]: key.read for key in KEYS if key.table == name}
    for name in dict.fromkeys(key.table for key in KEYS)
}
"""Table → key → how its value is read."""

"""What a job is called, and which files carry its name (SPEC 3, "Job names")."""

import re
from functools import lru_cache

from msgspec import Struct

from qq.core.names import ERR_SUFFIX, INFO_SUFFIX, MARK_SUFFIX, OUT_SUFFIX, QQ_OUT_SUFFIX
from qq.core.states import JobType

RUNTIME_SUFFIXES = (INFO_SUFFIX, QQ_OUT_SUFFIX, OUT_SUFFIX, ERR_SUFFIX)
_MARK_PARTS = ("", ".list", ".synced", ".proof")


class RuntimeFiles(Struct, frozen=True):
    """The names of a job's runtime files in its input directory."""

    info: str
    qqout: str
    out: str
    err: str

    @property
    def all(self) -> tuple[str, str, str, str]:
        """All four."""
        return (self.info, self.qqout, self.out, self.err)


def job_name(script_name: str, job_type: JobType, cycle: int | None) -> str:
    """The script's own name; in a loop job ``+%04d`` of the cycle stands before the first suffix."""
    if job_type is not JobType.LOOP or cycle is None:
        return script_name
    head, rest = _at_first_suffix(script_name)
    return f"{head}+{cycle:04d}{rest}"


@lru_cache(maxsize=64)
def runtime_files(name: str) -> RuntimeFiles:
    """The job name with its last suffix replaced."""
    return RuntimeFiles(*(without_suffix(name) + suffix for suffix in RUNTIME_SUFFIXES))


def without_suffix(name: str) -> str:
    """A name without its last suffix; a dot at its beginning starts no suffix."""
    dot = name.rfind(".")
    return name[:dot] if dot > 0 else name


def mark_names(name: str) -> tuple[str, ...]:
    """The mark of a job and its lists, as they are called in an input directory that the script runs in."""
    return tuple(f".{name}{MARK_SUFFIX}{part}" for part in _MARK_PARTS)


def looks_like_runtime_file(name: str) -> bool:
    """Whether a name ends as runtime files do: a script may not be called so."""
    return name.endswith((*RUNTIME_SUFFIXES, MARK_SUFFIX))


def is_runtime_name_of(script_name: str, name: str) -> bool:
    """Whether a name in the input directory is that of a runtime file of a job of this script, of any cycle."""
    return any(pattern.fullmatch(name) for pattern in _runtime_patterns(script_name))


def _runtime_patterns(script_name: str) -> tuple[re.Pattern[str], ...]:
    head, rest = _at_first_suffix(script_name)
    cycle = r"(?:\+[0-9]{4,})?"
    suffixes = "|".join(map(re.escape, RUNTIME_SUFFIXES))
    marks = "|".join(re.escape(MARK_SUFFIX + part) for part in _MARK_PARTS)
    middle = without_suffix(rest) if rest.rfind(".") > 0 else ""
    return (
        re.compile(f"{re.escape(head)}{cycle}{re.escape(middle)}(?:{suffixes})", re.DOTALL),
        re.compile(f"\\.{re.escape(head)}{cycle}{re.escape(rest)}(?:{marks})", re.DOTALL),
    )


def _at_first_suffix(name: str) -> tuple[str, str]:
    dot = name.find(".", 1)
    return (name[:dot], name[dot:]) if dot > 0 else (name, "")

"""Which jobs a command is about: ids, directories, all mine, or the current directory (SPEC 9). Asks nobody."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.evidence import Seen
from qq.core.names import INFO_SUFFIX
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Faults, Result, Success, collect, fault
from qq.core.states import BatchState, RealState

_ID = re.compile(r"[0-9]+(\[[0-9]*\])?(\.[A-Za-z0-9_-]+)*")


class Selection(Struct, frozen=True, kw_only=True):
    """What the command line asks for. Nothing at all: the info files of the current directory."""

    ids: PVector[str] = pvector()
    dirs: PVector[str] = pvector()
    all_mine: bool = False
    server: str | None = None
    """Only jobs of this server of the batch system, as it was typed; None: of the usual one, or wherever they are."""
    states: frozenset[RealState] = frozenset()
    """Only jobs that are really in one of these; none: in any."""
    earlier: bool = False
    """Of loop jobs in directories also the earlier cycles that left something to remove."""

    @property
    def here(self) -> bool:
        """Whether the current directory is meant."""
        return not (self.ids or self.dirs or self.all_mine)


def parse_id(word: str) -> Result[str, Faults]:
    """A job id as a person types it: a number (``17``) or a full id (``17.local``, ``17[3].server``)."""
    if _ID.fullmatch(word):
        return Success(word)
    return fault(word or "''", "no job id: give a number (17) or a full id (17.local); for a directory use -d")


STATE_NAMES = {name: state for state in RealState for name in (state.name.lower(), str(state).replace(" ", "_"))}
"""How a state may be written: in one word, or as ``info --json`` prints it."""


def parse_states(words: Iterable[str]) -> Result[PVector[RealState], Faults]:
    """Real states by their names, several in a word separated by commas (``failed,killed``)."""
    names = (name for word in words for name in word.replace(",", " ").split() or [word])
    return collect(_state(name) for name in names)


def _state(word: str) -> Result[RealState, Faults]:
    name = word.lower().replace("-", "_")
    if name in STATE_NAMES:
        return Success(STATE_NAMES[name])
    from qq.core.nearest import did_you_mean

    there_are = f"there are {', '.join(state.name.lower() for state in RealState)}"
    return fault(word or "''", f"no state of a job{did_you_mean(name, STATE_NAMES, there_are)}")


def parse_selection(
    ids: Iterable[str],
    dirs: Iterable[str],
    *,
    all_mine: bool = False,
    server: str | None = None,
    states: Iterable[str] = (),
) -> Result[Selection, Faults]:
    """A selection, or every word of it that is no job id and no state."""
    good, wanted = collect(parse_id(word) for word in ids), parse_states(states)
    if isinstance(good, Failure) or isinstance(wanted, Failure):
        return Failure(pvector(one for part in (good, wanted) if isinstance(part, Failure) for one in part.failure()))
    return Success(
        Selection(
            ids=pvector(dict.fromkeys(good.unwrap())),
            dirs=pvector(dict.fromkeys(dirs)),
            all_mine=all_mine,
            server=server,
            states=frozenset(wanted.unwrap()),
        )
    )


def same_id(one: str, other: str) -> bool:
    """Whether two ids of one batch system mean the same job: a server may be written without its domain."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def at_server(word: str, server: str) -> str:
    """The id of a job of this server: a number gets the server's name."""
    return word if "." in word else f"{word}.{server}"


def of_server(job_id: str | None, server: str) -> bool:
    """Whether a job belongs to a server, whose name may be written without its domain in either place."""
    own = (job_id or "").partition(".")[2]
    return bool(own) and (own == server or own.startswith(f"{server}.") or server.startswith(f"{own}."))


def none_left(selection: Selection, count: int) -> str:
    """What is said where none of so many jobs is in a wanted state, or of the wanted server."""
    which = "this job is not" if count == 1 else f"none of these {count} jobs is"
    states = " or ".join(sorted(state.name.lower() for state in selection.states))
    server = f"of {selection.server}" if selection.server else ""
    return f"{which} {' and '.join(filter(None, (states, server)))}"


def several_mean(word: str, ids: Iterable[str]) -> str:
    """What is said of a number that several jobs have."""
    return f"{word}: several jobs have this number: {', '.join(ids)}; give the full id"


def too_many(names: Sequence[str]) -> str:
    """What is said where one job is wanted and several are selected. ``names``: as messages call them."""
    shown = ", ".join(names[:3])
    return f"that means {len(names)} jobs ({shown}{', …' if len(names) > 3 else ''}); name one by its id"


class Lost(Struct, frozen=True):
    """A live job of this user, submitted by qq, of which only the batch system can tell, and end it."""

    seen: Seen
    words: str
    """What is said of it where it is not to be ended."""


def without_record(seen: Seen, user: str, unreadable: str | None, instead: JobInfo | None = None) -> Lost | str:
    """What is said of a job whose record is not where its batch system says. ``unreadable``: what is wrong there;
    ``instead``: what the record says by now, if it is another job's."""
    if seen.info_file is None:
        return f"{seen.job_id}: the batch system names no info file for it: is it a job of qq?"
    why = f" ({seen.said})" if seen.said else ""
    line = unreadable or f"{seen.job_id}: {_where_it_went(seen, instead)}{why}"
    if seen.user == user and not seen.state.gone:
        return Lost(seen, f"{line}; 'qq kill --force {seen.job_id}' ends the job all the same")
    if seen.user == user and seen.state is BatchState.FAILED and seen.nodes:
        return f"{line}; what its script made may still stand on scratch of {seen.nodes[0]}"
    return line


def _where_it_went(seen: Seen, instead: JobInfo | None) -> str:
    if instead is None:
        return f"its info file {seen.info_file} is gone"
    if instead.token == seen.token:
        return f"it was started anew as {instead.job_id} (qq info {instead.job_id})"
    return f"its info file {seen.info_file} is that of {instead.job_id or 'a job without an id'} by now"


def means(word: str, job_id: str | None) -> bool:
    """Whether a typed id means this job: the same id, or its number alone."""
    if job_id is None:
        return False
    return word == job_id or ("." not in word and word == short_id(job_id))


def short_id(job_id: str) -> str:
    """The number of an id, without the server's name."""
    return job_id.split(".", 1)[0]


def is_info_name(name: str) -> bool:
    """Whether a directory entry is named like an info file."""
    return name.endswith(INFO_SUFFIX) and name != INFO_SUFFIX and not name.startswith(".qq-")

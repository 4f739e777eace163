"""What is said of one way to end."""

from collections.abc import Sequence

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.names import ERR_SUFFIX, OUT_SUFFIX
from qq.core.one_line import listed
from qq.core.predicting import html


def in_short(state: str, why: str, next_command: str) -> str:
    """A state with its reason and what to do about it, on one line."""
    return f"{state}{f': {why}' if why else ''}{f' → {next_command}' if next_command else ''}"


class Outcome(Struct, frozen=True, kw_only=True):
    """A row of ``outcomes``. Files are those of an example: ``results`` is whatever the script makes."""

    ending: str
    script_exit_code: int | None
    """None: the script did not come to its end."""
    exit_code: int | None
    """Of ``qq run``; None: it was cut off."""
    state: str
    """The real state afterwards, as ``qq info`` calls it."""
    home: PVector[str] = pvector()
    """What the script made that is in the input directory."""
    archived: PVector[str] = pvector()
    stays: PVector[str] = pvector()
    """What the script made that is in the working directory on scratch."""
    work_dir: str | None = None
    """The working directory, if it still stands."""
    lost: PVector[str] = pvector()
    """What is nowhere: only where the world destroys scratch."""
    chain: str = ""
    """Whether the job goes on; empty for a standard job."""
    next_command: str = ""
    """What to type next, in the job's directory; empty: nothing has to be done."""
    why: str = ""
    """A sentence; no full stop, starts in lower case."""

    def __repr__(self) -> str:
        return f"<{self.ending}: {in_short(self.state, self.why, self.next_command)}>"

    def _repr_html_(self) -> str:
        return html.fields(self.ending, [*self.data().items()][1:])

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {
            "ending": self.ending,
            "script_exit_code": self.script_exit_code,
            "exit_code": self.exit_code,
            "state": self.state,
            "home": list(self.home),
            "archived": list(self.archived),
            "stays": list(self.stays),
            "work_dir": self.work_dir,
            "lost": list(self.lost),
            "chain": self.chain,
            "next_command": self.next_command,
            "why": self.why,
        }


NOTHING = "–"
_COPY = "a copy of the input"


def in_words(row: Outcome) -> dict[str, str]:
    """Place → what is there. The script's output is called by its suffixes, and only where it is new."""
    output = [name for name in row.stays if not (_is_output(name) and name in row.home)]
    stays = _listed(output) or (_COPY if row.work_dir else NOTHING)
    return {"home": _listed(row.home) or NOTHING, "archive": _listed(row.archived) or NOTHING, "scratch": stays}


def _listed(names: Sequence[str]) -> str:
    made = [name for name in names if not _is_output(name)]
    return listed([*made, *(suffix for suffix in _OUTPUT for name in names if name.endswith(suffix))])


def _is_output(name: str) -> bool:
    return name.endswith(_OUTPUT)


_OUTPUT = (OUT_SUFFIX, ERR_SUFFIX)


class Changed(Struct, frozen=True):
    """A cell that differs. ``ending`` is empty where it is about the job itself."""

    ending: str
    what: str
    """Which cell; empty: one of the jobs can't end so."""
    before: str
    after: str

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {"ending": self.ending, "what": self.what, "before": self.before, "after": self.after}

"""What can be observed of an installation of qq, as data: what `qq doctor` decides from."""

from msgspec import Struct


class Installed(Struct, frozen=True):
    """The qq that looks."""

    version: str
    path: str | None
    """None: it can't be found."""
    python: str


class Configured(Struct, frozen=True):
    """A file of the configuration. ``flaws``: all that is wrong with it, each with its line."""

    file: str
    flaws: tuple[str, ...]


class Misread(Struct, frozen=True):
    """The configuration as a whole can't be used."""

    words: str


class BatchSystem(Struct, frozen=True):
    """The site that was recognised. ``version``: of the batch system, as it says; ``silent``: why it can't be asked."""

    site: str
    engine: str
    version: str | None
    silent: str | None


class OwnQueue(Struct, frozen=True):
    """The queue of this machine. ``trouble``: what is wrong with its directory, or why it does not answer."""

    directory: str
    in_use: bool
    trouble: str | None


class Program(Struct, frozen=True):
    """Something that goes across hosts. ``version`` None: it is not there."""

    name: str
    version: str | None
    needed: bool


class Candidate(Struct, frozen=True):
    """A place for working directories. ``trouble``: why nothing can be made there; ``free``: bytes."""

    path: str
    free: int = 0
    trouble: str | None = None


class Scratch(Struct, frozen=True):
    """A type of working directory as it is seen from here. ``on_node``: each node has its own, and this is none.

    ``candidates``: those of the ``templates`` in which everything has a value here.
    """

    kind: str
    templates: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    on_node: bool


class StartUp(Struct, frozen=True):
    """The start-up file of the user's shell, as it stands. ``block``: what `qq shell-init` prints now."""

    shell: str
    text: str
    block: str


class Called(Struct, frozen=True):
    """What came of calling qq as somebody else will. ``said``: its last word if it was not a version."""

    command: str
    version: str | None
    said: str = ""


class FromJob(Struct, frozen=True):
    """The command that starts a job, with nothing of the user's in its environment."""

    called: Called
    shared: bool
    """Whether the nodes see it, as far as can be told."""


class InLoginShell(Struct, frozen=True):
    """``qq`` as a login shell with the user's start-up files finds it."""

    called: Called


class Node(Struct, frozen=True):
    """A node, reached by ssh. ``chosen``: nobody named it; ``ahead``: seconds that its clock is, None: not told."""

    name: str
    chosen: bool
    version: str | None = None
    ahead: float | None = None
    trouble: str | None = None


class NoNode(Struct, frozen=True):
    """There is none to try."""

    why: str


class FileClock(Struct, frozen=True):
    """The clock of the storage that a directory is on. ``ahead``: seconds; None: nothing can be written there."""

    directory: str
    ahead: float | None


class TinyJob(Struct, frozen=True):
    """A job that was really submitted. ``trouble``: what went wrong; ``kept``: where what it left still stands.

    ``version``: of the qq that ran it, None: what it said is not home yet.
    """

    job_id: str | None = None
    version: str | None = None
    node: str | None = None
    work_dir: str | None = None
    sent: float = 0.0
    told: float | None = None
    """What its clock showed while it ran; ``sent`` and ``seen`` are before and after it by ours. Unix seconds."""
    seen: float = 0.0
    trouble: str | None = None
    kept: str | None = None


Fact = (
    Installed
    | Configured
    | Misread
    | BatchSystem
    | OwnQueue
    | Program
    | Scratch
    | StartUp
    | FromJob
    | InLoginShell
    | Node
    | NoNode
    | FileClock
    | TinyJob
)

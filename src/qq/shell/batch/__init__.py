"""Batch systems as the shell talks to them: one question per command, whatever the number of jobs, bounded in time."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from returns.result import Result

from qq.core.evidence import Evidence, JobStep, Seen
from qq.core.troubles import Trouble

if TYPE_CHECKING:  # start-up counts, and who looks submits nothing
    from qq.core.batch_defaults import BatchDefaults
    from qq.core.cluster import Node, Queue
    from qq.core.request import Request


class Batch(Protocol):
    """What every batch system can do."""

    def submit(self, request: "Request") -> Result[str, Trouble]:
        """Submits; gives the full job id."""

    def check(self, request: "Request", *, asking: bool) -> Result[str, Trouble]:
        """Why it would refuse this now, so far as can be told beforehand; else what to warn of, mostly nothing.

        ``asking``: its server may be asked, too. Nothing is submitted.
        """

    def look(self, ids: Sequence[str], tokens: Sequence[str] = ()) -> Mapping[str, Evidence]:
        """What it says of each of these ids and tokens, in one question. Every key asked for is answered."""

    def steps(self, ids: Sequence[str]) -> Mapping[str, Sequence[JobStep]]:
        """The steps of each of these jobs, in one question; none where it keeps no account of them, or is silent."""

    def jobs(self, *, user: str | None, ended: bool, server: str | None = None) -> Result[Sequence[Seen], Trouble]:
        """All jobs of a user (None: everybody's); ``ended``: also those over; ``server``: of another one."""

    def accounts(self, *, user: str | None) -> Result[Sequence[Seen], Trouble]:
        """What is kept apart of a user's, or everybody's, jobs: it may alone answer, and alone know what is over."""

    def kill(self, ids: Sequence[str], *, force: bool = False) -> Mapping[str, Trouble | None]:
        """Asks for the end of each job: TERM, KILL later; ``force``: KILL at once. None: accepted."""

    def find(self, token: str) -> Result[str | None, Trouble]:
        """The id of the job that was submitted with this token, if it knows one."""

    def defaults(self, queue: str | None, server: str | None) -> Result["BatchDefaults", Trouble]:
        """What a job of this queue (None: of the default one) of a server gets where it does not say."""

    def queues(self, server: str | None) -> Result[Sequence["Queue"], Trouble]:
        """All queues, or partitions, of a server (None: of the usual one), in the batch system's own order."""

    def nodes(self, server: str | None) -> Result[Sequence["Node"], Trouble]:
        """All nodes of a server (None: of the usual one), in the batch system's own order."""

"""Slurm, by its client programs: a ``qq.shell.batch.Batch``.

However many jobs a command is about: one ``squeue``, and one ``sacct`` for those that the controller no longer knows.
"""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from qq.core.evidence import Absent, Evidence, JobStep, NotAnswered, Seen, believed, is_over, of_token
from qq.core.result import Failure, Result, Success, value_or_none
from qq.core.schedulers import slurm_accounting, slurm_queue
from qq.core.schedulers.slurm_environment import client_environment, is_id
from qq.core.schedulers.slurm_refusals import (
    UNKNOWN_JOB,
    failure_of,
    nothing_sent,
    refusal_of_end,
    refused_ends,
    verdict,
)
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.client_program import Said, ask
from qq.shell.here import user_name

if TYPE_CHECKING:
    from qq.core.batch_defaults import BatchDefaults
    from qq.core.cluster import Node, Queue
    from qq.core.request import Request

QUESTION = 30.0
"""Seconds that a question may take; a controller that is down is given up by the programs themselves after 9."""
EXTRA = 5.0
"""Seconds for what a user can do without."""
SUBMISSION = 90.0
"""Seconds: a controller that is busy makes sbatch wait and try again."""
DAYS = 7
"""So far back accounting is asked for jobs that are over, where no id is known."""

Found = Result[list[Seen], Trouble]


class Slurm(Struct, frozen=True):
    """The cluster that this machine's client programs talk to. ``environ``: what jobs inherit."""

    environ: Mapping[str, str]

    def submit(self, request: "Request") -> Result[str, Trouble]:
        """The id of the new job. Without an answer it is looked for, once: it may be there all the same."""
        no = self._not_waited_for(request)
        if no is not None:
            return Failure(no)
        answer = self._sbatch(request, seconds=SUBMISSION).bind(_submitted)
        if not isinstance(answer, Failure) or not _may_be_there(answer.failure()):
            return answer
        found = of_token(value_or_none(self._squeue(user=user_name(), ended=False)) or (), request.token)
        # One that is over was submitted before, for an earlier attempt.
        return answer if found is None or is_over(found) else Success(found.job_id)

    def check(self, request: "Request", *, asking: bool) -> Result[str, Trouble]:
        """As ``sbatch --test-only`` tells it. It costs the controller some work, and one number of a job."""
        if not asking:
            return Success("")
        no = self._not_waited_for(request)
        if no is not None:
            return Failure(no)
        asked = self._sbatch(request, "--test-only", seconds=QUESTION)
        return asked.bind(lambda said: verdict(said.code, said.err))

    def look(self, ids: Sequence[str], tokens: Sequence[str] = ()) -> Mapping[str, Evidence]:
        """What Slurm says of each of these ids and tokens."""
        real = [each for each in ids if is_id(each)]
        if not real and not tokens:
            return {each: Absent() for each in ids}
        in_queue = self._squeue(ids=() if tokens else real, user=user_name() if tokens else None, ended=True)
        known = _by_key(value_or_none(in_queue) or [])
        missing = [each for each in (*real, *tokens) if each not in known]
        in_accounts = self._accounts(missing, tokens) if missing else Success([])
        answers = {each: _evidence(each, known, in_queue, in_accounts) for each in (*real, *tokens)}
        return {**{each: Absent() for each in ids}, **answers}

    def steps(self, ids: Sequence[str]) -> Mapping[str, Sequence[JobStep]]:
        """As accounting tells them. They are an extra: who waits for a job's panel does not wait long for them."""
        from qq.core.schedulers.slurm_steps import FIELDS, parse_steps, steps_argv

        real = [each for each in ids if is_id(each)]
        if not real:
            return {}
        mark = _mark()
        asked = ask(steps_argv(mark, real), client_environment(self.environ), seconds=EXTRA)
        said = value_or_none(asked)
        return {} if said is None else parse_steps(slurm_queue.rows(said.out, mark, FIELDS))

    def jobs(self, *, user: str | None, ended: bool, server: str | None = None) -> Result[Sequence[Seen], Trouble]:
        """All jobs of a user, or of everybody, that the controller knows; ``ended``: also those that are over."""
        del server
        return self._squeue(user=user, ended=ended)

    def accounts(self, *, user: str | None) -> Result[Sequence[Seen], Trouble]:
        """As sacct tells them, of the last week; of everybody's, of the last day."""
        return self._sacct(user=user, days=DAYS if user else 1)

    def kill(self, ids: Sequence[str], *, force: bool = False) -> Mapping[str, Trouble | None]:
        """TERM to all processes of each job at once, KILL after KillWait: Slurm has nothing more forceful."""
        del force
        real = [each for each in ids if is_id(each)]
        nobodys = {each: refusal_of_end(each, "this is no id of a Slurm job") for each in ids if each not in real}
        if not real:
            return nobodys
        # -v: else it is silent about jobs that it can't end
        asked = ask(["scancel", "-v", *real], client_environment(self.environ), seconds=QUESTION)
        if isinstance(asked, Failure):
            return {**nobodys, **dict.fromkeys(real, asked.failure())}
        said = asked.unwrap()
        refused = refused_ends(said.err)
        if said.code and not refused:
            return {**nobodys, **dict.fromkeys(real, failure_of("scancel", said.code, said.err))}
        return {**nobodys, **{each: refusal_of_end(each, refused[each]) if each in refused else None for each in real}}

    def find(self, token: str) -> Result[str | None, Trouble]:
        """The id of the job with this token that the controller knows: of several, the one that is not over.

        Accounting is not asked: a job that the controller has forgotten has claimed its record, or has never begun, and
        the next cycle must not wait for a database.
        """
        known = self._squeue(user=user_name(), ended=True)
        return known.map(lambda jobs: of_token(jobs, token)).map(lambda seen: None if seen is None else seen.job_id)

    def defaults(self, queue: str | None, server: str | None) -> Result["BatchDefaults", Trouble]:  # noqa: ARG002
        """What its partition and the cluster give to a job. Without scontrol nobody can tell."""
        from qq.core.batch_defaults import BatchDefaults
        from qq.core.schedulers.slurm_cluster import defaults_of, parse_config, parse_partitions

        config = self._show("config")
        if isinstance(config, Failure):
            missing = config.failure().reason is Reason.TOOL_MISSING
            return Success(BatchDefaults()) if missing else config
        known = parse_config(config.unwrap())
        return self._show("partition", "--oneliner").map(lambda text: defaults_of(known, parse_partitions(text), queue))

    def queues(self, server: str | None) -> Result[Sequence["Queue"], Trouble]:  # noqa: ARG002
        """All partitions that this user sees. How many jobs are in them, is not among what Slurm says of them."""
        from qq.core.schedulers.slurm_cluster import parse_partitions

        return self._show("partition", "--oneliner").map(parse_partitions)

    def nodes(self, server: str | None) -> Result[Sequence["Node"], Trouble]:  # noqa: ARG002
        """All nodes that this user sees."""
        from qq.core.schedulers.slurm_cluster import parse_nodes

        return self._show("node", "--oneliner").map(parse_nodes)

    # --- how ---

    def _not_waited_for(self, request: "Request") -> Trouble | None:
        """Whether the job depends on others that Slurm would not wait for."""
        ids = sorted({each for one in request.depend for each in one.ids if is_id(each)})
        if not ids:
            return None
        from qq.core.schedulers.slurm_depend import disregarded, unknown

        in_queue = self._squeue(ids=ids, ended=True)
        if isinstance(in_queue, Failure):
            return None
        forgotten = unknown(ids, in_queue.unwrap())
        in_accounts = value_or_none(self._sacct(ids=forgotten)) if forgotten else None
        return None if in_accounts is None else disregarded(request.depend, forgotten, in_accounts)

    def _sbatch(self, request: "Request", *more: str, seconds: float) -> Result[Said, Trouble]:
        from qq.core.schedulers.slurm_inherited import sbatch_environment
        from qq.core.schedulers.slurm_submit import sbatch_argv

        argv, environ = [*sbatch_argv(request), *more], sbatch_environment(self.environ, request.env)
        return ask(argv, environ, seconds=seconds, text=request.starter, umask=request.umask)

    def _show(self, *words: str) -> Result[str, Trouble]:
        asked = ask(["scontrol", "show", *words], client_environment(self.environ), seconds=QUESTION)
        return asked.bind(_shown)

    def _squeue(self, *, ids: Sequence[str] = (), user: str | None = None, ended: bool) -> Found:
        mark = _mark()
        argv = slurm_queue.squeue_argv(mark, ids=ids, user=user, ended=ended)
        asked = ask(argv, client_environment(self.environ), seconds=QUESTION)
        return asked.bind(lambda said: _queue_of(said, mark))

    def _accounts(self, missing: Sequence[str], tokens: Sequence[str]) -> Found:
        """One question about everything that the controller does not know."""
        if any(each in tokens for each in missing):
            return self._sacct(user=user_name(), days=DAYS)
        return self._sacct(ids=missing)

    def _sacct(self, *, ids: Sequence[str] = (), user: str | None = None, days: int = DAYS) -> Found:
        mark = _mark()
        argv = slurm_accounting.sacct_argv(mark, ids=ids, user=user, days=days)
        asked = ask(argv, client_environment(self.environ), seconds=QUESTION)
        return asked.bind(lambda said: _accounts_of(said, mark))


def open_slurm(environ: Mapping[str, str]) -> Slurm:
    """The Slurm of this machine."""
    return Slurm(environ)


def _mark() -> str:
    return f"|{os.urandom(8).hex()}|"


def _submitted(said: Said) -> Result[str, Trouble]:
    if said.code:
        return Failure(failure_of("sbatch", said.code, said.err))
    last = said.out.strip().rpartition("\n")[2]  # wrappers may say more before it
    job_id = last.partition(";")[0]  # with a cluster's name after it where there are several
    if is_id(job_id):
        return Success(job_id)
    return Failure(Trouble(Reason.BATCH_NOT_ANSWERING, "sbatch took the job, but did not say its id"))


def _shown(said: Said) -> Result[str, Trouble]:
    return Failure(failure_of("scontrol", said.code, said.err or said.out)) if said.code else Success(said.out)


def _may_be_there(trouble: Trouble) -> bool:
    return trouble.reason is Reason.BATCH_NOT_ANSWERING and not nothing_sent(trouble.words)


def _queue_of(said: Said, mark: str) -> Found:
    if said.code and not UNKNOWN_JOB.search(said.err):  # one id alone that nobody knows is an error for squeue
        return Failure(failure_of("squeue", said.code, said.err))
    return Success(slurm_queue.parse_squeue(said.out, mark))


def _accounts_of(said: Said, mark: str) -> Found:
    if said.code and not slurm_accounting.no_accounting(said.err):
        return Failure(failure_of("sacct", said.code, said.err))
    return Success(slurm_accounting.parse_sacct(slurm_queue.rows(said.out, mark, slurm_accounting.FIELDS)))


def _by_key(jobs: Sequence[Seen]) -> dict[str, Seen]:
    """By id and by token."""
    same: dict[str, list[Seen]] = {}
    for seen in jobs:
        if seen.token:
            same.setdefault(seen.token, []).append(seen)
    meant = {token: found for token, each in same.items() if (found := of_token(each, token)) is not None}
    return {**{seen.job_id: seen for seen in jobs}, **meant}


def _evidence(key: str, known: Mapping[str, Seen], in_queue: Found, in_accounts: Found) -> Evidence:
    """From the controller, else from accounting. Of a controller that is silent, accounting knows only what is over."""
    if key in known:
        return believed(known[key])
    if isinstance(in_accounts, Failure):
        return NotAnswered(str(in_queue.failure() if isinstance(in_queue, Failure) else in_accounts.failure()))
    told = _by_key(in_accounts.unwrap()).get(key)
    if isinstance(in_queue, Failure):
        return told if told is not None and is_over(told) else NotAnswered(str(in_queue.failure()))
    return Absent() if told is None else believed(told)

"""PBS Pro and OpenPBS, by their client programs: a ``qq.shell.batch.Batch``.

However many jobs a command is about: one ``qstat`` (a second one within a second is kept waiting by PBS). Only three
things ask once more: a server that keeps no history, ids of other servers beside tokens, and held jobs, whose parents
tell whether the waiting can end.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from qq.core.evidence import Absent, Evidence, JobStep, NotAnswered, Seen, believed, of_token
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success
from qq.core.schedulers import pbs_words
from qq.core.schedulers.pbs_ids import is_id, same_job, under
from qq.core.schedulers.pbs_jobs import parent_ids, parse_jobs, with_parents
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.client_program import Said, ask
from qq.shell.here import user_name

if TYPE_CHECKING:
    from qq.core.batch_defaults import BatchDefaults
    from qq.core.cluster import Node, Queue
    from qq.core.request import Request

QUESTION = 30.0
SUBMISSION = 90.0
"""Seconds. A hook of the site may take its time over a submission."""


class _Told(Struct, frozen=True):
    """What PBS said of jobs. ``why``: what it said of those that it neither described nor called unknown."""

    jobs: Mapping[str, Seen] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    why: str = ""


class Pbs(Struct, frozen=True):
    """The PBS that this machine's client programs talk to. ``environ``: of whoever submits."""

    environ: Mapping[str, str]

    def submit(self, request: "Request") -> Result[str, Trouble]:
        """The full id of the new job. Without an answer it is looked for, once: it may be there all the same."""
        from qq.core.schedulers.pbs_environment import qsub_environment
        from qq.core.schedulers.pbs_submit import qsub_argv

        asked = ask(
            qsub_argv(request, self.environ),
            qsub_environment(request, self.environ),
            seconds=SUBMISSION,
            text=request.starter,
            umask=request.umask,
            directory=request.input_dir,
        )
        answer = asked.bind(_submitted)
        if not isinstance(answer, Failure) or answer.failure().reason is not Reason.BATCH_NOT_ANSWERING:
            return answer
        found = self._of_tokens((), [request.token], request.server)[request.token]
        return Success(found.job_id) if isinstance(found, Seen) else answer

    def check(self, request: "Request", *, asking: bool) -> Result[str, Trouble]:  # noqa: ARG002
        """Only a submission tells."""
        return Success("")

    def look(self, ids: Sequence[str], tokens: Sequence[str] = ()) -> Mapping[str, Evidence]:
        """What PBS says of each of these ids and tokens."""
        real = [each for each in ids if is_id(each)]
        answers: dict[str, Evidence] = {each: Absent() for each in ids}
        if tokens:
            answers |= self._of_tokens(real, tokens)
        elif real:
            answers |= _evidence(real, self._qstat(real))
        return self._with_parents(answers)

    def steps(self, ids: Sequence[str]) -> Mapping[str, Sequence[JobStep]]:  # noqa: ARG002
        """PBS keeps no account of them."""
        return {}

    def jobs(self, *, user: str | None, ended: bool, server: str | None = None) -> Result[Sequence[Seen], Trouble]:
        """All jobs of a user, or of everybody; ``ended``: also those that are over, as long as PBS remembers them."""
        words = [*(["-u", user] if user else []), *([f"@{server}"] if server else [])]
        asked = self._qstat(words, history=ended)
        return asked.map(lambda told: [seen for seen in told.jobs.values() if ended or seen.ended is None])

    def accounts(self, *, user: str | None) -> Result[Sequence[Seen], Trouble]:  # noqa: ARG002
        """The server itself keeps them."""
        return Success(())

    def kill(self, ids: Sequence[str], *, force: bool = False) -> Mapping[str, Trouble | None]:
        """TERM to all processes of each job, KILL after kill_delay; ``force``: KILL, and the job is forgotten."""
        real = [each for each in ids if is_id(each)]
        nobodys = {each: _no_id(each) for each in ids if each not in real}
        if not real:
            return nobodys
        asked = ask(["qdel", *(("-W", "force") if force else ()), *real], self.environ, seconds=QUESTION)
        if isinstance(asked, Failure):
            return {**nobodys, **dict.fromkeys(real, asked.failure())}
        said = asked.unwrap()
        return {**nobodys, **pbs_words.refused_ends(said.code, said.err, real)}

    def find(self, token: str) -> Result[str | None, Trouble]:
        """The id of the job with this token: of several, the one that is not over."""
        evidence = self.look((), [token])[token]
        match evidence:
            case Seen():
                return Success(evidence.job_id)
            case Absent():
                return Success(None)
            case NotAnswered(why):
                return Failure(Trouble(Reason.BATCH_NOT_ANSWERING, why, transient=True))

    def defaults(self, queue: str | None, server: str | None) -> Result["BatchDefaults", Trouble]:
        """What its queue and its server give to a job. Without qstat nobody can tell."""
        from qq.core.schedulers.pbs_queues import defaults_of, parse_queues, parse_server

        asked = self._show("-Bf", *([server] if server else []))
        if isinstance(asked, Failure):
            missing = asked.failure().reason is Reason.TOOL_MISSING
            return Success(defaults_of(None, [], queue)) if missing else asked
        of_server = parse_server(asked.unwrap())
        name = queue or (of_server.default_queue if of_server else None)
        if name is None:
            return Success(defaults_of(of_server, [], None))
        queues = self._show("-Qf", "-w", f"{name}@{server}" if server else name)
        # A queue that it does not know is refused at the submission, with better words.
        return Success(defaults_of(of_server, parse_queues(queues.value_or("")), name))

    def queues(self, server: str | None) -> Result[Sequence["Queue"], Trouble]:
        """All queues of a server; the server itself says which is its default one."""
        from qq.core.schedulers.pbs_queues import parse_queues, parse_server

        asked = self._show("-Bf", *([server] if server else []))
        if isinstance(asked, Failure):
            return asked
        of_server = parse_server(asked.unwrap())
        default = of_server.default_queue if of_server else None
        told = self._show("-Qf", "-w", *([f"@{server}"] if server else []))
        return told.map(lambda text: parse_queues(text, default))

    def nodes(self, server: str | None) -> Result[Sequence["Node"], Trouble]:
        """All nodes of a server."""
        from qq.core.schedulers.pbs_nodes import parse_nodes

        argv = ["pbsnodes", *(["-s", server] if server else []), "-a"]
        asked = ask(argv, self.environ, seconds=QUESTION).bind(lambda said: _shown(said, argv[0]))
        return asked.map(parse_nodes)

    # --- how ---

    def _show(self, *words: str) -> Result[str, Trouble]:
        return ask(["qstat", *words], self.environ, seconds=QUESTION).bind(lambda said: _shown(said, "qstat"))

    def _of_tokens(self, ids: Sequence[str], tokens: Sequence[str], server: str | None = None) -> dict[str, Evidence]:
        """A token stands among the variables of a job: all of this user's jobs are looked through."""
        asked = self._qstat(["-u", user_name(), *([f"@{server}"] if server else [])])
        if isinstance(asked, Failure):
            return dict.fromkeys((*ids, *tokens), NotAnswered(str(asked.failure())))
        jobs = asked.unwrap().jobs
        mine = {each: seen for each in ids if (seen := under(each, jobs)) is not None}
        others = [each for each in ids if each not in mine]
        answers: dict[str, Evidence] = {each: believed(seen) for each, seen in mine.items()}
        answers |= {each: _known(of_token(jobs.values(), each)) for each in tokens}
        return answers | (_evidence(others, self._qstat(others)) if others else {})

    def _with_parents(self, answers: dict[str, Evidence]) -> dict[str, Evidence]:
        held = [seen for seen in answers.values() if isinstance(seen, Seen)]
        parents = [each for each in parent_ids(held) if is_id(each)]
        if not parents:
            return answers
        told = _evidence(parents, self._qstat(parents))
        known = {each: _seen(said) for each, said in told.items() if not isinstance(said, NotAnswered)}
        return {key: with_parents(said, known) if isinstance(said, Seen) else said for key, said in answers.items()}

    def _qstat(self, words: Sequence[str], *, history: bool = True) -> Result[_Told, Trouble]:
        asked = ask(["qstat", "-fx" if history else "-f", "-w", *words], self.environ, seconds=QUESTION)
        if isinstance(asked, Failure):
            return asked
        said = asked.unwrap()
        if history and pbs_words.history_is_off(said.err):
            without = self._qstat(words, history=False)
            return without.map(lambda told: replace(told, jobs={**parse_jobs(said.out), **told.jobs}))
        return _told(said)


def open_pbs(environ: Mapping[str, str]) -> Pbs:
    """The PBS of this machine; ``PBS_SERVER`` in the environment names another server than its default one."""
    return Pbs(environ)


def _submitted(said: Said) -> Result[str, Trouble]:
    if said.code:
        return Failure(pbs_words.submission_failed(said.code, said.err))
    job_id = said.out.strip().rpartition("\n")[2].strip()  # what a site's wrapper says comes before it
    if is_id(job_id):
        return Success(job_id)
    return Failure(Trouble(Reason.BATCH_NOT_ANSWERING, "qsub took the job, but did not say its id"))


def _told(said: Said) -> Result[_Told, Trouble]:
    jobs, unknown = parse_jobs(said.out), pbs_words.unknown_jobs(said.err)
    trouble = pbs_words.question_failed("qstat", said.code, said.err)
    if said.code and not jobs and not unknown:
        return Failure(trouble)
    return Success(_Told(jobs, unknown, str(trouble) if said.code or said.err.strip() else ""))


def _shown(said: Said, program: str) -> Result[str, Trouble]:
    return Failure(pbs_words.question_failed(program, said.code, said.err)) if said.code else Success(said.out)


def _evidence(ids: Iterable[str], asked: Result[_Told, Trouble]) -> dict[str, Evidence]:
    if isinstance(asked, Failure):
        return dict.fromkeys(ids, NotAnswered(str(asked.failure())))
    return {each: _of_id(each, asked.unwrap()) for each in ids}


def _of_id(job_id: str, told: _Told) -> Evidence:
    """A job that PBS neither describes nor calls unknown is not absent: its server was silent about it."""
    seen = under(job_id, told.jobs)
    if seen is not None:
        return believed(seen)
    if any(same_job(job_id, other) for other in told.unknown):
        return Absent()
    return NotAnswered(told.why or f"PBS said nothing of {job_id}")


def _known(seen: Seen | None) -> Evidence:
    return Absent() if seen is None else believed(seen)


def _seen(said: Evidence) -> Seen | None:
    return said if isinstance(said, Seen) else None


def _no_id(job_id: str) -> Trouble:
    return Trouble(Reason.BATCH_REFUSED, f"PBS refused to end {job_id}: this is no id of a PBS job")

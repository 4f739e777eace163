"""Why a job is in the state it is in, in words for people, and what to type next. Every end has a reason (DESIGN)."""

import shlex

from msgspec import Struct

from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.lifecycle.decisions import is_at_home, is_partly_home, next_is_due, results_are_due
from qq.core.real_state import batch_state, real_state, requeued
from qq.core.records.job import JobInfo, KilledBy
from qq.core.states import BatchState, RealState, RecordState
from qq.core.troubles import Reason

STARTER_NOT_FOUND_CODE = 127
"""What a shell ends with when it does not find the program."""


_UNSTUCK = {Reason.DEPENDENCY: f"qq kill {{job}}, then {Reason.DEPENDENCY.next_command}"}
"""What to do about a job that will never start by itself, if it is not what that reason says anyway."""


class Explanation(Struct, frozen=True, kw_only=True):
    """What is so, why, and what to do about it. Without a reason there is nothing to explain."""

    state: RealState
    reason: Reason | None = None
    words: str = ""
    """One sentence; no full stop, starts in lower case."""
    next_command: str = ""
    """What to type next; empty if there is nothing to do."""
    answered: bool = True
    """Whether the batch system answered; if not, the state is only what the record says."""

    @property
    def number(self) -> int | None:
        """The number of the reason, as records hold it."""
        return self.reason.number if self.reason else None


def explain(job: JobInfo, evidence: Evidence) -> Explanation:
    """The state of a job with its reason in words and the next command."""
    state = real_state(job, evidence)
    if isinstance(evidence, NotAnswered):
        return _not_answered(job, state, evidence)
    if state is RealState.INCONSISTENT:
        return _inconsistent(job, evidence)
    if requeued(job, batch_state(evidence)):
        return Explanation(state=state, reason=Reason.REQUEUED, words=f"{Reason.REQUEUED.sentence}; {_then(job)}")
    if state in (RealState.FAILED, RealState.KILLED):
        return _ended(job, state, evidence)
    if state is RealState.FINISHED:
        return _finished(job)
    if state is RealState.UNKNOWN:
        return _about(job, state, Reason.RECORD_INVALID, "its info file holds a state that qq does not know")
    return _live(job, state, evidence)


def _then(job: JobInfo) -> str:
    if job.script_exit_code is None:
        return "it will start anew"
    return f"its script, which ended with code {job.script_exit_code}, is not run again"


def _live(job: JobInfo, state: RealState, evidence: Evidence) -> Explanation:
    """Of a job that has not ended: why it waits, and what to do if it would wait for ever."""
    if isinstance(evidence, Seen) and evidence.stuck is not None:
        words = evidence.comment or evidence.stuck.sentence
        return _about(job, state, evidence.stuck, words, _UNSTUCK.get(evidence.stuck))
    return Explanation(state=state, words=evidence.comment if isinstance(evidence, Seen) else "")


def selector(job: JobInfo) -> str:
    """What to type to mean this job: its id, or its directory while it has none."""
    return job.job_id or f"-d {shlex.quote(job.input_dir)}"


def next_cycle_missing(job: JobInfo) -> bool:
    """Whether a finished job should be followed by another one that nobody has submitted yet.

    Records of the older wrapper never say what followed: of them nothing is claimed.
    """
    return not job.of_older_wrapper and next_is_due(job)


def _about(job: JobInfo, state: RealState, reason: Reason, words: str, command: str | None = None) -> Explanation:
    template = reason.next_command if command is None else command
    return Explanation(state=state, reason=reason, words=words, next_command=template.replace("{job}", selector(job)))


def _not_answered(job: JobInfo, state: RealState, evidence: NotAnswered) -> Explanation:
    said = _ended(job, state, evidence) if state in (RealState.FAILED, RealState.KILLED) else None
    said = _finished(job) if state is RealState.FINISHED else said
    words = f"the batch system could not be asked ({evidence.why}); its info file says {job.state}"
    return Explanation(
        state=state,
        reason=Reason.BATCH_NOT_ANSWERING,
        words=f"{words}: {said.words}" if said and said.words else words,
        answered=False,
    )


def _inconsistent(job: JobInfo, evidence: Seen | Absent) -> Explanation:
    if job.killed_by and not job.state.ended and batch_state(evidence).gone:
        return _about(
            job,
            RealState.INCONSISTENT,
            Reason.KILLED_BY_USER,
            f"{_by(job.killed_by)} and gone, but its end was not recorded",
            "qq kill --force {job}",
        )
    match job.state:
        case RecordState.QUEUED if batch_state(evidence).gone and job.main_node is None:
            reason, words = _never_began(job, evidence)
        case RecordState.QUEUED | RecordState.RUNNING if batch_state(evidence).gone:
            reason, words = _vanished(job, evidence)
        case RecordState.RUNNING if batch_state(evidence) is BatchState.EXITING:
            words = (
                "the batch system is ending the job, and qq run has not recorded its end yet: look again in a moment"
            )
            reason = Reason.CONTRADICTION
        case _:
            reason = Reason.CONTRADICTION
            words = f"its info file says {job.state}, the batch system says {batch_state(evidence)}"
    said = evidence.said if isinstance(evidence, Seen) else ""
    return _about(job, RealState.INCONSISTENT, reason, _with_said(words, said))


def _with_said(words: str, said: str) -> str:
    if said.startswith(words):
        return said
    return f"{words} ({said})" if said else words


def _by(killed: KilledBy) -> str:
    return f"killed by {killed.who} at {killed.when:%Y-%m-%d %H:%M:%S}"


def _never_began(job: JobInfo, evidence: Evidence) -> tuple[Reason, str]:
    if not isinstance(evidence, Seen):
        if job.job_id is None:
            return Reason.NEVER_SUBMITTED, Reason.NEVER_SUBMITTED.sentence
        return Reason.NOT_STARTED, "the batch system no longer knows the job, and qq run never began"
    if evidence.exit_code == STARTER_NOT_FOUND_CODE:
        return Reason.STARTER_NOT_FOUND, Reason.STARTER_NOT_FOUND.sentence
    if job.depend and evidence.started is None:
        return Reason.DEPENDENCY, Reason.DEPENDENCY.sentence
    return Reason.NOT_STARTED, Reason.NOT_STARTED.sentence


def _vanished(job: JobInfo, evidence: Evidence) -> tuple[Reason, str]:
    if job.script_exit_code is not None:
        done = f"the script had ended with code {job.script_exit_code}, but qq run did not finish its work"
        return Reason.VANISHED, done
    if isinstance(evidence, Seen):
        return Reason.VANISHED, "the job is over, but qq run could not record how it ended"
    return Reason.NODE_LOST, "the node or the job's processes vanished while the job was running"


def _ended(job: JobInfo, state: RealState, evidence: Evidence) -> Explanation:
    reason = _reason_of_end(job, state)
    words = _words_of_end(job, state, reason)
    if reason is Reason.TERMINATED and isinstance(evidence, Seen):
        # Its exit code may be a later attempt's.
        words = _with_said(words, evidence.comment)
    if state is RealState.KILLED and job.script_exit_code is not None:
        due = ", and its results were on their way" if results_are_due(job) else ""
        words += f"; the script had ended with code {job.script_exit_code}{due}"
        return _about(job, state, reason, words, "qq recover {job}")
    if reason is Reason.NOT_RECORDED:
        return _about(job, state, reason, words, "qq logs --qq {job}")
    # Before the script has ended there is nothing that could be recovered: see suitability.can_recover.
    begun_anew = job.script_exit_code is None and "qq recover" in reason.next_command
    command = reason.next_command.replace("qq recover", "qq respawn") if begun_anew else None
    return _about(job, state, reason, words, command)


def _reason_of_end(job: JobInfo, state: RealState) -> Reason:
    if state is RealState.KILLED and job.killed_by:
        return Reason.KILLED_BY_USER
    if job.failure:
        return Reason.by_number(job.failure.number)
    if state is RealState.KILLED:
        return Reason.TERMINATED
    # The older wrapper knew one code only, the script's or its own.
    known = job.script_exit_code is not None or (job.of_older_wrapper and job.exit_code is not None)
    return Reason.SCRIPT_FAILED if known else Reason.NOT_RECORDED


def _code(job: JobInfo) -> int | None:
    return job.exit_code if job.script_exit_code is None else job.script_exit_code


def _words_of_end(job: JobInfo, state: RealState, reason: Reason) -> str:
    if state is RealState.KILLED and job.killed_by:
        return _by(job.killed_by)
    if job.failure and job.failure.words:
        return job.failure.words
    if reason is Reason.SCRIPT_FAILED:
        return f"the script ended with exit code {_code(job)}"
    return reason.sentence


def _finished(job: JobInfo) -> Explanation:
    state = RealState.FINISHED
    if next_cycle_missing(job):
        reason = Reason.by_number(job.failure.number) if job.failure else Reason.RESUBMISSION
        home = "everything is at home, but " if is_at_home(job) else ""
        words = job.failure.words if job.failure else f"{home}the next job was not submitted"
        return _about(job, state, reason, words or reason.sentence, "qq recover {job}")
    if job.failure:
        reason = Reason.by_number(job.failure.number)
        return _about(job, state, reason, job.failure.words or reason.sentence)
    if is_partly_home(job):
        words = "some of its files can't stand at home, and were left in the working directory"
        return Explanation(state=state, words=words, next_command=f"qq go {selector(job)}")
    return Explanation(state=state)

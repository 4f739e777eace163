"""What a job's state follows from: what its record says, what the batch system says, and the rule that joins them.

The rules are those of ``real_state``, with a number and a sentence each, so that a person can check the conclusion.
"""

from msgspec import Struct

from qq.core.evidence import Evidence, NotAnswered, Seen, code_words
from qq.core.explain import Explanation, explain
from qq.core.real_state import batch_state, real_state, requeued
from qq.core.records.job import JobInfo
from qq.core.states import RealState
from qq.core.troubles import Numbered, Words


class Rule(Numbered):
    """How a state follows from the record and the batch system's answer. Numbers never change."""

    NOT_ANSWERED = Words(1, "the batch system was not heard, so the state is what the info file says")
    UNKNOWN_WORD = Words(2, "a state in the info file that this qq does not know tells nothing")
    REQUEUED = Words(3, "a job that had begun and stands in the queue again was requeued")
    WAITS = Words(4, "a job that has not begun is where the batch system's queue has it")
    SUSPENDED = Words(5, "a job that the batch system has stopped for now is suspended")
    BOOTING = Words(6, "what the batch system runs, and qq run has not recorded as running, is booting")
    RUNNING = Words(7, "what both call running is running")
    EXITING = Words(8, "what has ended in the info file, and not yet for the batch system, is exiting")
    ENDED = Words(9, "the end that qq run or qq kill recorded is the job's end")
    CONTRADICTION = Words(10, "no life of a job leads to what these two say together")


_RULES = {
    RealState.QUEUED: Rule.WAITS,
    RealState.HELD: Rule.WAITS,
    RealState.WAITING: Rule.WAITS,
    RealState.SUSPENDED: Rule.SUSPENDED,
    RealState.BOOTING: Rule.BOOTING,
    RealState.RUNNING: Rule.RUNNING,
    RealState.EXITING: Rule.EXITING,
    RealState.FINISHED: Rule.ENDED,
    RealState.FAILED: Rule.ENDED,
    RealState.KILLED: Rule.ENDED,
    RealState.INCONSISTENT: Rule.CONTRADICTION,
    RealState.UNKNOWN: Rule.UNKNOWN_WORD,
}


class Why(Struct, frozen=True, kw_only=True):
    """The evidence about a job, the rule that gave its state, and what follows."""

    record: str
    """What the info file says."""
    batch: str
    """What the batch system says, in words that follow "the batch system"."""
    node: str
    """Where it runs or ran; empty: nobody says."""
    rule: Rule
    told: Explanation

    @property
    def sentence(self) -> str:
        """The evidence and the rule in one sentence; no full stop, starts in lower case."""
        where = f", on {self.node}" if self.node else ""
        return f"the info file says {self.record}{where}; the batch system {self.batch} (rule {self.rule.number})"


def why(job: JobInfo, evidence: Evidence) -> Why:
    """What the state of a job follows from."""
    return Why(
        record=_recorded(job),
        batch=_answered(evidence),
        node=_node(job, evidence),
        rule=rule(job, evidence),
        told=explain(job, evidence),
    )


def rule(job: JobInfo, evidence: Evidence) -> Rule:
    """The rule that gives the real state."""
    if isinstance(evidence, NotAnswered):
        return Rule.NOT_ANSWERED
    if requeued(job, batch_state(evidence)):
        return Rule.REQUEUED
    return _RULES[real_state(job, evidence)]


def _recorded(job: JobInfo) -> str:
    since = job.completion_time if job.state.ended else job.start_time or job.submission_time
    words = str(job.state) if since is None else f"{job.state} since {since:%Y-%m-%d %H:%M:%S}"
    if job.script_exit_code is not None:
        words += f", script's exit code {job.script_exit_code}"
    elif job.exit_code is not None:
        words += f", exit code {job.exit_code}"
    return words


def _answered(evidence: Evidence) -> str:
    if isinstance(evidence, NotAnswered):
        return f"could not be asked ({evidence.why})"
    if not isinstance(evidence, Seen):
        return "does not know the job (any more)"
    code = "" if evidence.exit_code is None else code_words(evidence.exit_code)
    comment = f'"{evidence.comment}"' if evidence.comment else ""
    return ", ".join(filter(None, (f"says {evidence.state}", code, comment)))


def _node(job: JobInfo, evidence: Evidence) -> str:
    if job.main_node:
        return job.main_node
    return ", ".join(evidence.nodes) if isinstance(evidence, Seen) else ""

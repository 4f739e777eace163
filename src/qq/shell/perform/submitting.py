"""The batch system as a running job talks to it: from the first of several hosts that can be reached, and never twice.

The rule of ``--resubmit-from``: whoever can be reached is asked, and then its answer counts, whatever it is.
"""

from collections.abc import Sequence
from typing import cast

from qq.core.effects import ON_THE_SPOT, WORKING, FindJob, SubmitJob
from qq.core.moments import FoundJob, Submitted
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success
from qq.core.submission.request import inherited
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.choose import open_batch
from qq.shell.perform.asking import ask
from qq.shell.perform.connecting import link_to
from qq.shell.perform.others import Others
from qq.shell.perform.watch import Watch
from qq.shell.resubmission import resubmit

Asked = Result[FoundJob | Submitted, Trouble]


def from_some_host(effect: FindJob | SubmitJob, watch: Watch, others: Others, unanswered: set[str]) -> Asked:
    """Performs it. ``unanswered``: tokens of submissions that the batch system may have; kept up to date."""
    chosen = _reached(effect.hosts, watch, others)
    if isinstance(chosen, Failure):
        return Failure(cast("Trouble", chosen.failure()))
    host = chosen.unwrap()
    if isinstance(effect, FindJob):
        return _find(effect, host, watch, others)
    return _submit_once(effect, host, watch, others, unanswered)


def _reached(hosts: Sequence[str], watch: Watch, others: Others) -> Result[str, Trouble]:
    why = Trouble(Reason.HOST_UNREACHABLE, "no host is named that could ask the batch system")
    for host in hosts:
        if host == WORKING:
            return Success(host)
        link = link_to(others, host, watch)
        if not isinstance(link, Failure):
            return Success(host)
        why = link.failure()
        if why.reason is Reason.INTERRUPTED:
            break
    return Failure(why)


def _find(effect: FindJob, host: str, watch: Watch, others: Others) -> Asked:
    if host != WORKING:
        return cast("Asked", ask(others, host, replace(effect, hosts=ON_THE_SPOT), watch))
    batch = open_batch(effect.batch_system, others.environ)
    return batch.bind(lambda queue: queue.find(effect.token)).map(FoundJob)


def _submit_once(effect: SubmitJob, host: str, watch: Watch, others: Others, unanswered: set[str]) -> Asked:
    """After a try without an answer the batch system is asked whether it has the job."""
    token = effect.job.token
    if token in unanswered:
        asked = _find(FindJob(token, effect.job.batch_system), host, watch, others)
        if isinstance(asked, Failure):
            return asked
        found = cast("FoundJob", asked.unwrap())
        if found.job_id is not None:
            return Success(Submitted(found.job_id))
    answer = _submit(effect, host, watch, others)
    return answer.lash(lambda trouble: Failure(_not_submitted(token, trouble, unanswered)))


def _submit(effect: SubmitJob, host: str, watch: Watch, others: Others) -> Asked:
    if host != WORKING:
        travelling = replace(effect, hosts=ON_THE_SPOT, env=inherited(others.environ))
        return cast("Asked", ask(others, host, travelling, watch))
    environ = {**others.environ, **effect.env}
    return resubmit(effect.job, effect.after, environ, shared=effect.shared).map(Submitted)


def _not_submitted(token: str, trouble: Trouble, unanswered: set[str]) -> Trouble:
    """A no is definite only if no earlier try went unanswered: the job may exist."""
    if trouble.reason is not Reason.BATCH_REFUSED:
        unanswered.add(token)
        return trouble
    if token not in unanswered:
        return trouble
    return Trouble(Reason.BATCH_NOT_ANSWERING, f"it is not known whether the job was submitted: {trouble}")

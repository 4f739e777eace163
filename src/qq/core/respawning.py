"""What `qq respawn` submits, and what it is going to do, in words, before it does it. Looks at nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.depending import can_not_be_met
from qq.core.evidence import Absent, Evidence, NotAnswered
from qq.core.job_names import mark_names, runtime_files
from qq.core.lifecycle.transitions import unlived
from qq.core.paths import temporary_dir
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo, WorkDir
from qq.core.records.site import Settings, Site
from qq.core.records.values import Dependency
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success
from qq.core.suitability import LIVE, Verdict, can_respawn
from qq.core.troubles import Reason
from qq.core.wiping import directories


class Anew(Struct, frozen=True, kw_only=True):
    """What a job that is submitted again does not take over from its old record."""

    now: datetime
    token: str
    """Fresh and random."""
    host: str
    qq_version: str
    qq_path: str
    depend: PVector[Dependency]
    site: Site
    """Of records that hold none (the older wrapper's)."""
    settings: Settings


def suitable(job: JobInfo, evidence: Evidence, *, force: bool = False) -> Verdict:
    """Whether a job may be submitted again; a live one never: then there would be two."""
    state = real_state(job, evidence)
    if state in LIVE and not isinstance(evidence, NotAnswered):
        return Failure(f"is {state}: qq kill it first, if it is to start anew")
    return can_respawn(job, evidence, force=force)


def respawned(job: JobInfo, anew: Anew) -> JobInfo:
    """The record of the new job: every option of the old one, its cycle too; it remembers what stands on scratch."""
    return replace(
        unlived(job),
        token=anew.token,
        submission_time=anew.now.replace(microsecond=0),
        input_machine=anew.host,
        qq_version=anew.qq_version,
        qq_path=anew.qq_path,
        depend=anew.depend,
        site=job.site or anew.site,
        settings=job.settings or anew.settings,
        earlier_work_dirs=pvector(WorkDir(one.host, one.path, one.token or job.token) for one in directories(job)),
    )


def dependencies(job: JobInfo, said: Mapping[str, Evidence]) -> Result[PVector[Dependency], str]:
    """Those that the batch system still knows; it would never start a job that waits for one that it has forgotten.

    A failure, too, where one of them has ended, and not as it would have to.
    """
    unsaid = NotAnswered("it was not asked")
    answers = {each: said.get(each, unsaid) for one in job.depend for each in one.ids}
    silent = next((evidence for evidence in answers.values() if isinstance(evidence, NotAnswered)), None)
    if silent is not None:
        return Failure(f"depends on other jobs, and the batch system could not be asked about them ({silent.why})")
    waited_for = ((one.kind, each) for one in job.depend for each in one.ids)
    for kind, each in waited_for:
        if can_not_be_met(kind, answers[each]):
            words = f"depends on {each} ({kind}), which has ended otherwise, so it would never start"
            return Failure(f"{words}: {Reason.DEPENDENCY.next_command}")
    known = (
        replace(one, ids=pvector(each for each in one.ids if not isinstance(answers[each], Absent)))
        for one in job.depend
    )
    return Success(pvector(one for one in known if one.ids))


def forgotten(job: JobInfo, depend: Iterable[Dependency]) -> PVector[str]:
    """The ids that the old job depended on and the new one does not."""
    kept = {each for one in depend for each in one.ids}
    return pvector(each for one in job.depend for each in one.ids if each not in kept)


def aside(job: JobInfo) -> str:
    """The directory in which the old job's runtime files wait until the batch system has taken the new one."""
    return temporary_dir(job.input_dir, job.token, "old")


def files_of(job: JobInfo, names: Iterable[str]) -> PVector[str]:
    """Of the names in the input directory, those that are set aside besides the record, which stays until replaced."""
    files = runtime_files(job.job_name)
    own = {files.out, files.err, files.qqout, *mark_names(job.job_name)}
    return pvector(sorted(own.intersection(names)))


def respawn_words(old: JobInfo, new: JobInfo, files: Iterable[str], shown: Iterable[str]) -> PVector[str]:
    """The plan. ``shown``: the old working directories that go, in words."""
    cycle = f", cycle {new.loop.current} of {new.loop.end}" if new.loop else ""
    waits = "".join(f", {one.kind} {':'.join(one.ids)}" for one in new.depend)
    words = [f"submit {new.script_name} again with the same options{cycle}{waits}"]
    words += [f"without the dependency on {each}, which is forgotten" for each in forgotten(old, new.depend)]
    words.append(f"then delete {', '.join([runtime_files(old.job_name).info, *files])} of the old job")
    return pvector([*words, *(f"then delete {one}" for one in shown)])

"""What is allowed, and yet probably not what is meant: said at the submission, which goes on."""

from collections.abc import Iterable, Mapping, Sequence

from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.choices import INPUT_DIR, Choices, Written, ignored_options
from qq.core.job_names import runtime_files
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.one_line import listed
from qq.core.records.job import JobInfo
from qq.core.states import JobType
from qq.core.submission.links import lost_links

PBS = "PBS"
_NO_LINKS: PMap[str, str] = pmap()


def warnings(
    job: JobInfo,
    choices: Choices,
    written: Iterable[Written],
    *,
    input_shared: bool = True,
    links: Mapping[str, str] = _NO_LINKS,
    absent: Sequence[str] = (),
) -> PVector[str]:
    """One sentence each. ``written``: the options of the command line and of the script; ``links``: at the top of the
    input directory, name → where it points; ``absent``: included paths that are not there.
    """
    ignored = (_ignored(option.name, job.job_type) for option in ignored_options(written, job.job_type))
    lost = [*_lost_links(job, links), *_absent(absent)] if uses_scratch(job) else []
    return pvector([*ignored, *_about(job, choices), *lost, *([] if input_shared else _late_output(job))])


def _lost_links(job: JobInfo, links: Mapping[str, str]) -> list[str]:
    names = lost_links(job, links)
    if not names:
        return []
    which = f"{'links that lead' if len(names) > 1 else 'a link that leads'} out of the input directory"
    return [
        f"{which}, and nowhere in the working directory: {listed(names, 5)}; "
        "include what is needed, or make the link absolute"
    ]


def _absent(paths: Sequence[str]) -> list[str]:
    if not paths:
        return []
    which = "included paths that are" if len(paths) > 1 else "an included path that is"
    return [f"{which} not there: {listed(paths, 5)}; without it the job fails as soon as it starts"]


def _late_output(job: JobInfo) -> list[str]:
    """PBS writes on the node, and copies at the end; where it can't, it tries for minutes and then keeps the file."""
    if job.site is None or job.site.engine != PBS:
        return []
    name = runtime_files(job.job_name).qqout
    return [
        f"the nodes do not share {job.input_dir}: {name} comes home when the job ends, and only if PBS can copy it "
        f"from its nodes to {job.input_machine} ($usecp or scp); else it stays there, and the job is long in ending"
    ]


def _ignored(name: str, job_type: JobType) -> str:
    return f"'{name}' means nothing for a {job_type} job and is ignored"


def _about(job: JobInfo, choices: Choices) -> list[str]:
    said: list[str] = []
    if choices.include and not uses_scratch(job):
        said.append(f"'include' is ignored: with work-dir {INPUT_DIR} nothing is copied")
    if job.job_type is not JobType.STANDARD and not _brings_anything_on(job):
        said.append("no mode brings anything home when the script ends well: each cycle starts from the same input")
    return [*said, *_on_other_nodes(job), *_lost(job)]


def _on_other_nodes(job: JobInfo) -> list[str]:
    """Of a scratch that each node has for itself only the main node's directory comes home."""
    site = job.site
    if not uses_scratch(job) or site is None or site.scratch_shared or (job.resources.nnodes or 1) == 1:
        return []
    kind = job.resources.work_dir or site.default_work_dir
    shared = next((other for other in site.scratch if "shared" in other), INPUT_DIR)
    if kind == shared:
        return []
    return [
        f"each node has a {kind} of its own: what processes on other nodes than the first write there does not come "
        f"home; if they write files, use work-dir {shared}"
    ]


def _lost(job: JobInfo) -> list[str]:
    """Of a scratch that is wiped when the job ends: which endings lose what stands there."""
    if not uses_scratch(job) or job.site is None or job.site.scratch_outlives_job:
        return []
    wiped = f"{job.resources.work_dir or job.site.default_work_dir} is wiped when the job ends"
    killed = "when the job is killed, reaches its walltime, or can't bring its results home"
    if "always" in job.transfer_mode.words:
        return [f"{wiped}: what the script made is lost {killed}"]
    code = (
        f"after an exit code that transfer-mode '{job.transfer_mode}' does not allow ('always' brings home then, too)"
    )
    return [f"{wiped}: what the script made is lost {killed}, and {code}; only its output comes home"]


def _brings_anything_on(job: JobInfo) -> bool:
    """Whether a cycle that ends well (only then there is a next one) leaves something for the next."""
    archived = job.loop is not None and job.loop.archive_mode.allows(0)
    return not uses_scratch(job) or job.transfer_mode.allows(0) or archived

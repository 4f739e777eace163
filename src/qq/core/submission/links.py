"""Links at the top of an input directory: a relative one that leads out of it leads nowhere in a copy."""

import posixpath
from collections.abc import Mapping

from qq.core.choices import INPUT_DIR, Choices
from qq.core.paths import join
from qq.core.records.job import JobInfo
from qq.core.records.site import Site
from qq.core.result import Faults, Result, Success, fault
from qq.core.submission.circumstances import InputDirectory


def check_script_link(script_name: str, choices: Choices, directory: InputDirectory, site: Site) -> Result[str, Faults]:
    """The script's name, if it can be read where it runs."""
    here = (choices.resources.work_dir or site.default_work_dir) == INPUT_DIR
    if here or not leads_out(script_name, directory.links):
        return Success(script_name)
    return fault(
        join(directory.path, script_name),
        f"this link to {directory.links[script_name]} leads out of the input directory, and nowhere in the working "
        "directory; put the script itself here, or make the link absolute",
    )


def leads_out(name: str, links: Mapping[str, str]) -> bool:
    """Whether a name at the top leads out of the directory by relative links, as far as the links at its top tell."""
    passed: set[str] = set()
    while name in links and name not in passed:
        passed.add(name)
        name = posixpath.normpath(links[name]).split("/")[0]
    return name == ".."


def lost_links(job: JobInfo, links: Mapping[str, str]) -> list[str]:
    """The links of an input directory that would lead nowhere in the working directory of this job."""
    aside = {job.script_name, *([job.loop.archive.split("/")[0]] if job.loop else [])}
    paths = ((name, join(job.input_dir, name)) for name in sorted(links.keys() - aside) if leads_out(name, links))
    return [
        name
        for name, path in paths
        if path not in job.excluded and not any(_takes_place(each, path) for each in job.included)
    ]


def _takes_place(included: str, path: str) -> bool:
    """Whether an included path stands in the working directory in place of a copy of this one."""
    return included != path and posixpath.basename(included) == posixpath.basename(path)

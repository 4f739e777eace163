"""Where a job's working directory goes: a site's template filled in for one job (SPEC 10, "Sites are data")."""

import posixpath
import re
from collections.abc import Iterable, Mapping

from pyrsistent import PVector, pvector

from qq.core.lifecycle.decisions import INPUT_DIR_WORDS
from qq.core.names import MARK_SUFFIX
from qq.core.paths import join
from qq.core.records.job import JobInfo

_OF_A_JOB = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*(/[^${}]+)")
_NUMBER = re.compile(rf"(?:\.([1-9][0-9]*))?(?:{re.escape(MARK_SUFFIX)}.*)?", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}|\$([A-Za-z_][A-Za-z0-9_]*)")


def scratch_candidates(job: JobInfo, job_id: str, environ: Mapping[str, str], home: str) -> PVector[str]:
    """Where this job's working directory may go, best first. ``home``: the user's, for their cache directory.

    A template whose variable is not set on this node is left out, and one that gives no absolute path.
    """
    if job.site is None:
        return pvector()
    wanted = job.resources.work_dir or job.site.default_work_dir
    if wanted in INPUT_DIR_WORDS:
        return pvector()
    values = values_of(job.username, job.account, job_id, environ, home)
    filled = (fill(template, values, environ) for template in job.site.scratch.get(wanted, pvector()))
    return pvector(path for path in filled if path is not None)


def values_of(user: str, account: str | None, job_id: str, environ: Mapping[str, str], home: str) -> dict[str, str]:
    """What stands for the names in braces; one without a value, or with one that is no plain name, is left out."""
    names = {"user": user, "account": (account or "").lower(), "job_id": job_id}
    return {name: value for name, value in names.items() if _is_plain(value)} | {"cache": _cache(environ, home)}


def gave_it(job: JobInfo, job_id: str, path: str) -> bool:
    """Whether a path is what a template of the site gives whose variable is known on the job's node only.

    Such a variable (``$SCRATCHDIR``, ``$TMPDIR``) names a directory of one job, and the job's whole id is in that name.
    """
    if job.site is None:
        return False
    templates = job.site.scratch.get(job.resources.work_dir or job.site.default_work_dir, pvector())
    ends = (found[1] for template in templates if (found := _OF_A_JOB.fullmatch(template)))
    of_id = re.compile(rf"(?:.*[^A-Za-z0-9])?{re.escape(job_id)}", re.DOTALL)
    owns = (posixpath.basename(path.removesuffix(end)) for end in ends if path.endswith(end))
    return any(of_id.fullmatch(own) for own in owns)


def fill(template: str, values: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    """The path that a template gives; None: something in it has no value, or what comes out is not absolute."""
    parts = [(match, _value(match, values, environ)) for match in _PLACEHOLDER.finditer(template)]
    if any(not value for _, value in parts):
        return None
    found = iter(value or "" for _, value in parts)
    path = _PLACEHOLDER.sub(lambda _match: next(found), template)
    return join("/", path) if path.startswith("/") else None


def _value(match: re.Match[str], values: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    name, variable = match.groups()
    return values.get(name) if variable is None else environ.get(variable)


def _is_plain(value: str) -> bool:
    """Whether it stands for one name, not for a path that leads elsewhere."""
    return "/" not in value and value not in (".", "..")


def _cache(environ: Mapping[str, str], home: str) -> str:
    """The XDG base directory specification: one that is not absolute is to be ignored."""
    cache = environ.get("XDG_CACHE_HOME", "")
    return cache if cache.startswith("/") else join(home, ".cache")


def taken_numbers(name: str, beside: Iterable[str]) -> frozenset[int]:
    """Which attempts' directories or marks stand already among the names beside a working directory called ``name``."""
    matches = (_NUMBER.fullmatch(each, len(name)) for each in beside if each.startswith(name))
    return frozenset(int(match[1] or 1) for match in matches if match)

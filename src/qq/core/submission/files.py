"""Which files travel: exclusions and included paths, as records hold them (SPEC 4)."""

import posixpath
from collections.abc import Iterable

from pyrsistent import PVector, pvector

from qq.core.job_names import runtime_files
from qq.core.paths import join, relative_to
from qq.core.result import Faults, Result, Success, collect, fault


def absolute(input_dir: str, name: str) -> str:
    """A name as people write it, counted from the input directory; links are not followed."""
    path = join(input_dir, name)
    return path[1:] if path.startswith("//") else path


def excluded(names: Iterable[str], *, input_dir: str, script_name: str) -> Result[PVector[str], Faults]:
    """The absolute paths that stay at home."""
    return collect(_excluded(name, input_dir, script_name) for name in _once(names))


def included(names: Iterable[str], *, input_dir: str, job_name: str, script_name: str) -> Result[PVector[str], Faults]:
    """The absolute paths that come along; each must have a name of its own in the working directory."""
    paths = [absolute(input_dir, name) for name in names]
    checked = collect(_included(name, input_dir, job_name, script_name) for name in _once(names))
    return checked.bind(lambda found: _own_names(_once(paths)).map(lambda _: _once(found)))


def _once(names: Iterable[str]) -> PVector[str]:
    return pvector(dict.fromkeys(names))


def _excluded(name: str, input_dir: str, script_name: str) -> Result[str, Faults]:
    path = absolute(input_dir, name)
    inside = relative_to(path, input_dir)
    if name.startswith("~"):
        return _tilde("exclude", name)
    if inside is None:
        return fault("exclude", f"'{name}' lies outside the input directory {input_dir}")
    if inside in (".", script_name):
        return fault("exclude", f"'{name}' would keep the script itself at home")
    return Success(path)


def _included(name: str, input_dir: str, job_name: str, script_name: str) -> Result[str, Faults]:
    path = absolute(input_dir, name)
    if name.startswith("~"):
        return _tilde("include", name)
    if relative_to(input_dir, path) is not None:
        return fault("include", f"'{name}' contains the input directory {input_dir}")
    if posixpath.basename(path) in runtime_files(job_name).all:
        return fault("include", f"'{name}' is called like a runtime file of this job; rename it")
    if posixpath.basename(path) == script_name and path != join(input_dir, script_name):
        return fault("include", f"'{name}' would be run in the place of the script; rename it")
    return Success(path)


def _own_names(paths: Iterable[str]) -> Result[None, Faults]:
    first: dict[str, str] = {}
    for path in paths:
        earlier = first.setdefault(posixpath.basename(path), path)
        if earlier != path:
            return fault("include", f"'{earlier}' and '{path}' would have the same name in the working directory")
    return Success(None)


def _tilde(place: str, name: str) -> Result[str, Faults]:
    return fault(place, f"'{name}': '~' means nothing here; write the whole path (or ./~… for a name that begins so)")

"""qq for notebooks and scripts: records and small decisions. Nothing here prints; what is wrong is raised."""

import os
import posixpath
from collections.abc import Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from qq.core.choices import Written, read_choices
from qq.core.file_lists import quoted
from qq.core.nearest import did_you_mean
from qq.core.options import OPTION_NAMES, Option, Takes, find_option
from qq.core.paths import is_path
from qq.core.records.job import JobInfo
from qq.core.records.parse import shown
from qq.core.result import Failure, Fault, Faults, InvalidJob, Result, Success, collect, failed, fault
from qq.core.troubles import Trouble as Why

if TYPE_CHECKING:
    from qq.shell.submission import Submitter

Value = str | int | float | bool | os.PathLike[str] | Iterable[str | int | os.PathLike[str]]
"""Of an option. Text is read as on the command line; each item of a list is one name, whatever is in it."""


class Trouble(RuntimeError):  # noqa: N818  the same
    """Something went wrong in the world: ``number`` of the reason, and what to type next."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(why))
        self.number = why.reason.number
        self.next_command = why.reason.next_command


def load(path: str | os.PathLike[str] = ".") -> JobInfo:
    """The job of an info file, or of a directory that holds one info file. All that is wrong with it is raised."""
    from qq.shell.perform.readrecord import content_of, job_in
    from qq.shell.records import info_files

    where = os.path.abspath(path_of(path, "path"))
    files = info_files(where) if posixpath.isdir(where) else [where]
    if len(files) != 1:
        found = ", ".join(Path(name).name for name in files) or "none"
        raise InvalidJob([Fault(where, f"there must be one info file, not {found}")])
    text = content_of(files[0])
    if isinstance(text, Failure):
        raise Trouble(text.failure())
    read = job_in(text.unwrap())
    raise_faults([_in_file(files[0], wrong) for wrong in failed(read) or ()])
    return read.unwrap()


def _in_file(path: str, wrong: Fault) -> Fault:
    return Fault(f"{path}, {wrong.place}" if wrong.place else path, wrong.words)


def job(script: str | os.PathLike[str], **options: Value) -> JobInfo:
    """The job that ``qq submit`` would make of this script, with options as in ``ncpus=8, exclude=["a b", "c"]``.

    It may be asked about whatever stands in its directory: a job that is in its way is passed over.
    """
    from qq.shell.predicted import from_script

    found = from_script(path_of(script, "script"), submitter_with(options))
    raise_wrong(failed(found))
    return found.unwrap().job


def submitter_with(options: Mapping[str, Value]) -> "Submitter":
    """Who submits, or makes jobs, with these options."""
    from qq.shell.configuration import load_setup
    from qq.shell.here import current_directory, current_umask, host_name, own_path, user_name
    from qq.shell.submission import Submitter

    choices = read_choices(_written(options))
    setup = load_setup(os.environ)
    raise_faults(failed(choices), failed(setup))
    return Submitter(
        setup=setup.unwrap(),
        environ={**setup.unwrap().configuration.limits, **os.environ},
        directory=current_directory(os.environ),
        host=host_name(),
        user=user_name(),
        umask=current_umask(),
        qq_path=own_path() or "/usr/bin/qq",
        choices=choices.unwrap(),
    )


def path_of(given: object, place: str) -> str:
    """The text of a path; what can't be one is raised."""
    path = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if not isinstance(path, str) or not is_path(path):
        raise InvalidJob([Fault(place, f"{shown(given)} is no path")])
    return path


def raise_wrong(wrong: Why | Faults | None) -> None:
    """Raises what came in between, or all that is wrong, if anything is."""
    if isinstance(wrong, Why):
        raise Trouble(wrong)
    raise_faults(wrong)


def raise_faults(*wrong: Iterable[Fault] | None) -> None:
    """Raises all that is wrong, if anything is."""
    faults = [fault for some in wrong if some is not None for fault in some]
    if faults:
        raise InvalidJob(faults)


def _written(options: Mapping[str, Value]) -> list[Written]:
    known: dict[Option, str] = {}
    wrong: list[Fault] = []
    for name in options:
        option = find_option(name)
        if option is None:
            wrong.append(Fault(name, f"there is no such option{did_you_mean(name, OPTION_NAMES)}"))
        elif option in known:
            wrong.append(Fault(name, f"this is the option {known[option]}; give one of them"))
        else:
            known[option] = name
    raise_faults(wrong)
    read = collect(_each(option, options[name], name) for option, name in known.items())
    raise_faults(failed(read))
    return [one for each in read.unwrap() for one in each]


def _each(option: Option, value: object, name: str) -> Result[list[Written], Faults]:
    """An option as it would be typed, once for each item of a list. Such an item is one name, whatever is in it.

    No file at all is said like that, too: what the script's directives name is not meant then.
    """
    if option.takes is Takes.FLAG:
        if not isinstance(value, bool):
            return fault(name, f"{shown(value)} is neither True nor False")
        return Success([Written(option, str(value), name)])
    items = _items(option, value)
    if not all(isinstance(item, str | Real | os.PathLike) for item in items):
        what = "text, a number or a list" if option.is_list else "text or a number"
        return fault(name, f"{shown(value)} is no value of this option; give {what}, or leave it out")
    if not items and option.takes is Takes.FILES:
        return Success([Written(option, "", name)])
    whole = option.takes is Takes.FILES and not isinstance(value, str)
    texts = [os.fspath(item) if isinstance(item, os.PathLike) else str(item) for item in items]
    if not all(map(is_path, texts)):
        return fault(name, f"{shown(value)} is no text that can stand in a record")
    return Success([Written(option, quoted(text) if whole else text, name) for text in texts])


def _items(option: Option, value: object) -> list[object]:
    if option.is_list and isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return list(value)
    return [value]

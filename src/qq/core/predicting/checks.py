"""What a caller gives to ``simulate`` and ``outcomes``, and all that may be wrong with it."""

import posixpath
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from numbers import Real
from types import MappingProxyType
from typing import cast

from pyrsistent import pvector

from qq.core.one_line import one_line
from qq.core.paths import relative_to
from qq.core.predicting.mishaps import Mishap
from qq.core.records.job import JobInfo
from qq.core.records.parse import shown
from qq.core.result import Fault, Faults, InvalidJob
from qq.core.simulate.world import Script, Scripts

GivenScript = Script | Sequence[Script] | Callable[[int], Script]
"""One for all cycles, one per cycle (the last one repeats), or a function of the cycle's number."""
MAX_SIZE = 2**60
MAX_SECONDS = 10.0 * 366 * 86400
MAX_CODE = 255
MAX_NAME = 255
"""Bytes; what file systems allow."""
_NO_NAME = re.compile("[\\0\ud800-\udc7f\udd00-\udfff]")
"""What no name on a disk has: NUL, and halves of characters that stand for no byte."""
_PLAIN = re.compile(r"(?:\w[\w.-]{0,62}\n)*")
"""Nearly all names are so, one to a line: short in bytes, too."""


def faults_of(
    job: object, script: object, files: object = MappingProxyType({}), mishaps: object = (), cycles: object = None
) -> Faults:
    """Everything that is wrong; nothing if it can be played."""
    if not isinstance(job, JobInfo):
        return pvector([no_job(job)])
    found = [*_about_scripts(script), *_about_files(job, files), *_about_mishaps(mishaps)]
    if cycles is not None and (isinstance(cycles, bool) or not isinstance(cycles, int) or cycles < 1):
        found.append(Fault("cycles", f"{shown(cycles)} can't be played; give a number, 1 at least"))
    return pvector(found)


def no_job(given: object) -> Fault:
    """What is said of something that is no job."""
    if isinstance(getattr(given, "record", None), JobInfo):
        return Fault("job", "this is a job as qq.info shows it; give its record")
    words = f"{type(given).__name__} is no job; make one with qq.job(script), or load one with qq.load(directory)"
    return Fault("job", words)


def code_fault(code: object) -> str | None:
    """Why this can't be what a script ends with; None: it can."""
    if isinstance(code, bool) or not isinstance(code, int) or not 0 <= code <= MAX_CODE:
        return f"{shown(code)} is no exit code; they are 0 to {MAX_CODE}"
    return None


def time_fault(seconds: object) -> str | None:
    """Why this can't be a moment; None: it can."""
    is_one = isinstance(seconds, Real) and abs(cast("float", seconds)) <= sys.float_info.max
    return None if is_one else f"{shown(seconds)} is no time; give seconds"


def name_fault(name: object) -> str | None:
    """Why this can't be the name of a file in the job's directory; None: it can."""
    if not isinstance(name, str):
        return f"{shown(name)} is no name of a file"
    words = one_line(name)[:200]
    if name.startswith("/") or posixpath.normpath(name).startswith("../") or name == "..":
        return f"'{words}' leads out of the job's directory; names are relative to it"
    if not name or _NO_NAME.search(name) or posixpath.normpath(name) != name or name == ".":
        return f"'{words}' is no plain name; write it as in 'data/table.csv'"
    if any(len(part.encode("utf-8", "surrogatepass")) > MAX_NAME for part in name.split("/")):
        return f"'{words}' is too long for a name; {MAX_NAME} bytes are the most"
    return None


def size_fault(size: object) -> str | None:
    """Why this can't be a size in bytes; None: it can."""
    if isinstance(size, bool) or not isinstance(size, int):
        return f"{shown(size)} is no size; give whole bytes"
    return None if 0 <= size <= MAX_SIZE else f"{shown(size)} is no size of a file"


def scripts_by_cycle(script: GivenScript, first: int, start: int) -> Scripts:
    """As the model world wants them: by how many cycles after the loop's start. ``first``: the cycle played first.

    What a function gives is looked at when it is called; an InvalidJob says what is wrong with it.
    """
    if isinstance(script, Script):
        return (script,)
    if callable(script):
        return partial(_called, script, start)
    return partial(_listed, script, start - first)


def _listed(scripts: Sequence[Script], offset: int, index: int) -> Script:
    return scripts[min(max(index + offset, 0), len(scripts) - 1)]


def _called(script: Callable[[int], Script], start: int, index: int) -> Script:
    cycle = index + start
    made = script(cycle)
    wrong = next(_about_script(made, f"the script of cycle {cycle}"), None)
    if wrong is not None:
        raise InvalidJob([wrong])
    return made


def _about_scripts(script: object) -> Iterator[Fault]:
    if isinstance(script, Sequence) and not isinstance(script, str | bytes):
        if not script:
            yield Fault("script", "an empty list: give at least one qq.Script")
        for number, one in enumerate(script, 1):
            yield from _about_script(one, f"script {number}")
    elif not callable(script) or isinstance(script, type):
        yield from _about_script(script, "script")


def _about_script(script: object, place: str) -> Iterator[Fault]:
    if not isinstance(script, Script):
        what = f"the class {script.__name__}" if isinstance(script, type) else type(script).__name__
        yield Fault(place, f"{what} is no script; write qq.Script(exit_code=…, writes={{…}})")
        return
    wrong = code_fault(script.exit_code)
    seconds: object = script.runs_for
    removes: object = script.removes
    if wrong is not None:
        yield Fault(f"{place}.exit_code", wrong)
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_SECONDS
    ):
        yield Fault(f"{place}.runs_for", f"{shown(seconds)} is no time; give seconds")
    yield from _about_names(script.writes, f"{place}.writes")
    if isinstance(removes, str | Mapping) or not isinstance(removes, Collection):
        yield Fault(f"{place}.removes", "give a list of names")
    else:
        yield from (Fault(f"{place}.removes", words) for words in map(name_fault, removes) if words)


def _about_files(job: JobInfo, files: object) -> Iterator[Fault]:
    """An included path is a file, unless files are below it."""
    names = [name for name in files if isinstance(name, str)] if isinstance(files, Mapping) else []
    directories = {above for name in names for above in _above(name)}
    inside = (relative_to(path, job.input_dir) for path in job.included)
    yield from _about_names(files, "files", [job.script_name, *(p for p in inside if p and p not in directories)])


def _about_names(sizes: object, place: str, others: Sequence[str] = ()) -> Iterator[Fault]:
    if not isinstance(sizes, Mapping):
        yield Fault(place, "give a mapping: name → bytes")
        return
    if not others and _are_plain(sizes):
        return
    for name, size in sizes.items():
        if words := name_fault(name):
            yield Fault(place, words)
        if words := size_fault(size):
            yield Fault(place, words)
    names = {*sizes, *others}
    for name in sorted([name for name in names if isinstance(name, str) and "/" in name]):
        above = next((other for other in _above(name) if other in names), None)
        if above is not None:
            yield Fault(place, f"'{one_line(above)}' can't be a file and hold '{one_line(name)}'")


def _are_plain(sizes: Mapping[object, object]) -> bool:
    """Whether nothing is wrong, at a glance: a function gives ten names in every cycle."""
    if {*map(type, sizes)} != {str} or {*map(type, sizes.values())} != {int}:
        return False
    names, numbers = cast("Iterable[str]", sizes), cast("Collection[int]", sizes.values())
    return min(numbers) >= 0 and max(numbers) <= MAX_SIZE and _PLAIN.fullmatch("\n".join([*names, ""])) is not None


def _above(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _about_mishaps(mishaps: object) -> Iterator[Fault]:
    if not isinstance(mishaps, Iterable) or isinstance(mishaps, str | bytes):
        yield Fault("faults", "give a list, as in [qq.faults.killed(during='copying home')]")
        return
    for mishap in mishaps:
        if not isinstance(mishap, Mishap):
            yield Fault("faults", f"{shown(mishap)} is no fault; qq.faults makes them, as in qq.faults.killed()")

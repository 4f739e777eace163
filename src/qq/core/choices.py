"""What one source says about a submission: the command line, the script's directives, or the configuration.

None everywhere means: this source says nothing about it. Sources are merged by precedence, lists whole, resources by
group (SPEC 2 and 4).
"""

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.archive_format import parse_format
from qq.core.engines import engine_of
from qq.core.file_lists import split_names
from qq.core.nearest import did_you_mean
from qq.core.options import OPTIONS, Option, Takes, find_option
from qq.core.records.parse import parse_depend, parse_modes, parse_props, parse_size, parse_walltime
from qq.core.records.resources import merge_resources
from qq.core.records.values import Dependency, Modes, Resources
from qq.core.replacing import replace
from qq.core.result import Failure, Fault, Faults, Result, Success, fault
from qq.core.states import JobType

MAX_NUMBER = 999_999_999
INPUT_DIR = "input_dir"
_INPUT_DIR_ALIASES = frozenset({INPUT_DIR, "job_dir"})
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


class Choices(Struct, frozen=True, kw_only=True):
    """The options of a submission, as far as one source sets them. Names of files are as they were written."""

    queue: str | None = None
    server: str | None = None
    account: str | None = None
    batch_system: str | None = None
    job_type: JobType | None = None
    interpreter: str | None = None
    depend: PVector[Dependency] | None = None
    requeue: bool | None = None
    exclude: PVector[str] | None = None
    include: PVector[str] | None = None
    transfer_mode: Modes | None = None
    resources: Resources = Resources()
    loop_start: int | None = None
    loop_end: int | None = None
    archive: str | None = None
    archive_format: str | None = None
    archive_mode: Modes | None = None
    resubmit_from: PVector[str] | None = None


class Written(Struct, frozen=True):
    """An option with its value as it was written, and where."""

    option: Option
    value: str
    place: str


def read_choices(written: Iterable[Written]) -> Result[Choices, Faults]:
    """What these options say together; a list that is given several times adds up."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for one in _joined(written):
        parsed = parse_value(one.option, one.value, one.place)
        if isinstance(parsed, Failure):
            faults.extend(parsed.failure())
        else:
            values[one.option.field] = parsed.unwrap()
    return Failure(pvector(faults)) if faults else Success(_choices(values))


def parse_value(option: Option, text: str, place: str) -> Result[Any, Faults]:
    """The value of an option, of the type of its field."""
    if option.name == "batch-system" and engine_of(text) not in (None, text):
        return Success(text)  # a site of the user's own may be called like this: it is looked for where sites are known
    if option.choices and option.takes is Takes.WORD:
        return _one_of(option.choices, text, place)
    return _PARSERS[option.takes](text, place)


def merge_choices(sources: Sequence[Choices]) -> Choices:
    """One set of choices; the first source that says something wins. Resources are merged by group."""
    merged = Choices(resources=merge_resources([source.resources for source in sources]))
    values: dict[str, Any] = {
        field: next((value for source in sources if (value := getattr(source, field)) is not None), None)
        for field in Choices.__struct_fields__
        if field != "resources"
    }
    return replace(merged, **values)


def ignored_options(written: Iterable[Written], job_type: JobType) -> PVector[Option]:
    """The options among these that mean nothing for a job of this type."""
    given = {one.option.name for one in written}
    return pvector(option for option in OPTIONS if option.name in given and job_type not in option.job_types)


def written_option(name: str, value: str, place: str) -> Written:
    """For a name that stands in the table."""
    option = find_option(name)
    if option is None:
        raise KeyError(name)
    return Written(option, value, place)


def _joined(written: Iterable[Written]) -> Iterable[Written]:
    """One of each option; what is given of a list several times, joined; of other options the last."""
    joined: dict[str, Written] = {}
    for one in written:
        before = joined.get(one.option.name)
        if before is not None and one.option.is_list:
            joined[one.option.name] = replace(one, value=f"{before.value} {one.value}")
        else:
            joined[one.option.name] = one
    return joined.values()


def _choices(values: dict[str, Any]) -> Choices:
    # The table and the records' fields are kept together by a test, so the names are right here.
    named = [option.field for option in OPTIONS if option.is_resource and option.field in values]
    resources = {name: values.pop(name) for name in named}
    return replace(Choices(), resources=replace(Resources(), **resources), **values)


def _word(text: str, place: str) -> Result[str, Faults]:
    if not text.strip():
        return fault(place, "the value is empty")
    if any(character < " " for character in text):
        return fault(place, f"{text!r}: control characters can't be part of this value")
    return Success(text.strip())


def _one_of(choices: Sequence[str], text: str, place: str) -> Result[str, Faults]:
    found = next((choice for choice in choices if choice.lower() == text.strip().lower()), None)
    if found:
        return Success(found)
    return fault(place, f"'{text}' is none of {', '.join(choices)}{did_you_mean(text, choices)}")


def _job_type(text: str, place: str) -> Result[JobType, Faults]:
    return _one_of(tuple(JobType), text, place).map(JobType)


def _work_dir(text: str, place: str) -> Result[str, Faults]:
    return _word(text, place).map(lambda word: INPUT_DIR if word.lower() in _INPUT_DIR_ALIASES else word.lower())


def _number(text: str, place: str) -> Result[int, Faults]:
    return _integer(text, place, least=1)


def _count(text: str, place: str) -> Result[int, Faults]:
    return _integer(text, place, least=0)


def _integer(text: str, place: str, *, least: int) -> Result[int, Faults]:
    digits = text.strip()
    is_number = digits.isascii() and digits.isdigit()
    if is_number and len(digits) > len(str(MAX_NUMBER)):
        return fault(place, f"'{text}' is too much; {MAX_NUMBER} is the most")
    if not is_number or int(digits) < least:
        return fault(place, f"'{text}' is no whole number of {least} or more")
    return Success(int(digits))


def _flag(text: str, place: str) -> Result[bool, Faults]:
    word = text.strip().lower()
    return Success(word in _TRUE) if word in _TRUE | _FALSE else fault(place, f"'{text}' is neither true nor false")


def _command(text: str, place: str) -> Result[str, Faults]:
    try:
        words = shlex.split(text)
    except ValueError:
        return fault(place, f"'{text}': a quotation mark is not closed")
    return _word(text, place) if words else fault(place, "the command is empty")


def _hosts(text: str, place: str) -> Result[PVector[str], Faults]:
    hosts = pvector(word for word in text.replace(",", " ").replace(":", " ").split())
    wrong = [host for host in hosts if not _HOST.fullmatch(host)]
    if wrong or not hosts:
        return fault(place, f"'{wrong[0] if wrong else text}' is no name of a host (nor input, nor working)")
    return Success(hosts)


_PARSERS: dict[Takes, Callable[[str, str], Result[Any, Faults]]] = {
    Takes.WORD: _word,
    Takes.COMMAND: _command,
    Takes.NUMBER: _number,
    Takes.COUNT: _count,
    Takes.SIZE: parse_size,
    Takes.WALLTIME: parse_walltime,
    Takes.MODES: parse_modes,
    Takes.FILES: split_names,
    Takes.HOSTS: _hosts,
    Takes.DEPEND: parse_depend,
    Takes.PROPS: parse_props,
    Takes.JOB_TYPE: _job_type,
    Takes.WORK_DIR: _work_dir,
    Takes.PATH: _word,
    Takes.FORMAT: parse_format,
    Takes.FLAG: _flag,
}

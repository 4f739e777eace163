"""What a script says of itself: its shebang and its directives (SPEC 2).

Directives stand in comment lines at the top, ``# qq <option> <value>`` or ``# qq <option>=<value>``, before the first
line that is neither blank nor a comment. All faults are found at once, each with the number of its line.
"""

import re
import shlex
from collections.abc import Iterator

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.nearest import did_you_mean
from qq.core.options import FLAG_SET, OPTION_NAMES, Option, Takes, find_option
from qq.core.result import Failure, Fault, Faults, Result, Success, failed, fault

SHEBANG = "#!/usr/bin/env -S qq run"

_DIRECTIVE = re.compile(r"\s*#\s*qq(?:\s+(?P<rest>.*))?", re.IGNORECASE | re.DOTALL)
_NAME_AND_VALUE = re.compile(r"(?P<name>[^\s=]*)(?:\s*=\s*|\s+|\Z)(?P<value>.*)", re.DOTALL)
_RUNS_QQ = re.compile(r"#!(?:.*[\s/])?qq[ \t]+run[ \t]*")
_FOREIGN = re.compile(r"#(?:SBATCH|PBS)\s.*")
_WINDOWS = re.compile(r"\r(?:\n|\Z)")
_PIECE = re.compile(
    r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?P<comment>(?<=\s)\#.*)|(?P<open>['"])|.""", re.DOTALL | re.VERBOSE
)


class Directive(Struct, frozen=True):
    """One option that a script sets: its value as written, without comment, and where it stands."""

    option: Option
    value: str
    place: str


def directives(script: str, name: str) -> Result[PVector[Directive], Faults]:
    """The directives of a script's text, in their order; ``name`` is what the places of faults call the script."""
    found, faults = scan(script, name)
    return Failure(faults) if faults else Success(found)


def scan(script: str, name: str) -> tuple[PVector[Directive], Faults]:
    """The directives that can be read, and what is wrong with the others."""
    read = [_directive(rest, f"{name}, line {number}") for number, rest in _lines(script)]
    found = pvector(one.unwrap() for one in read if not isinstance(one, Failure))
    return found, pvector([*(fault for one in read for fault in failed(one) or ()), *_set_twice(found)])


def check_script(script: str, name: str) -> Result[str, Faults]:
    """The first line, if it hands the script to ``qq run`` and no line ends as on Windows: shells stumble there."""
    found = _WINDOWS.search(script)
    if found is None:
        return check_shebang(script, name)
    place, mend = (
        f"{name}, line {script.count(chr(10), 0, found.start()) + 1}",
        f"sed -i 's/\\r$//' {shlex.quote(name)}",
    )
    return fault(place, f"the line ends as on Windows (CR LF), and Unix line ends are needed: {mend}")


def check_shebang(script: str, name: str) -> Result[str, Faults]:
    """The first line, if it hands the script to ``qq run``."""
    first = script.partition("\n")[0]
    if _RUNS_QQ.fullmatch(first):
        return Success(first)
    place = f"{name}, line 1"
    if first.startswith("\ufeff"):
        return fault(place, f"a byte-order mark hides the shebang; 'qq shebang {name}' removes it")
    if not first.startswith("#!"):
        return fault(place, f"the script has no shebang; 'qq shebang {name}' adds '{SHEBANG}'")
    return fault(place, f"the shebang does not end with 'qq run'; 'qq shebang {name}' replaces it by '{SHEBANG}'")


def with_shebang(script: str) -> str:
    """The script with a first line that hands it to ``qq run``; a shebang that does so already stays as it is."""
    script = script.removeprefix("\ufeff")
    first, newline, rest = script.partition("\n")
    if _RUNS_QQ.fullmatch(first):
        return script
    return f"{SHEBANG}{newline or chr(10)}{rest}" if first.startswith("#!") else f"{SHEBANG}\n{script}"


def replaced_interpreter(script: str) -> str | None:
    """The interpreter that the script's own shebang names, if it is neither qq nor a plain shell that is bash."""
    words = script.partition("\n")[0].removeprefix("\ufeff").rstrip("\r").removeprefix("#!").split()
    if not script.lstrip("\ufeff").startswith("#!") or words[-2:] == ["qq", "run"] or not words:
        return None
    if words[0].rpartition("/")[2] == "env":
        words = words[2:] if words[1:2] == ["-S"] else words[1:]
    program = words[0].rpartition("/")[2] if words else ""
    return None if program in ("", "bash", "qq") else " ".join([program, *words[1:]])


def foreign_directives(script: str) -> PVector[str]:
    """What to say of lines that speak to a batch system itself: qq hands it a starter of its own."""
    top = ((number, line) for number, line in _top(script) if _FOREIGN.fullmatch(line))
    number, line = next(top, (0, ""))
    if not line:
        return pvector()
    which = f"line {number}" + (", as others," if next(top, None) else "")
    return pvector([f"{which} means nothing to qq ({line.rstrip()}): options are written as in '# qq nnodes 2'"])


def _top(script: str) -> Iterator[tuple[int, str]]:
    """The lines before the first that is neither blank nor a comment, with their numbers, counted from 1."""
    for number, line in enumerate(script.split("\n"), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            return
        yield number, line


def _lines(script: str) -> Iterator[tuple[int, str]]:
    """What follows ``qq`` in the lines that are directives, with the lines' numbers."""
    for number, line in _top(script):
        if found := _DIRECTIVE.fullmatch(line.rstrip()):
            yield number, found["rest"] or ""


def _directive(rest: str, place: str) -> Result[Directive, Faults]:
    text = _without_comment(rest)
    if text is None:
        return fault(place, "a quotation mark is not closed")
    found = _NAME_AND_VALUE.fullmatch(text)
    name, value = (found["name"], found["value"].strip()) if found else ("", "")
    if not name:
        return fault(place, "no option follows 'qq'")
    option = find_option(name)
    if option is None:
        return fault(place, _unknown(name))
    if not value and option.takes is not Takes.FLAG:
        return fault(place, f"the option '{option.name}' has no value")
    return _value_of(option, value or FLAG_SET, place)


def _without_comment(text: str) -> str | None:
    """The text up to a comment, which starts with a blank and ``#``; None: a quotation mark is not closed."""
    kept: list[str] = []
    for piece in _PIECE.finditer(" " + text):
        if piece["comment"] is not None:
            break
        if piece["open"] is not None:
            return None
        kept.append(piece[0])
    return "".join(kept).strip()


def _value_of(option: Option, value: str, place: str) -> Result[Directive, Faults]:
    """A value of one word may be quoted; lists of files keep their quotes, which tell names from separators."""
    try:
        words = shlex.split(value)
    except ValueError:
        return fault(place, "nothing follows the last backslash")
    if option.takes is Takes.FILES or (option.takes is Takes.COMMAND and len(words) > 1):
        return Success(Directive(option, value, place))
    if len(words) > 1 and not option.is_list:
        return fault(place, f"the value of '{option.name}' has several words; put it in quotes if that is meant")
    return Success(Directive(option, " ".join(words), place))


def _set_twice(found: PVector[Directive]) -> list[Fault]:
    """An option of one value must not be set twice: nobody can know which one is meant."""
    first: dict[str, Directive] = {}
    twice: list[Fault] = []
    for directive in found:
        earlier = first.setdefault(directive.option.name, directive)
        if not directive.option.is_list and earlier.value != directive.value:
            where = earlier.place.rpartition(", ")[2]
            words = f"'{directive.option.name}' is set already in {where}, to another value"
            twice.append(Fault(directive.place, words))
    return twice


def _unknown(name: str) -> str:
    hint = did_you_mean(name, OPTION_NAMES, "'qq submit -h' lists them")
    return f"unknown option '{name}'{hint}"

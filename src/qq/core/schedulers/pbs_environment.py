"""Variables on their way through PBS: named after ``-v``, with their values in qsub's own environment.

Recorded: so blanks, commas, quotes and line breaks arrive as they were. A backslash may arrive twice (``-v`` doubles
it); a path that holds one, or a control character, travels with such bytes as ``%5C`` behind ``file://``, which no
path begins with.
"""

import re
from collections.abc import Mapping

from qq.core.paths import to_bytes, to_text
from qq.core.request import Request
from qq.core.script_environment import OF_ONE_JOB
from qq.core.submission.request import MODULES_PREFIX

PATHS = ("QQ_INFO", "QQ_INPUT_DIR")
_SCHEME = "file://"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(rb"[^A-Za-z0-9/._+=:@, -]")
_BYTE = re.compile(rb"%([0-9A-F]{2})")


def carried(value: str) -> str:
    """A path as it can travel: as it is, if all of it is known to arrive."""
    if "\\" not in value and not any(character < " " or character == "\x7f" for character in value):
        return value
    return _SCHEME + _PLAIN.sub(lambda found: b"%%%02X" % found[0][0], to_bytes(value)).decode("ascii")


def restored(value: str) -> str:
    """The path that ``carried`` was given; any other text is what it is."""
    if not value.startswith(_SCHEME):
        return value
    return to_text(_BYTE.sub(lambda found: bytes([int(found[1], 16)]), to_bytes(value.removeprefix(_SCHEME))))


def handed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a job with its paths as they are."""
    return {name: restored(value) if name in PATHS else value for name, value in environ.items()}


def variables_for(request: Request, submitter: Mapping[str, str]) -> dict[str, str]:
    """What the job is given: the request's variables, and those of the submitter's module system that say something."""
    modules = {
        name: value
        for name, value in submitter.items()
        if name.startswith(MODULES_PREFIX) and _NAME.fullmatch(name) and value
    }
    own = {name: carried(value) if name in PATHS else value for name, value in request.env.items()}
    return modules | own


def qsub_environment(request: Request, submitter: Mapping[str, str]) -> dict[str, str]:
    """What qsub itself runs with; its directory is the input directory, and ``PWD`` says so."""
    kept = {name: value for name, value in submitter.items() if name not in OF_ONE_JOB and name != "OLDPWD"}
    return kept | variables_for(request, submitter) | {"PWD": request.input_dir}

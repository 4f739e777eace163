"""Who says what about a submission: command line, script, configuration, site; and who wins (SPEC 2)."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.choices import Choices, Written, merge_choices, read_choices
from qq.core.directives import check_script, foreign_directives, scan
from qq.core.records.site import Site
from qq.core.records.values import Resources
from qq.core.result import Failure, Fault, Faults, Result, failed


class Said(Struct, frozen=True):
    """What the script says of itself."""

    choices: Choices
    written: PVector[Written]
    foreign: PVector[str] = pvector()
    """Of lines that mean something to a batch system, and nothing to qq."""


def read_script(text: str, name: str) -> Result[Said, Faults]:
    """What a script's shebang and directives say; ``name`` is what faults call the script."""
    found, faults = scan(text, name)
    written = pvector(Written(one.option, one.value, one.place) for one in found)
    shebang, choices = check_script(text, name), read_choices(written)
    faults = faults + (failed(shebang) or pvector()) + (failed(choices) or pvector())
    return (
        Failure(pvector(sorted(faults, key=_line)))
        if faults
        else choices.map(lambda said: Said(said, written, foreign_directives(text)))
    )


def _line(one: Fault) -> int:
    """The number of the line that a fault stands in."""
    return int(one.place.rpartition(" ")[2])


def effective_choices(
    command_line: Choices, script: Choices, configured: Choices, site: Site, batch_defaults: Iterable[Resources] = ()
) -> Choices:
    """What holds. ``batch_defaults``: of the queue, then of the server, as far as they are known."""
    sources: Sequence[Choices] = [
        command_line,
        script,
        configured,
        *(Choices(resources=defaults) for defaults in batch_defaults),
        Choices(resources=site.default_resources),
    ]
    return merge_choices(sources)

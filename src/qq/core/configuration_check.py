"""Everything that is wrong with a file of the configuration, each with its line; what is only unknown counts, too."""

import re
import tomllib
from collections.abc import Iterable, Mapping

from msgspec import Struct
from pyrsistent import pvector

from qq.core.configuration import SITES, parse_configuration, unknown_keys, unknown_site_keys
from qq.core.nearest import squashed
from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.core.result import Fault, Faults, failed
from qq.core.sites import SITE_KEYS, parse_site
from qq.core.tables import Table
from qq.core.toml_lines import key_lines

_FILE = "file"
_LINE = re.compile(r"\(at line ([0-9]+), column [0-9]+\)")


class Flaw(Struct, frozen=True, order=True):
    """Something wrong: the number of its line (0: nobody can tell), and what it is."""

    line: int
    words: str


def check_text(text: str, known_sites: Mapping[str, Site]) -> list[Flaw]:
    """The flaws of a configuration file, or of a file that describes one site, in the order of their lines.

    ``known_sites``: those that a table of the same name changes.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _LINE.search(str(error))
        return [Flaw(int(place[1]) if place else text.count("\n") + 1, f"no valid TOML: {error}")]
    faults = _of_site(tree, _FILE, known_sites) if is_site(tree) else _of_configuration(tree, known_sites)
    lines = {squashed(key): line for key, line in key_lines(text).items()}
    return sorted(Flaw(_line_of(one.place, lines), str(one)) for one in faults)


def with_lines(faults: Iterable[Fault], path: str, text: str) -> Faults:
    """The same faults; those of this file come first, in the order of their lines and with these: ``file:7: key``."""
    lines = {squashed(key): line for key, line in key_lines(text).items()}
    found = sorted((_in_line(one, path, lines) for one in faults), key=lambda pair: (not pair[0], pair[0]))
    return pvector(one for _, one in found)


def _in_line(fault: Fault, path: str, lines: Mapping[str, int]) -> tuple[int, Fault]:
    key = fault.place.removeprefix(f"{path}: ")
    line = 0 if key == fault.place else _line_of(key, lines)
    return line, replace(fault, place=f"{path}:{line}: {key}") if line else fault


def is_site(tree: Table) -> bool:
    """Whether a file describes one site, as those in ``sites/`` do: its fields stand at the top."""
    return any(key in SITE_KEYS and not isinstance(value, Mapping) for key, value in tree.items())


def _of_configuration(tree: Table, known_sites: Mapping[str, Site]) -> list[Fault]:
    parsed = parse_configuration(tree, _FILE)
    sites = tree.get(SITES)
    in_sites = (
        fault
        for name, part in (sites.items() if isinstance(sites, Mapping) else ())
        if isinstance(part, Mapping)
        for fault in _wrong_in_site({"name": name, **part}, f"{_FILE}: {SITES}.{name}", known_sites)
    )
    return [*_bare(failed(parsed) or ()), *_bare(in_sites), *unknown_keys(tree)]


def _of_site(tree: Table, place: str, known_sites: Mapping[str, Site]) -> list[Fault]:
    return [*_bare(_wrong_in_site(tree, place, known_sites)), *unknown_site_keys(tree)]


def _wrong_in_site(table: Table, place: str, known_sites: Mapping[str, Site]) -> Iterable[Fault]:
    return failed(parse_site(table, place, known_sites.get(str(table.get("name"))))) or ()


def _bare(faults: Iterable[Fault]) -> Iterable[Fault]:
    """Without the file's name, which whoever shows them says once."""
    return (Fault(re.sub(rf"^{_FILE}(: |\.|$)", "", one.place), one.words) for one in faults)


def _line_of(place: str, lines: Mapping[str, int]) -> int:
    """The line of a key, else of the table that it stands in, else of none."""
    key = squashed(place)
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return lines.get(key, 0)

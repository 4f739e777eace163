"""Sites from their tables: what differs between clusters is data (SPEC 10)."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.engines import ENGINES, engine_of
from qq.core.nearest import did_you_mean
from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.core.result import Failure, Faults, Result, Success, collect, fault
from qq.core.setting_keys import Key
from qq.core.tables import Table, choices_from, flag, seconds, text, text_map, texts, texts_map

BUILT_IN = ("karolina", "lumi", "metacentrum", "pbs", "slurm", "local")
"""The order in which built-in sites are looked for: well-known clusters before any Slurm, this machine last."""


def _engine(raw: object, place: str) -> Result[str, Faults]:
    if raw in ENGINES:
        return Success(str(raw))
    return fault(place, f"{raw!r:.40} is none of {', '.join(ENGINES)}{did_you_mean(str(raw), ENGINES)}")


def _resources(raw: object, place: str) -> Result[Any, Faults]:
    return choices_from(raw, place).map(lambda choices: choices.resources)


FIELDS = (
    Key("name", text, "what the site is called"),
    Key("engine", _engine, "who talks to its batch system: `local`, `Slurm` or `PBS`"),
    Key(
        "batch_system",
        text,
        "its name in records, in `QQ_BATCH_SYSTEM` and for `--batch-system`; it begins with the name of the "
        "engine, as in `SlurmMine`",
    ),
    Key("found_by", text, "the program on PATH that tells this site", "every machine is it"),
    Key(
        "found_with",
        texts,
        "files of which one must be there, too; `{prefix}` is where the program's `bin` stands, `$NAME` is filled in",
        "none needed",
    ),
    Key(
        "found_at",
        texts,
        "ends of names of which one must fit the PBS server, if its name can be told (`PBS_SERVER`, `pbs.conf`)",
        "any server",
    ),
    Key(
        "scratch",
        texts_map,
        "table: type of working directory → candidate paths, of which the first that can be written is used; "
        "`{user}`, `{account}`, `{job_id}`, `{cache}` and `$NAME` are filled in",
        "none",
    ),
    Key(
        "scratch_requests",
        text_map,
        "table: type of working directory → the resource that the batch system is asked for, so that it is "
        "there; `{size}` is the share of one node (PBS)",
        "nothing is asked for",
    ),
    Key("default_work_dir", text, "the type that is used if nobody says", "input_dir"),
    Key("scratch_shared", flag, "whether scratch can be reached from all nodes", "false"),
    Key(
        "scratch_outlives_job",
        flag,
        "whether scratch is still there when the job is over; if not, `qq submit` says beforehand what would be "
        "lost in which ending",
        "true",
    ),
    Key("resources", _resources, "table of options: what is asked for if nobody says", "none"),
    Key(
        "default_queue",
        text,
        "the queue if nobody says",
        "the one that the batch system calls its default, else it must be given",
    ),
    Key("input_shared", flag, "whether every input directory is on storage that all nodes share", "false"),
    Key(
        "shared_types",
        texts,
        "types of file systems (as in `/proc/mounts`) that all nodes share: an input directory on one of these "
        "is shared",
        "none",
    ),
    Key("shared_paths", texts, "directories that all nodes share, with all that is below", "none"),
    Key("resubmit_from", texts, "who submits the next cycle: `input`, `working` or hosts", "working"),
    Key("servers", text_map, "table: short name → full name of a server", "none"),
    Key(
        "output_hosts",
        text_map,
        "table: full name of a server → the host that its nodes bring `.qqout` to (PBS)",
        "the host that submits",
    ),
    Key("kill_wait", seconds, "seconds between the batch system's SIGTERM and its SIGKILL", "10"),
    Key("qq_command", text, "the command that starts qq on the nodes", "the qq that submits"),
)
"""Every field of a site's table, as it is explained on the reference page."""

_READERS = {field.name: field.read for field in FIELDS}
SITE_KEYS = frozenset(_READERS)

_FIELDS = {"resources": "default_resources"}
_NEEDED = ("name", "engine", "batch_system")


def parse_site(table: Table, place: str, base: Site | None = None) -> Result[Site, Faults]:
    """The site that a table describes; what it leaves out is as in ``base``. Keys that mean nothing are left out."""
    known = [(key, raw) for key, raw in table.items() if key in _READERS]
    values = collect(_READERS[key](raw, _below(place, key)) for key, raw in known)
    if isinstance(values, Failure):
        return values
    fields = {_FIELDS.get(key, key): value for (key, _), value in zip(known, values.unwrap(), strict=True)}
    missing = [key for key in _NEEDED if base is None and key not in fields]
    if missing:
        return fault(place, f"a new site needs {', '.join(missing)}")
    site = replace(base or Site(name="", engine="", batch_system=""), **fields)
    if engine_of(site.batch_system) != site.engine:
        words = f"{site.batch_system!r:.40} does not tell the engine: it has to begin with '{site.engine}'"
        return fault(_below(place, "batch_system"), words)
    return Success(site)


def _below(place: str, key: str) -> str:
    """What a key is called: of a table in a file, or of a file that is the table."""
    return f"{place}.{key}" if ": " in place else f"{place}: {key}"


def parse_sites(tables: Iterable[tuple[str, Table]]) -> Result[PVector[Site], Faults]:
    """Sites in the order in which they are looked for. ``tables``: place and table, the most important ones first.

    Several tables of one name describe one site: what the first of them says wins, key by key.
    """
    return collect(_merged(same) for same in _grouped(tables).values())


def places_of(tables: Iterable[tuple[str, Table]]) -> PMap[str, PVector[str]]:
    """Name of a site → where it is described, the place that wins first."""
    return pmap({name: pvector(place for place, _ in same) for name, same in _grouped(tables).items()})


def _grouped(tables: Iterable[tuple[str, Table]]) -> dict[str, list[tuple[str, Table]]]:
    grouped: dict[str, list[tuple[str, Table]]] = {}
    for place, table in tables:
        grouped.setdefault(str(table.get("name", place)), []).append((place, table))
    return grouped


def _merged(same: list[tuple[str, Table]]) -> Result[Site, Faults]:
    site: Site | None = None
    for place, table in reversed(same):
        parsed = parse_site(table, place, site)
        if isinstance(parsed, Failure):
            return parsed
        site = parsed.unwrap()
    assert site is not None  # a group has a member
    return Success(site)


class Signs(Struct, frozen=True):
    """What of a site was found on a machine: its program, and the first of the files that have to be there, too.

    ``server``: the batch system's, if its name can be told and matters.
    """

    program: str | None = None
    file: str | None = None
    server: str | None = None


def is_here(site: Site, signs: Signs) -> bool:
    """Whether a machine where this was found belongs to the site."""
    if site.found_by is None:
        return True
    return signs.program is not None and _fits(site, signs) and (not site.found_with or signs.file is not None)


def _fits(site: Site, signs: Signs) -> bool:
    """Whether the server is one of the site's; of one without a name nobody can say that it is not."""
    return not site.found_at or signs.server is None or any(signs.server.endswith(end) for end in site.found_at)


def why_here(site: Site, signs: Signs) -> str:
    """What of the site was found and what not, in words."""
    if site.found_by is None:
        return "it needs no sign: it is what is left when no other site is recognised"
    if signs.program is None:
        return f"{site.found_by} is not on PATH"
    found = f"{site.found_by} is {signs.program}"
    if not _fits(site, signs):
        return f"{found}, but its server is {signs.server}, which is none of the site's (found_at)"
    if not site.found_with:
        return found
    if signs.file is None:
        return f"{found}, but none of the files is there that tell a cluster (found_with)"
    return f"{found}, and {signs.file} is there"


def choose_site(sites: Iterable[Site], batch_system: str | None, found: Callable[[Site], bool]) -> Result[Site, Faults]:
    """The site for a batch system that somebody named, else the first that is ``found`` on this machine."""
    all_sites = pvector(sites)
    if batch_system is None:
        present = (site for site in all_sites if found(site))
        return _first(present, "no batch system was found on this machine; name one with --batch-system")
    fitting = [site for site in all_sites if site.batch_system == batch_system]
    names = dict.fromkeys(site.batch_system for site in all_sites)
    hint = did_you_mean(batch_system, names, f"there are {', '.join(names)}")
    return _first(
        [site for site in fitting if found(site)] or fitting, f"no site has the batch system '{batch_system}'{hint}"
    )


def _first(sites: Iterable[Site], otherwise: str) -> Result[Site, Faults]:
    site = next(iter(sites), None)
    return fault("batch-system", otherwise) if site is None else Success(site)

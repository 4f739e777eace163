"""What `qq site` tells, as plain (label, text) pairs and as data. Asks nobody."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from qq.core.options import find_option
from qq.core.recognised import Recognised
from qq.core.records.fields import writes
from qq.core.records.nested import RESOURCES, SITE
from qq.core.records.parse import format_walltime
from qq.core.records.site import Site
from qq.core.records.values import Resources
from qq.core.sites import is_here, why_here
from qq.shell.present.labelled import Fact, labelled
from qq.shell.present.plain import plain

_LABELS = 22
"""How wide their column is."""


def facts(found: Recognised) -> list[Fact]:
    """One pair a line; an empty label goes on with the one before."""
    site = found.site
    return [(label, plain(text)) for label, text in [*_which(found), *_places(site), *_storage(found), *_jobs(found)]]


def lines(found: Sequence[Fact], width: int | None) -> list[str]:
    """The same below each other, in at most ``width`` columns of the terminal; None: there is none."""
    return list(labelled(found, _LABELS, width))


def _which(found: Recognised) -> Iterator[Fact]:
    site = found.site
    yield "site", site.name
    yield (
        "batch system",
        site.batch_system
        if site.batch_system == site.engine
        else (f"{site.batch_system} (spoken to as {site.engine})"),
    )
    yield from (("" if number else "because", words) for number, words in enumerate(_why(found)))
    yield from zip(["described in", *[""] * len(found.described)], found.described, strict=False)


def _why(found: Recognised) -> Iterator[str]:
    """Why it is this site, and why none that is looked for before it."""
    why = why_here(found.site, found.signs)
    if found.named_by is not None:
        yield f"{found.named_by} named it" + ("" if found.here else f"; this machine is not it: {why}")
        return
    yield why
    earlier = takewhile(lambda each: each[0].name != found.site.name, found.others)
    yield from (f"not {site.name}: {why_here(site, signs)}" for site, signs in earlier)


def _places(site: Site) -> Iterator[Fact]:
    """The types of working directory, the default one first."""
    kinds = sorted(site.scratch, key=lambda kind: (kind != site.default_work_dir, kind))
    for kind in kinds:
        default = " (the default)" if kind == site.default_work_dir else ""
        yield "work-dir", f"{kind}{default}: {', else '.join(site.scratch[kind])}"
    default = " (the default)" if site.default_work_dir not in site.scratch else ""
    yield "work-dir", f"input_dir{default}: the input directory itself"


def _storage(found: Recognised) -> Iterator[Fact]:
    site = found.site
    if site.scratch:
        reach = "all nodes reach it" if site.scratch_shared else "each node has its own"
        stays = "it keeps what a job leaves" if site.scratch_outlives_job else "it is wiped when a job ends"
        yield "scratch", f"{reach}; {stays}"
    yield "input", "every input directory is shared by all nodes" if site.input_shared else _shared(site)
    if site.engine != "local":
        yield "this directory", f"{found.directory} is {'' if found.directory_shared else 'not '}shared by all nodes"


def _shared(site: Site) -> str:
    parts = [
        *([f"below {', '.join(site.shared_paths)}"] if site.shared_paths else []),
        *([f"on {', '.join(site.shared_types)}"] if site.shared_types else []),
        "where df -l says that it is not local",
    ]
    return f"shared by all nodes {', and '.join(parts)}"


def _jobs(found: Recognised) -> Iterator[Fact]:
    site, gives = found.site, found.gives
    yield "queue", f"{site.default_queue} if nobody says" if site.default_queue else "has to be named"
    if gives is not None and gives.max_walltime is not None:
        yield "", f"its longest walltime: {format_walltime(gives.max_walltime)}"
    yield from _given("its defaults", gives.queue if gives else Resources())
    yield from _given("the cluster's defaults", gives.server if gives else Resources())
    yield from _given("the site's defaults", site.default_resources)
    yield "next cycle from", ", ".join(site.resubmit_from)
    yield "TERM to KILL", f"{site.kill_wait:g} s"
    yield "qq on the node", site.qq_command or "the qq that submits"
    yield from (("server", f"{short} is {full}") for short, full in sorted(site.servers.items()))
    if found.silent is not None:
        yield "not answered", str(found.silent)


def _given(label: str, resources: Resources) -> Iterator[Fact]:
    said = [(name, getattr(resources, name)) for name in resources.__struct_fields__]
    words = [f"{_option(name)} {_value(name, value)}" for name, value in said if value is not None and name != "props"]
    if words:
        yield label, ", ".join(words)


def _option(name: str) -> str:
    option = find_option(name)
    return name if option is None else option.name


def _value(name: str, value: object) -> str:
    return format_walltime(value) if name == "walltime" and isinstance(value, int) else str(value)


def data(found: Recognised) -> dict[str, object]:
    """What `qq site --json` tells."""
    gives = found.gives
    return {
        "site": writes(SITE)(found.site),
        "here": found.here,
        "why": why_here(found.site, found.signs),
        "named_by": found.named_by,
        "described_in": list(found.described),
        "directory": found.directory,
        "directory_shared": found.directory_shared,
        "batch_answered": found.silent is None,
        "queue_defaults": writes(RESOURCES)(gives.queue) if gives else None,
        "server_defaults": writes(RESOURCES)(gives.server) if gives else None,
        "max_walltime": gives.max_walltime if gives else None,
        "known": [
            {"name": site.name, "here": is_here(site, signs), "why": why_here(site, signs)}
            for site, signs in found.others
        ],
    }

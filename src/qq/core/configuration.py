"""The user's configuration: the tree of a TOML file → settings, default options, sites, and warnings (SPEC 10).

Keys of existing configuration files keep their names and places. A key that means nothing is a warning, not an error.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.choices import Choices, merge_choices
from qq.core.names import DARK, LOCAL_LIMITS
from qq.core.nearest import did_you_mean
from qq.core.options import OPTIONS, find_option
from qq.core.records.site import Settings
from qq.core.replacing import replace
from qq.core.result import Failure, Fault, Faults, Result, collect
from qq.core.setting_keys import TABLES
from qq.core.sites import SITE_KEYS
from qq.core.tables import Table, choices_from, table

SUBMIT = "submit"
"""The table of default options of ``qq submit``."""
SITES = "sites"

SETTINGS = {
    "ssh_timeout": ("timeouts.ssh",),
    "rsync_silence": ("timeouts.rsync",),
    "retry_tries": ("runner.retry_tries", "archiver.retry_tries", "resubmitter.retry_tries"),
    "retry_wait": ("runner.retry_wait", "archiver.retry_wait", "resubmitter.retry_wait"),
    "grace": ("runner.sigterm_to_sigkill",),
    "default_interpreter": ("runner.default_interpreter",),
}
"""Field of ``Settings`` → the keys that set it, the first one given wins."""

OLDER_OPTIONS = {
    "archive": "loop_jobs.archive_dir",
    "archive_format": "loop_jobs.archive_format",
    "resubmit_from": "resubmitter.default_resubmit_hosts",
}
"""Option → the key of existing configuration files that sets it, if ``[submit]`` does not."""

OPEN = ("presenter", "_options", "colors", "colours")
"""Ends of names of tables that others read (tables' looks, options of batch systems): kept as they are."""


class Configuration(Struct, frozen=True, kw_only=True):
    """What the user has set."""

    settings: Settings = Settings()
    defaults: Choices = Choices()
    sites: PVector[tuple[str, Table]] = pvector()
    """Tables of sites, with their places."""
    tables: PMap[str, object] = pmap()
    """Tables that are somebody else's to read: looks, options of batch systems."""
    limits: PMap[str, str] = pmap(dict.fromkeys(LOCAL_LIMITS, ""))
    """Variables that tell the local queue what to give away; empty: all that the machine has."""
    theme: str = DARK
    """One of ``THEMES``: how terminals are coloured."""
    warnings: PVector[str] = pvector()


def parse_configuration(tree: Table, place: str) -> Result[Configuration, Faults]:
    """The configuration that a file holds; ``place``: what faults and warnings call the file."""
    values = _known_values(tree, place)
    submit = choices_from(tree.get(SUBMIT, {}), f"{place}: {SUBMIT}")
    sites = _sites(tree, place)
    faults = [fault for part in (values, submit, sites) if isinstance(part, Failure) for fault in part.failure()]
    if isinstance(values, Failure) or isinstance(submit, Failure) or isinstance(sites, Failure):
        return Failure(pvector(faults))
    older = choices_from(
        {option: values.unwrap()[key] for option, key in OLDER_OPTIONS.items() if key in values.unwrap()}, place
    )
    return older.map(
        lambda older_choices: Configuration(
            settings=_settings(values.unwrap()),
            defaults=merge_choices([submit.unwrap(), older_choices]),
            sites=sites.unwrap(),
            limits=_limits(values.unwrap()),
            theme=values.unwrap().get("terminal.theme", DARK),
            tables=pmap({name: part for name, part in tree.items() if _is_open(name)}),
            warnings=pvector(f"{place}: {ignored(one)}" for one in unknown_keys(tree)),
        )
    )


def unknown_keys(tree: Table) -> Iterator[Fault]:
    """A sentence for each key that means nothing to qq, with the one that may have been meant."""
    for name, part in tree.items():
        known = _keys_of(name)
        if name == SITES and isinstance(part, dict):
            for site, keys in part.items():
                yield from unknown_site_keys(keys if isinstance(keys, dict) else {}, f"{SITES}.{site}.")
        elif known is not None and isinstance(part, dict):
            yield from (_unknown(f"{name}.{key}", key, known) for key in part if not _is_known(name, key, known))
        elif known is None and not _is_open(name):
            yield _unknown(name, name, (*TABLES, SUBMIT, SITES))


def unknown_site_keys(site: Table, place: str = "") -> Iterator[Fault]:
    """The same of the table of a site; ``place``: what stands before its keys."""
    yield from (_unknown(f"{place}{key}", key, SITE_KEYS) for key in site if key not in SITE_KEYS)
    resources = site.get("resources")
    options = [option.name for option in OPTIONS]
    for key in resources if isinstance(resources, dict) else ():
        if not find_option(key):
            yield _unknown(f"{place}resources.{key}", key, options)


def _is_known(name: str, key: str, known: Iterable[str]) -> bool:
    return key in known or (name == SUBMIT and find_option(key) is not None)


def _unknown(full: str, key: str, known: Iterable[str]) -> Fault:
    return Fault(full, f"unknown key{did_you_mean(key, known)}")


def ignored(unknown: Fault) -> str:
    """The warning about an unknown key."""
    what, _, hint = unknown.words.partition(";")
    return f"{what} '{unknown.place}' is ignored" + (f";{hint}" if hint else "")


def _keys_of(name: str) -> Iterable[str] | None:
    return [option.name for option in OPTIONS] if name == SUBMIT else SITE_KEYS if name == SITES else TABLES.get(name)


def _is_open(name: str) -> bool:
    return name.endswith(OPEN)


def _known_values(tree: Table, place: str) -> Result[PMap[str, Any], Faults]:
    """``table.key`` → value, for the keys that are known one by one."""
    found = collect(_table_values(name, tree[name], place) for name in TABLES if name in tree)
    return found.map(lambda parts: pmap({key: value for part in parts for key, value in part.items()}))


def _table_values(name: str, raw: object, place: str) -> Result[dict[str, Any], Faults]:
    part = table(raw, f"{place}: {name}")
    if isinstance(part, Failure):
        return part
    keys = [key for key in part.unwrap() if key in TABLES[name]]
    values = collect(TABLES[name][key](part.unwrap()[key], f"{place}: {name}.{key}") for key in keys)
    return values.map(lambda found: dict(zip((f"{name}.{key}" for key in keys), found, strict=True)))


def _settings(values: PMap[str, Any]) -> Settings:
    given: dict[str, Any] = {
        field: next((values[key] for key in keys if key in values), None) for field, keys in SETTINGS.items()
    }
    return replace(Settings(), **{field: value for field, value in given.items() if value is not None})


def _limits(values: PMap[str, Any]) -> PMap[str, str]:
    mem = values.get("local.mem")
    amounts = (values.get("local.ncpus"), values.get("local.ngpus"), mem.kb if mem else None)
    words = ("" if amount is None else str(amount) for amount in amounts)
    return pmap(dict(zip(LOCAL_LIMITS, words, strict=True)))


def _sites(tree: Table, place: str) -> Result[PVector[tuple[str, Table]], Faults]:
    def one(name: str, raw: object) -> Result[tuple[str, Table], Faults]:
        where = f"{place}: {SITES}.{name}"
        return table(raw, where).map(lambda part: (where, {"name": name, **part}))

    return table(tree.get(SITES, {}), f"{place}: {SITES}").bind(
        lambda tables: collect(one(name, raw) for name, raw in tables.items())
    )

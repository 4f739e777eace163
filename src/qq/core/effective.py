"""What is set here, and by whom: every setting, default option and field of the site, with its value and source.

Values are as they were written. Who wins: the environment, the user's files, the site, qq itself (SPEC 2 and 10).
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field

from qq.core.configuration import OLDER_OPTIONS, SETTINGS, SUBMIT
from qq.core.names import LOCAL_LIMITS
from qq.core.options import OPTIONS, Option, find_option
from qq.core.records.resources import RESOURCE_GROUPS
from qq.core.setting_keys import KEYS, Key
from qq.core.sites import SITE_KEYS
from qq.core.tables import Table


class Source(StrEnum):
    """Who sets a value."""

    DEFAULT = "default"
    SITE = "site"
    FILE = "file"
    ENVIRONMENT = "environment"


class Described(Struct, frozen=True):
    """A table of a file: where it stands, its content, and key → line. ``source``: the user's file, or one of qq's."""

    place: str
    table: Table
    lines: Mapping[str, int] = field(default_factory=dict)
    source: Source = Source.FILE

    def where(self, key: str) -> str:
        """File and line of one of its keys."""
        line = self.lines.get(key)
        return self.place if line is None else f"{self.place}:{line}"


class Effective(Struct, frozen=True):
    """A key, its value (None: nothing is set), who set it, and where that stands."""

    key: str
    value: object
    source: Source
    where: str = ""


_VARIABLES = dict(zip(("local.ncpus", "local.ngpus", "local.mem"), LOCAL_LIMITS, strict=True))
_BATCH_SYSTEM = "QQ_BATCH_SYSTEM"
_SITE_SETS = {"queue": "default_queue", "work_dir": "default_work_dir", "resubmit_from": "resubmit_from"}
"""Option → the field of the site that says it."""


def effective(user: Described, site: Sequence[Described], environ: Mapping[str, str]) -> list[Effective]:
    """Everything that can be set. ``site``: the tables that describe the site, the one that wins first."""
    chains = {keys[0]: keys for keys in SETTINGS.values()}
    hidden = {key for keys in chains.values() for key in keys[1:]} | set(OLDER_OPTIONS.values())
    settings = (
        _setting(key, chains.get(key.name, (key.name,)), user, environ) for key in KEYS if key.name not in hidden
    )
    options = (_option(option, user, site, environ) for option in OPTIONS)
    return [*settings, *options, *_fields(site)]


def _setting(key: Key, chain: Sequence[str], user: Described, environ: Mapping[str, str]) -> Effective:
    variable = _VARIABLES.get(key.name, "")
    if variable in environ:
        return Effective(key.name, environ[variable] or key.default, Source.ENVIRONMENT, variable)
    given = next(filter(None, (_given(user, name) for name in chain)), None)
    return given.named(key.name) if given else Effective(key.name, key.default or None, Source.DEFAULT)


class _Given(Struct, frozen=True):
    value: object
    source: Source
    where: str

    def named(self, key: str) -> Effective:
        return Effective(key, self.value, self.source, self.where)


def _given(described: Described, name: str) -> _Given | None:
    """A key of a table, both joined with a dot."""
    table, _, key = name.partition(".")
    part = described.table.get(table)
    if not isinstance(part, Mapping) or key not in part:
        return None
    return _Given(part[key], described.source, described.where(name))


def _option(option: Option, user: Described, site: Sequence[Described], environ: Mapping[str, str]) -> Effective:
    key = f"{SUBMIT}.{option.name}"
    given = _of_user(option, user)
    if given is None and option.field == "batch_system" and environ.get(_BATCH_SYSTEM):
        return Effective(key, environ[_BATCH_SYSTEM], Source.ENVIRONMENT, _BATCH_SYSTEM)
    rivals = [other for other in OPTIONS if other is not option and other.field in _group(option)]
    if given is None and any(_of_user(other, user) for other in rivals):
        return Effective(key, None, Source.DEFAULT)  # another way to say it is set, which counts for the whole group
    given = given or _of_site(option, site)
    if given:
        return given.named(key)
    silent = any(_of_site(other, site) for other in rivals)
    return Effective(key, None if silent else option.default or None, Source.DEFAULT)


def _group(option: Option) -> Sequence[str]:
    return next((group for group in RESOURCE_GROUPS if option.field in group), ())


def _of_user(option: Option, user: Described) -> _Given | None:
    table = user.table.get(SUBMIT)
    names = [name for name in table if find_option(name) is option] if isinstance(table, Mapping) else []
    older = OLDER_OPTIONS.get(option.field)
    return next(filter(None, (_given(user, name) for name in (*(f"{SUBMIT}.{n}" for n in names), older) if name)), None)


def _of_site(option: Option, site: Sequence[Described]) -> _Given | None:
    own = _SITE_SETS.get(option.field, "resources")
    described = next((one for one in site if own in one.table), None)
    if described is None:
        return None
    if own != "resources":
        return _Given(described.table[own], described.source, described.where(own))
    resources = described.table[own]
    names = (name for name in resources if find_option(name) is option) if isinstance(resources, Mapping) else ()
    return next((_given(described, f"{own}.{name}") for name in names), None)


def _fields(site: Sequence[Described]) -> Iterator[Effective]:
    for key in sorted(SITE_KEYS - {"resources"}):
        given = next(((one, one.table[key]) for one in site if key in one.table), None)
        if given is None:
            yield Effective(f"site.{key}", None, Source.DEFAULT)
        else:
            yield Effective(f"site.{key}", given[1], given[0].source, given[0].where(key))

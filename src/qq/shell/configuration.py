"""Finds and reads the user's configuration and the sites (SPEC 10). ``qq run`` never does: its record holds them.

The file is the one that ``$QQ_CONFIG`` names, else ``$XDG_CONFIG_HOME/qq/config.toml``; never the current directory's.
"""

import os
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.configuration import Configuration, ignored, parse_configuration, unknown_site_keys
from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.core.result import Failure, Faults, Result, Success, collect, fault
from qq.core.scratch import fill
from qq.core.sites import BUILT_IN, Signs, choose_site, is_here, parse_sites, places_of
from qq.core.tables import Table

if TYPE_CHECKING:
    from qq.core.configuration_check import Flaw
    from qq.core.effective import Described, Effective

BUILT_IN_SITES = Path(__file__).parent.parent / "sites"


class Setup(Struct, frozen=True):
    """The user's configuration and all sites that qq knows, in the order in which they are looked for."""

    configuration: Configuration
    sites: PVector[Site]
    described: PMap[str, PVector[str]] = pmap()
    """Name of a site → the files that describe it, the one that wins first."""


def load_setup(environ: Mapping[str, str]) -> Result[Setup, Faults]:
    """Reads everything; a faulty file is an error that names it and, of each fault, the line."""
    return _loaded(environ).alt(lambda faults: _with_lines(faults, own_files(environ)))


def _with_lines(faults: Faults, paths: Iterable[str]) -> Faults:
    from qq.core.configuration_check import with_lines

    for path in paths:
        with suppress(OSError, UnicodeDecodeError):
            faults = with_lines(faults, path, Path(path).read_text(encoding="utf-8"))
    return faults


def _loaded(environ: Mapping[str, str]) -> Result[Setup, Faults]:
    configuration = load_configuration(environ)
    if isinstance(configuration, Failure):
        return configuration
    found = configuration.unwrap()
    files = collect(_toml(path) for path in _site_files(environ))
    if isinstance(files, Failure):
        return files
    tables = [*found.sites, *files.unwrap()]
    ignored_keys = [f"{place}: {ignored(one)}" for place, site in files.unwrap() for one in unknown_site_keys(site)]
    warned = replace(found, warnings=found.warnings.extend(ignored_keys))
    return parse_sites(tables).map(lambda sites: Setup(warned, sites, places_of(tables)))


def what_is_set(environ: Mapping[str, str]) -> Result[list["Effective"], Faults]:
    """Everything that can be set, with its value and who set it: user, site, environment or qq itself."""
    from qq.core.effective import Described, effective

    setup = load_setup(environ)
    if isinstance(setup, Failure):
        return setup
    named = setup.unwrap().configuration.defaults.batch_system or environ.get("QQ_BATCH_SYSTEM")
    site = site_of(setup.unwrap(), named, environ)
    if isinstance(site, Failure):
        return site
    own = own_file(environ)
    user = Described("", {}) if own is None else _described(Path(own))
    files = [_described(path) for path in _site_files(environ)]
    tables = [one for one in (*_sites_in(user), *files) if one.table.get("name") == site.unwrap().name]
    return Success(effective(user, tables, environ))


def own_file(environ: Mapping[str, str]) -> str | None:
    """The user's configuration file; None: there is none."""
    named = environ.get("QQ_CONFIG")
    path = Path(named) if named else config_dir(environ) / "config.toml"
    return str(path) if named or path.is_file() else None


def own_files(environ: Mapping[str, str]) -> list[str]:
    """Everything that the user has set: the configuration file, then those that describe sites."""
    return [*filter(None, [own_file(environ)]), *map(str, _own_site_files(environ))]


def check(path: str) -> "list[Flaw] | str":
    """All that is wrong with a configuration file, or why it can't be read."""
    from qq.core.configuration_check import check_text

    try:
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        return f"the configuration can't be read: {error.strerror}"
    except UnicodeDecodeError as error:
        return f"the configuration is not UTF-8: byte {error.start + 1}"
    built_in = [(str(path), tomllib.loads(path.read_text(encoding="utf-8"))) for path in _built_in_files()]
    return check_text(text, {site.name: site for site in parse_sites(built_in).unwrap()})


def _described(path: Path) -> "Described":
    """A file that was read without a fault before, with the lines of its keys."""
    from qq.core.effective import Described, Source
    from qq.core.toml_lines import key_lines

    text = path.read_text(encoding="utf-8")
    if path.parent == BUILT_IN_SITES:
        return Described(path.stem, tomllib.loads(text), source=Source.SITE)
    return Described(str(path), tomllib.loads(text), key_lines(text))


def _sites_in(user: "Described") -> Iterator["Described"]:
    """The tables of sites in the user's file."""
    from qq.core.effective import Described

    for name, table in dict(user.table.get("sites", {})).items():  # type: ignore[call-overload]
        prefix = f"sites.{name}."
        lines = {key.removeprefix(prefix): line for key, line in user.lines.items() if key.startswith(prefix)}
        yield Described(user.place, {"name": name, **table}, lines)


def load_configuration(environ: Mapping[str, str]) -> Result[Configuration, Faults]:
    """The user's configuration; without a file, an empty one."""
    own = own_file(environ)
    if own is None:
        return Success(Configuration())
    return _toml(Path(own)).bind(lambda file: parse_configuration(file[1], file[0]))


def theme_of(environ: Mapping[str, str]) -> str:
    """How the user wants terminals to be coloured; what is wrong with the file, others tell."""
    found = load_configuration(environ)
    return Configuration().theme if isinstance(found, Failure) else found.unwrap().theme


def site_of(setup: Setup, batch_system: str | None, environ: Mapping[str, str]) -> Result[Site, Faults]:
    """The site to submit to: of a batch system that somebody named, or the one that this machine belongs to."""
    return choose_site(setup.sites, batch_system, lambda site: _is_here(site, environ))


def passed_over(setup: Setup, environ: Mapping[str, str]) -> PVector[Site]:
    """Sites whose program is installed, but which this machine does not belong to as far as anybody can see."""
    signs = ((site, signs_of(site, environ)) for site in setup.sites)
    return pvector(site for site, found in signs if found.program is not None and not is_here(site, found))


def config_dir(environ: Mapping[str, str]) -> Path:
    """Where the user's configuration of qq stands."""
    base = environ.get("XDG_CONFIG_HOME")
    home = Path(base) if base and base.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".config"
    return home / "qq"


def _site_files(environ: Mapping[str, str]) -> Iterable[Path]:
    return [*_own_site_files(environ), *_built_in_files()]


def _own_site_files(environ: Mapping[str, str]) -> list[Path]:
    return sorted((config_dir(environ) / "sites").glob("*.toml"))


def _built_in_files() -> list[Path]:
    return [BUILT_IN_SITES / f"{name}.toml" for name in BUILT_IN]


def _toml(path: Path) -> Result[tuple[str, Table], Faults]:
    """The file's name and tree."""
    try:
        with path.open("rb") as file:
            return Success((str(path), tomllib.load(file)))
    except OSError as error:
        return fault(str(path), f"the configuration can't be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return fault(str(path), f"the configuration is not valid TOML: {error}")


def signs_of(site: Site, environ: Mapping[str, str]) -> Signs:
    """What of a site is found on this machine."""
    program = _which(site.found_by, environ.get("PATH", os.defpath)) if site.found_by else None
    if program is None:
        return Signs()
    prefix = str(Path(program).resolve().parent.parent)
    files = (fill(template.replace("{prefix}", prefix), {}, environ) for template in site.found_with)
    file = next((file for file in files if file is not None and Path(file).exists()), None)
    return Signs(program, file, _server(environ) if site.found_at else None)


def _is_here(site: Site, environ: Mapping[str, str]) -> bool:
    return is_here(site, signs_of(site, environ))


def _server(environ: Mapping[str, str]) -> str | None:
    """The default server of PBS (pbs.conf(8)); None: nobody says."""
    named = environ.get("PBS_SERVER") or environ.get("PBS_DEFAULT")
    if named:
        return named
    try:
        text = Path(environ.get("PBS_CONF_FILE") or "/etc/pbs.conf").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    lines = (line.strip().partition("=") for line in text.splitlines())
    return next((value.strip() for name, _, value in lines if name == "PBS_SERVER" and value.strip()), None)


@lru_cache(maxsize=32)
def _which(program: str, search: str) -> str | None:
    return shutil.which(program, path=search)

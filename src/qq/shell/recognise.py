"""Which site this is and why, what it says, and what its batch system says of itself. Changes nothing."""

from collections.abc import Mapping

from pyrsistent import pvector

from qq.core.batch_defaults import BatchDefaults, at_site
from qq.core.nearest import did_you_mean
from qq.core.recognised import Recognised
from qq.core.records.site import Site
from qq.core.result import Failure, Faults, Result, Success, fault, value_or_none
from qq.core.sites import is_here
from qq.core.troubles import Trouble
from qq.shell.batch.choose import open_batch
from qq.shell.configuration import Setup, load_setup, signs_of, site_of
from qq.shell.here import current_directory, is_shared


def recognise(name: str | None, environ: Mapping[str, str]) -> Result[Recognised, Faults]:
    """The site with this name, else the one that a submission from here would use."""
    return load_setup(environ).bind(
        lambda setup: _chosen(setup, name, environ).map(lambda site: _seen(setup, site, name, environ))
    )


def _chosen(setup: Setup, name: str | None, environ: Mapping[str, str]) -> Result[Site, Faults]:
    if name is None:
        return site_of(setup, environ.get("QQ_BATCH_SYSTEM"), environ)
    known = {site.name: site for site in setup.sites}
    if name in known:
        return Success(known[name])
    hint = did_you_mean(name, known, f"there are {', '.join(known)}")
    return fault("", f"there is no site '{name}'{hint}")


def _seen(setup: Setup, site: Site, name: str | None, environ: Mapping[str, str]) -> Recognised:
    signs, directory = signs_of(site, environ), current_directory(environ)
    here = is_here(site, signs)
    asked = _ask(site, environ) if here else None
    gives = None if asked is None else value_or_none(asked)
    return Recognised(
        site=site if gives is None else at_site(site, gives),
        signs=signs,
        here=here,
        named_by=name and "you" or (environ.get("QQ_BATCH_SYSTEM") and "QQ_BATCH_SYSTEM") or None,
        described=setup.described.get(site.name, pvector()),
        gives=gives,
        silent=asked.failure() if isinstance(asked, Failure) else None,
        directory=directory,
        directory_shared=is_shared(directory, site),
        others=pvector((each, signs_of(each, environ)) for each in setup.sites),
        warnings=setup.configuration.warnings,
    )


def _ask(site: Site, environ: Mapping[str, str]) -> Result[BatchDefaults, Trouble]:
    return open_batch(site.batch_system, environ).bind(lambda batch: batch.defaults(site.default_queue, None))

"""Which batch system to ask: by the name in a record, or the one that this machine has. Each is imported when used."""

from collections.abc import Mapping

from qq.core.engines import ENGINES, engine_of
from qq.core.nearest import did_you_mean
from qq.core.result import Failure, Result, Success
from qq.core.troubles import Reason, Trouble
from qq.shell.batch import Batch

LOCAL = "local"
_SLURM, _PBS = "Slurm", "PBS"


def default_name(environ: Mapping[str, str]) -> Result[str, Trouble]:
    """The batch system that is meant where no record says it: of ``QQ_BATCH_SYSTEM``, else of the site we are at.

    Nobody can tell that from a configuration that can't be read.
    """
    named = environ.get("QQ_BATCH_SYSTEM")
    if named:
        return Success(named)
    from qq.shell.configuration import load_setup, site_of

    site = load_setup(environ).bind(lambda setup: site_of(setup, None, environ))
    if isinstance(site, Failure):
        return Failure(Trouble(Reason.BATCH_NOT_ANSWERING, "; ".join(map(str, site.failure()))))
    return Success(site.unwrap().batch_system)


def open_default(environ: Mapping[str, str]) -> Result[Batch, Trouble]:
    """That batch system."""
    return default_name(environ).bind(lambda name: open_batch(name, environ))


def server_called(word: str, environ: Mapping[str, str]) -> str:
    """The full name of a server that the site we are at may have a short one for."""
    from qq.shell.configuration import load_setup, site_of

    site = load_setup(environ).bind(lambda setup: site_of(setup, None, environ))
    return word if isinstance(site, Failure) else site.unwrap().servers.get(word, word)


def open_batch(name: str, environ: Mapping[str, str]) -> Result[Batch, Trouble]:
    """The batch system with this name, as records spell it."""
    engine = engine_of(name)
    if engine == LOCAL:
        from qq.shell.batch.local import open_queue

        return Success(open_queue(environ))
    if engine == _SLURM:
        from qq.shell.batch.slurm import open_slurm

        return Success(open_slurm(environ))
    if engine == _PBS:
        from qq.shell.batch.pbs import open_pbs

        return Success(open_pbs(environ))
    hint = did_you_mean(name, ENGINES, f"it knows {', '.join(ENGINES)}")
    return Failure(Trouble(Reason.BATCH_NOT_ANSWERING, f"this qq can't talk to the batch system {name!r}{hint}"))

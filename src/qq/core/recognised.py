"""A site as it is seen from one machine: what `qq site` tells."""

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.batch_defaults import BatchDefaults
from qq.core.records.site import Site
from qq.core.sites import Signs
from qq.core.troubles import Trouble


class Recognised(Struct, frozen=True, kw_only=True):
    """A site as it is seen from here."""

    site: Site
    """With what its batch system says of itself."""
    signs: Signs
    here: bool
    """Whether this machine belongs to it."""
    named_by: str | None
    """Who named it; None: it was recognised."""
    described: PVector[str]
    """The files that describe it, the one that wins first."""
    gives: BatchDefaults | None
    """None: the batch system could not be asked."""
    silent: Trouble | None
    directory: str
    directory_shared: bool
    others: PVector[tuple[Site, Signs]]
    """All sites that qq knows, in the order in which they are looked for."""
    warnings: PVector[str] = pvector()
    """About the configuration that it was read from."""

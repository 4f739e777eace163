"""What is asked of directories: to be looked at, made, filled. Deleting stands in ``beside.py``, with what proves."""

from collections.abc import Sequence

from msgspec import Struct

from qq.core.effects.record import Guard, Location
from qq.core.listing import Listing


class ArchiveQuestion(Struct, frozen=True, gc=False):
    """Only top-level names that belong to one of these cycles, with what is below them (SPEC 3, archive format)."""

    archive_format: str
    cycles: Sequence[int]


class Names(Struct, frozen=True, gc=False):
    """Only these exact paths relative to the directory, with what is below them; one that is missing is left out."""

    paths: Sequence[bytes]


class List(Struct, frozen=True, gc=False):
    """Lists what stands below a directory, without following links. A directory that is not there: ``Listed(None)``.

    ``without`` are exact paths relative to it (with all below); temporary names of qq at the top are left out, unless
    ``own`` asks for these, too.
    """

    at: Location
    without: Sequence[bytes] = ()
    only: ArchiveQuestion | Names | None = None
    own: bool = False


class ReadMark(Struct, frozen=True, gc=False):
    """Looks at the mark of a working directory (its path, see ``paths.mark_path``) and at the lists beside it."""

    at: Location
    work_dir: str


# --- making and moving ------------------------------------------------------------------------------------------------


class MakeDir(Struct, frozen=True, gc=False):
    """Makes a directory and its parents. ``fresh``: it must be new or empty."""

    at: Location
    fresh: bool = False


class MoveRuntime(Struct, frozen=True, gc=False):
    """Renames runtime files, each to the first of its new names that is free; one that is missing was moved before."""

    directory: Location
    moves: Sequence[tuple[str, Sequence[str]]]
    """Name in the directory → candidates, relative to it."""


class Create(Struct, frozen=True, gc=False):
    """Creates an empty file, if nothing has its name."""

    at: Location


class Copy(Struct, frozen=True, gc=False):
    """Copies these entries from below ``src`` to below ``dst``, which is made if missing. Never follows links.

    What already stands below ``dst`` under the same name is replaced, so ``dst`` is a fresh working directory or a
    temporary directory ``.qq-…``, never home or the archive itself. ``vanished_ok``: a source that is gone by now is no
    failure (staging in). ``may_link``: within one file system, hard links will do (the source goes away afterwards).
    """

    src: Location
    dst: Location
    entries: Listing
    vanished_ok: bool = False
    may_link: bool = False


class Include(Struct, frozen=True, gc=False):
    """Copies each of these absolute paths, with all below, to ``dst``, by its last name. A missing one is named."""

    host: str | None
    paths: Sequence[str]
    dst: Location


class VerifyCopy(Struct, frozen=True, gc=False):
    """Looks at both ends afresh and syncs: below ``dst`` must stand these entries, the source unchanged since."""

    src: Location
    dst: Location
    entries: Listing


class Place(Struct, frozen=True, gc=False):
    """Gives what was copied and verified below ``staging`` its final names below ``dst`` (pure rule: ``placing.py``).

    ``before``: what stood under these names at ``dst`` when the job began (its own side); ``synced``: what ``qq sync``
    put there; equal to either, or to mine: replaced silently. Anything else is renamed aside first, with ``aside`` in
    its name, and named in the answer. ``always``: paths that are replaced without asking (``.out``, ``.err``).
    Neither is done if the ``guard`` says that the record is another's by now.
    ``keep``: paths where mine gives way if a different file stands there (unchanged ones in an archive).
    """

    staging: Location
    dst: Location
    entries: Listing
    before: Listing
    synced: Listing
    aside: str
    """``<job name>-<job id>``."""
    guard: Guard
    always: frozenset[bytes] = frozenset()
    keep: frozenset[bytes] = frozenset()

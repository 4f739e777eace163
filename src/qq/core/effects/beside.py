"""The mark and the lists beside a working directory, and the deleting that only they allow."""

from collections.abc import Sequence

from msgspec import Struct

from qq.core.effects.record import Location
from qq.core.listing import Listing


class Stage(Struct, frozen=True, gc=False):
    """Lists the working directory, writes mark and staged list beside it, and waits until a change would show.

    ``keep_list``: if a list of the same token is there, it stays (a new attempt in ``input_dir``). ``home`` and
    ``archive``: what the entries were there before the copy. The mark of a later attempt of the same token is not
    replaced, reason ``DISOWNED``: this one was given up, and comes back late.
    """

    mark: Location
    work_dir: str
    token: str
    attempt: int
    job_id: str
    home: Listing
    archive: Listing
    without: Sequence[bytes] = ()
    keep_list: bool = False


class NoteCode(Struct, frozen=True, gc=False):
    """Writes the script's exit code into the mark of this attempt; into any other's never, reason ``DISOWNED``."""

    mark: Location
    exit_code: int
    token: str
    attempt: int


class NoteProof(Struct, frozen=True, gc=False):
    """Writes beside the mark what is proved to have arrived."""

    mark: Location
    proof: Listing


class NoteSynced(Struct, frozen=True, gc=False):
    """Adds to the list beside the mark what ``qq sync`` is about to put at home (as it will stand there)."""

    mark: Location
    at_home: Listing


class RemoveFiles(Struct, frozen=True, gc=False):
    """Removes these entries below a directory, each only if it still is in the state that was proved."""

    at: Location
    proof: Listing


class Consented(Struct, frozen=True, gc=False):
    """The user was shown a tree and wants it gone, proved or not. A link, the root and homes stay all the same.

    ``protected``: directories that must be neither it nor in it. ``marked`` False: no mark may stand there (the older
    wrapper made none).
    """

    protected: Sequence[str]
    marked: bool = True


class RemoveTree(Struct, frozen=True, gc=False):
    """Removes a working directory if every file of it is in the proof noted beside its mark; then mark and lists.

    ``unproved``: top-level names that go by name alone (included paths). One file that differs or is new keeps the tree
    and is named. ``token``: the mark must carry it. ``consented``: asked for by the user, instead of the proof.
    """

    mark: Location
    work_dir: str
    token: str
    unproved: Sequence[bytes] = ()
    consented: Consented | None = None


class RemoveMark(Struct, frozen=True, gc=False):
    """Removes mark and lists (``input_dir``), if the mark carries this token."""

    mark: Location
    token: str


class ClearTemporary(Struct, frozen=True, gc=False):
    """Removes a temporary directory of this job that an earlier life left; with the names in ``but`` it stays."""

    at: Location
    but: Sequence[str] = ()

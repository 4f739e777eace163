"""The mark and the lists beside a working directory, and the deleting that only they allow."""

from collections.abc import Sequence
from dataclasses import dataclass

from qq.core.effects.record import Location
from qq.core.listing import Listing


@dataclass(frozen=True, slots=True)
class Stage:
    """Lists the working directory, writes mark and staged list beside it, and waits until a change would show.

    ``keep_list``: if a list of the same token is there, it stays (a new attempt in ``input_dir``). ``home`` and
    ``archive``: what the entries were there before the copy.
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


@dataclass(frozen=True, slots=True)
class NoteCode:
    """Writes the script's exit code into the mark."""

    mark: Location
    exit_code: int


@dataclass(frozen=True, slots=True)
class NoteProof:
    """Writes beside the mark what is proved to have arrived."""

    mark: Location
    proof: Listing


@dataclass(frozen=True, slots=True)
class NoteSynced:
    """Adds to the list beside the mark what ``qq sync`` is about to put at home (as it will stand there)."""

    mark: Location
    at_home: Listing


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """Removes these entries below a directory, each only if it still is in the state that was proved."""

    at: Location
    proof: Listing


@dataclass(frozen=True, slots=True)
class Consented:
    """The user was shown a tree and wants it gone, proved or not. A link, the root and homes stay all the same.

    ``protected``: directories that must be neither it nor in it. ``marked`` False: no mark may stand there (the older
    wrapper made none).
    """

    protected: Sequence[str]
    marked: bool = True


@dataclass(frozen=True, slots=True)
class RemoveTree:
    """Removes a working directory if every file of it is in the proof noted beside its mark; then mark and lists.

    ``unproved``: top-level names that go by name alone (included paths). One file that differs or is new keeps the tree
    and is named. ``token``: the mark must carry it. ``consented``: asked for by the user, instead of the proof.
    """

    mark: Location
    work_dir: str
    token: str
    unproved: Sequence[bytes] = ()
    consented: Consented | None = None


@dataclass(frozen=True, slots=True)
class RemoveMark:
    """Removes mark and lists (``input_dir``), if the mark carries this token."""

    mark: Location
    token: str


@dataclass(frozen=True, slots=True)
class ClearTemporary:
    """Removes a temporary directory of this job that an earlier life left; with the names in ``but`` it stays."""

    at: Location
    but: Sequence[str] = ()

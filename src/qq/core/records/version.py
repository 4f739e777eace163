"""What tells one state of a record on disk from another. A module of its own: who only reads needs nothing else."""

from msgspec import Struct


class Version(Struct, frozen=True, gc=False):
    """What a record on disk was when it was last read: whose it was, and the digest of its bytes."""

    token: str
    attempt: int
    digest: str

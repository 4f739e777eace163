"""What Slurm keeps of a job for qq: its token, and where its record stands, in the job's comment.

Written in letters that accounting does not change: it turns quotes into others, and what is no UTF-8 into ``?``.
"""

import re

from qq.core.names import INFO_SUFFIX
from qq.core.paths import to_bytes, to_text

MAX_TEXT = 1000
"""Bytes of a job's name or comment, of the 1024 that Slurm takes."""
_COMMENT = "qq:"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@,=~")


def comment_of(token: str, info_file: str) -> str:
    """The comment for a job; a path that is too long is left out."""
    path = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in to_bytes(info_file))
    whole = f"{_COMMENT}{token}:{path}"
    return whole if len(whole) <= MAX_TEXT else f"{_COMMENT}{token}:"


def read_comment(comment: str) -> tuple[str | None, str | None]:
    """Token and info file from a job's comment; None: it is not one of ours, or does not say."""
    if not comment.startswith(_COMMENT):
        return None, None
    token, _, path = comment.removeprefix(_COMMENT).partition(":")
    raw = re.sub(rb"%([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), to_bytes(path))
    name = to_text(raw)
    return token or None, name if name.startswith("/") and name.endswith(INFO_SUFFIX) else None

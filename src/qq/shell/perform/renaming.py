"""Giving a file a name that nothing has yet, by the best means that the file system offers."""

import errno
import os
from collections.abc import Callable

from qq.shell.perform.libc import rename_noreplace

Rename = Callable[[int, bytes, int, bytes], None]
"""(directory, name, new directory, new name); FileExistsError if something has the new name."""

_CANT = frozenset((errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK))


def rename_new(src_dir: int, src: bytes, dst_dir: int, dst: bytes) -> None:
    """Renames to a name that is free; raises FileExistsError if it is not.

    Where the file system has neither atomic way (no hard links either), a look comes right before the rename.
    """
    for way in (rename_noreplace, by_link, by_look):
        try:
            way(src_dir, src, dst_dir, dst)
        except OSError as error:
            if error.errno not in _CANT or way is by_look:
                raise
        else:
            return


def by_link(src_dir: int, src: bytes, dst_dir: int, dst: bytes) -> None:
    """For everything but directories; after a crash in between both names are one inode."""
    os.link(src, dst, src_dir_fd=src_dir, dst_dir_fd=dst_dir, follow_symlinks=False)
    os.unlink(src, dir_fd=src_dir)


def by_look(src_dir: int, src: bytes, dst_dir: int, dst: bytes) -> None:
    """For directories where the kernel can't, and where there are no hard links."""
    try:
        os.stat(dst, dir_fd=dst_dir, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(src, dst, src_dir_fd=src_dir, dst_dir_fd=dst_dir)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

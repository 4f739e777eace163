"""Names that are fixed: suffixes, environment variables, temporary names."""

INFO_SUFFIX = ".qqinfo"
QQ_OUT_SUFFIX = ".qqout"
OUT_SUFFIX = ".out"
ERR_SUFFIX = ".err"
MARK_SUFFIX = ".qqmark"
LOCK_NAME = ".qq.lock"
TEMPORARY_PREFIX = ".qq-"
"""Every temporary name of qq at home and in an archive starts so; such names are never staged and never match."""

DARK, LIGHT = "dark", "light"
THEMES = (DARK, LIGHT)
"""Colours for terminals with such a background."""

LOCAL_LIMITS = ("QQ_LOCAL_NCPUS", "QQ_LOCAL_NGPUS", "QQ_LOCAL_MEM_KB")
"""What a submission says of the whole local queue: how much it may give away. A job says nothing of that."""

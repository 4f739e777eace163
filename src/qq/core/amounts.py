"""Amounts of bytes and of time, for people."""

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def size_text(size: int) -> str:
    """``999 B``, ``1.4 MB``: three digits at most, powers of 1024 as records have them."""
    amount, unit = float(size), 0
    while amount >= 999.5 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.0f} {UNITS[unit]}" if unit == 0 or amount >= 99.95 else f"{amount:.1f} {UNITS[unit]}"


def files_text(files: int, size: int) -> str:
    """So many files, and how large they are together."""
    return f"{files} file{'' if files == 1 else 's'}, {size_text(size)}"


def seconds_text(seconds: float) -> str:
    """A time for people: ``0.4 s``, ``12 min``, ``2 h 05 min``, ``3 d 4 h``."""
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 or seconds == int(seconds) else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"

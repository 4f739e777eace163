"""What every job needs after its script has ended is loaded before the script starts.

The script may take days. Whoever installs another qq meanwhile must not stop the results from coming home.
"""

from importlib import import_module

_NEEDED = ("copy", "listing", "make", "mark", "place", "record", "remove", "verify")


def load_performers() -> None:
    """Imports what ``dispatch`` imports when it is first needed; the second time at no cost."""
    for name in _NEEDED:
        import_module(f"qq.shell.perform.{name}")

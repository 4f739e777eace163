"""What `qq config` shows: every key with its value and where that comes from."""

from collections.abc import Iterator, Mapping, Sequence

from qq.core.effective import Effective, Source
from qq.shell.present.plain import plain


def lines(found: Sequence[Effective]) -> Iterator[str]:
    """A line for each key that is set, as ``key = value  # source``; a blank one between tables."""
    shown = [one for one in found if one.value is not None]
    width = max(len(one.key) for one in shown)
    table = ""
    for one in shown:
        if table not in ("", one.key.partition(".")[0]):
            yield ""
        table = one.key.partition(".")[0]
        yield f"{one.key:<{width}}  {plain(text(one.value))}  # {plain(whence(one))}"


def data(found: Sequence[Effective]) -> list[dict[str, object]]:
    """The same for programs, keys that nobody sets included."""
    return [
        {"key": one.key, "value": one.value, "source": str(one.source), "where": one.where or None} for one in found
    ]


def whence(one: Effective) -> str:
    """Who set it."""
    return one.where if one.source is Source.FILE else f"{one.source} {one.where}".rstrip()


def text(value: object) -> str:
    """A value in a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {text(one)}" for name, one in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)

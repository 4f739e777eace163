"""Texts with a label before each, one below the other."""

from collections.abc import Iterator, Sequence

from qq.core.predicting.layout import wrapped

Fact = tuple[str, str]


def labelled(found: Sequence[Fact], labels: int, width: int | None) -> Iterator[str]:
    """In at most ``width`` columns of the terminal; None: there is none. ``labels``: how wide their column is."""
    room = None if width is None else width - labels - 2
    for label, text in found:
        for number, part in enumerate([text] if room is None else wrapped(text, room)):
            yield f"{'' if number else label:<{labels}}  {part}"

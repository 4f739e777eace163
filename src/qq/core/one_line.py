"""Text from elsewhere on one line, harmless for a terminal."""

from collections.abc import Iterable


def one_line(text: str) -> str:
    """The same text without anything that a terminal would act on."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names in a row; of many only the first ones."""
    shown = [one_line(name) for name in names]
    more = len(shown) - most
    return ", ".join(shown) if more <= 1 else ", ".join([*shown[:most], f"{more} more"])

"""Text from elsewhere on one line, harmless for a terminal."""


def one_line(text: str) -> str:
    """The same text without anything that a terminal would act on."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")

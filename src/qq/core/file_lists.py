"""Lists of file names in one text: separated by colon, comma or blank; quotes and backslashes keep these in a name."""

from pyrsistent import PVector, pvector

from qq.core.result import Faults, Result, Success, fault

_SEPARATORS = frozenset(":, \t\n\r")


def split_names(text: str, place: str) -> Result[PVector[str], Faults]:
    """The names. Inside single quotes everything is literal; elsewhere a backslash makes the next character so."""
    names: list[str] = []
    name: list[str] | None = None
    quote = ""
    characters = iter(text)
    for character in characters:
        if character == "\0":
            return fault(place, "a file name can't contain the null character")
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote, name = character, name or []
        elif character == "\\" and quote != "'":
            escaped = next(characters, None)
            if escaped is None:
                return fault(place, "nothing follows the last backslash")
            name = [*(name or []), escaped]
        elif quote or character not in _SEPARATORS:
            name = [*(name or []), character]
        elif name is not None:
            names.append("".join(name))
            name = None
    if name is not None:
        names.append("".join(name))
    return _checked(names, quote, place)


def quoted(name: str) -> str:
    """One name as ``split_names`` reads it back, whatever is in it."""
    return "'" + name.replace("'", r"'\''") + "'"


def _checked(names: list[str], quote: str, place: str) -> Result[PVector[str], Faults]:
    if quote:
        return fault(place, f"the quotation mark {quote} is not closed")
    if "" in names:
        return fault(place, "an empty name")
    return Success(pvector(names))

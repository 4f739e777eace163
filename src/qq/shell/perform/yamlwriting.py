"""Writes the YAML of info files, which ``yamltext.py`` reads: who only submits never loads a reader.

What is written without quotes is text to all readers of YAML. Text that is no UTF-8 (file names may be) is written as
``!!binary``.
"""

import re
from collections.abc import Mapping

MAX_PLAIN_KEY = 500
"""Characters; longer keys need a question mark before them in YAML."""

_PLAIN = re.compile(r"[A-Za-z_/$][A-Za-z0-9_./$+=@%^-]*(?: [A-Za-z0-9_./$+=@%^-]+)*")
_NOT_PLAIN = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)
_SPECIAL = re.compile(r"[^ !#-\[\]-~]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_KEY = re.compile(r"(\S.*?):(?: .*)?")


def text_from_tree(tree: Mapping[str, object], comment: str, before: bytes = b"") -> bytes:
    """Writes a mapping; the first line is a comment. Lines of comments before keys of ``before`` are kept.

    Raises UnicodeEncodeError for text that is neither Unicode nor bytes of a file name.
    """
    kept = _comments(before)
    lines = [f"# {comment}"]
    for key, value in tree.items():
        name = _text(key)
        lines += kept.pop(name, ())
        _entry(lines, "", name, value)
    return "\n".join([*lines, *(line for rest in kept.values() for line in rest), ""]).encode("utf-8")


def _comments(before: bytes) -> dict[str, list[str]]:
    """Key as written → the lines of comments right before it. The first line is ours."""
    found: dict[str, list[str]] = {}
    if b"\n#" not in before:
        return found
    lines: list[str] = []
    for line in before.decode("utf-8", "replace").split("\n")[1:]:
        if line.startswith("#"):
            lines.append(line.rstrip())
        elif lines and (key := _KEY.fullmatch(line.rstrip())):
            found[key[1]], lines = lines, []
    return {**found, "": lines}


def _entry(lines: list[str], indent: str, name: str, value: object) -> None:
    start = f"{indent}{name}:" if len(name) <= MAX_PLAIN_KEY else f"{indent}? {name}\n{indent}:"
    if isinstance(value, Mapping) and value:
        lines.append(start)
        for key, item in value.items():
            _entry(lines, indent + "  ", _flow(key), item)
    elif isinstance(value, list) and value:
        lines.append(start)
        for item in value:
            _item(lines, indent, item)
    else:
        lines.append(f"{start} {_flow(value)}")


def _item(lines: list[str], indent: str, value: object) -> None:
    if not isinstance(value, Mapping) or not value:
        lines.append(f"{indent}- {_flow(value)}")
        return
    first = len(lines)
    for key, item in value.items():
        _entry(lines, indent + "  ", _flow(key), item)
    lines[first] = f"{indent}- {lines[first][len(indent) + 2 :]}"


def _flow(value: object) -> str:
    """A value on one line."""
    match value:
        case str():
            return _text(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _decimal(value)
        case Mapping():
            pairs = ((_flow(key), _flow(item)) for key, item in value.items())
            return (
                "{" + ", ".join(f"{'? ' if len(key) > MAX_PLAIN_KEY else ''}{key}: {item}" for key, item in pairs) + "}"
            )
        case list():
            return "[" + ", ".join(_flow(item) for item in value) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} has no place in an info file")


def _decimal(value: float) -> str:
    """With a point, as every reader of YAML wants it."""
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, e, exponent = text.partition("e")
    return text if "." in mantissa or not e else f"{mantissa}.0e{exponent}"


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _NOT_PLAIN.fullmatch(text):
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        import base64

        return f'!!binary "{base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")}"'
    return '"' + _SPECIAL.sub(_escaped, text) + '"'


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable() and char != "\ufeff":
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

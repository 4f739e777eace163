"""HTML for notebooks: self-contained, for light and dark screens, everything escaped that others have named."""

from collections.abc import Iterable, Sequence
from html import escape

from qq.core.one_line import one_line

STYLE = """<style>
.qq{--bg:#fff;--fg:#1f2328;--dim:#59636e;--line:#d1d9e0;--head:#f6f8fa;--good:#1a7f37;--bad:#cf222e;--warn:#9a6700;
--staging:#8dc5f2;--running:#2f81d0;--archiving:#c297ff;--copying-home:#3fb26d;--submitting:#e0a100;
--recording:#b8c0c8;--clearing-up:#7f8b96;--ending:#d9534f;--starting-anew:#e8873a;
background:var(--bg);color:var(--fg);font:13px/1.45 system-ui,sans-serif;padding:10px 12px;border-radius:6px;
border:1px solid var(--line);overflow-x:auto;display:inline-block;max-width:100%;box-sizing:border-box;text-align:left}
@media (prefers-color-scheme:dark){.qq{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#3d444d;--head:#151b23;
--good:#3fb950;--bad:#f85149;--warn:#d29922;--staging:#4d8fc4;--running:#2f6fb0;--archiving:#8a63d2;
--copying-home:#2f8f56;--submitting:#b98500;--recording:#59636e;--clearing-up:#6b7480;--ending:#c24038;
--starting-anew:#c46c26}}
.qq h4{margin:0 0 6px;font-size:14px;color:var(--fg)}
.qq p{margin:4px 0;color:var(--fg)}
.qq table{border-collapse:collapse;margin:4px 0;background:var(--bg);color:var(--fg);font-size:13px}
.qq th,.qq td{border-bottom:1px solid var(--line);padding:4px 10px 4px 4px;text-align:left;vertical-align:top;
background:var(--bg);color:var(--fg);white-space:normal;max-width:26em}
.qq th{background:var(--head);font-weight:600}
.qq .wide td{max-width:70em}
.qq code{white-space:nowrap;color:inherit;background:var(--head);border-radius:4px;padding:1px 4px;font-size:12px}
.qq .good{color:var(--good)}.qq .bad{color:var(--bad)}.qq .warn{color:var(--warn)}.qq .dim{color:var(--dim)}
.qq svg text{fill:var(--fg);font:11px system-ui,sans-serif}.qq svg .dim{fill:var(--dim)}
.qq svg line{stroke:var(--line)}
</style>"""


def text(words: str, role: str = "") -> str:
    """Words of anybody's, with what they are as a class."""
    shown = escape(one_line(words))
    return f'<span class="{escape(role)}">{shown}</span>' if role else shown


def code(words: str) -> str:
    """What is to be typed."""
    return f"<code>{escape(one_line(words))}</code>" if words else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], role: str = "") -> str:
    """Cells are HTML already."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="{escape(role)}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def block(title: str, *parts: str) -> str:
    """One value, drawn."""
    return f'<div class="qq">{STYLE}<h4>{escape(one_line(title))}</h4>{"".join(parts)}</div>'


def fields(title: str, said: Iterable[tuple[str, object]]) -> str:
    """One value, by what it says; what says nothing is left out."""
    rows = [(text(name.replace("_", " "), "dim"), text(_words(value))) for name, value in said if _says(value)]
    return block(title, table(("", ""), rows))


def _says(value: object) -> bool:
    return value is not None and value not in ("", [])


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def page(title: str, body: str) -> str:
    """A whole document around it."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(one_line(title))}</title>'
        '<meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width">'
        f"</head><body>{body}</body></html>\n"
    )

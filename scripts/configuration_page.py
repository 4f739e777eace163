"""Makes the tables of a page from the lists of what can be set: ``python scripts/configuration_page.py``.

What stands between the tables is written by hand.
"""

from collections.abc import Iterable
from pathlib import Path

from qq.core.setting_keys import KEYS, Key
from qq.core.sites import FIELDS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "configuration.md"
OF_THEIR_OWN = ("local", "terminal")
"""Tables of keys that have a section of their own."""
TABLES = {
    "settings": [key for key in KEYS if key.table not in OF_THEIR_OWN],
    **{name: [key for key in KEYS if key.table == name] for name in OF_THEIR_OWN},
    "sites": list(FIELDS),
}
"""What a mark on the page calls it → the keys."""


def page(text: str) -> str:
    """The page with its tables made anew."""
    for name, keys in TABLES.items():
        begin, end = f"<!-- made by scripts/configuration_page.py: {name} -->\n", f"<!-- end: {name} -->\n"
        before, _, rest = text.partition(begin)
        text = before + begin + "\n".join(["", *table(keys), "", end]) + rest.partition(end)[2]
    return text


def table(keys: Iterable[Key]) -> list[str]:
    """A row for each key."""
    rows = [f"| `{key.name}` | {key.meaning} | {key.default}{' ' if key.default else ''}|" for key in keys]
    return ["| key | what it sets | default |", "|---|---|---|", *rows]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""The line of every key of a TOML text, whatever the way it is written in."""

import tomllib

from qq.core.toml_lines import LONGEST, key_lines

TEXT = '''# a comment
[runner]
retry_tries = 3

"retry wait" = 1
[sites.mine.scratch]
a = [
  "x",
  "y",
]
b = """
[no.table]
c = 1
"""
[submit]
inner = {one = 1, two = 2}
dotted.key = 1
[[list]]
d = 1
'''


def test_each_key_has_its_line() -> None:
    assert key_lines(TEXT) == {
        "runner": 2,
        "runner.retry_tries": 3,
        "runner.retry wait": 5,
        "sites.mine.scratch": 6,
        "sites.mine.scratch.a": 7,
        "sites.mine.scratch.b": 11,
        "submit": 15,
        "submit.inner": 16,
        "submit.inner.one": 16,
        "submit.inner.two": 16,
        "submit.dotted": 17,
        "submit.dotted.key": 17,
        "list": 18,
        "list.d": 19,
    }
    assert tomllib.loads(TEXT)


def test_what_is_no_toml_ends_nothing() -> None:
    assert key_lines("a = 1\nb = \nc = 2") == {"a": 1}
    assert key_lines("") == {}
    assert key_lines("a = 1\nb = [\n" + "1,\n" * LONGEST + "]\n[b]\nc = 1\n") == {"a": 1}

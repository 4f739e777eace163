"""Lists of file names in one text (SPEC 4, "Files in lists")."""

import pytest
from pyrsistent import pvector

from qq.core.file_lists import quoted, split_names
from qq.core.result import Success, failed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a", ["a"]),
        ("a:b,c d", ["a", "b", "c", "d"]),
        (" a ::, b\t", ["a", "b"]),
        ("", []),
        ('"a b" c', ["a b", "c"]),
        ("'a:b',c", ["a:b", "c"]),
        (r"a\ b:c\:d", ["a b", "c:d"]),
        (r"'a\'", ["a\\"]),
        (r'"a\"b"', ['a"b']),
        ("a' 'b", ["a b"]),
        ("/x/\u00e9", ["/x/\u00e9"]),
        ("it\\'s", ["it's"]),
    ],
)
def test_separators_divide_unless_quoted_or_escaped(text: str, names: list[str]) -> None:
    assert split_names(text, "include") == Success(pvector(names))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it's", "not closed"),
        ('"a', "not closed"),
        ("a\\", "nothing follows"),
        ('a "" b', "empty name"),
        ("a\0b", "null"),
    ],
)
def test_what_can_not_be_meant_is_a_fault(text: str, words: str) -> None:
    faults = failed(split_names(text, "include"))
    assert faults is not None
    assert words in faults[0].words
    assert faults[0].place == "include"


@pytest.mark.parametrize("name", ["a", "a b", "a:b,c", "it's", 'say "no"', "a\\", "'", "\u00e9\n"])
def test_a_quoted_name_is_read_back_as_it_was(name: str) -> None:
    assert split_names(f"x {quoted(name)}:y", "include") == Success(pvector(["x", name, "y"]))

"""YAML without surprises: what is text stays text, what is too much or not ours is a fault with its line."""

import subprocess
import sys
import time

import pytest
import yaml

from qq.core.result import failed
from qq.shell.perform.yamltext import MAX_DEPTH, MAX_NODES, tree_from_text
from qq.shell.perform.yamlwriting import text_from_tree


def read(text: str) -> object:
    """The tree of a text that holds one."""
    return tree_from_text(text.encode("utf-8")).unwrap()


def fault_of(data: str | bytes) -> str:
    """The one fault of a text that holds none."""
    faults = failed(tree_from_text(data.encode("utf-8") if isinstance(data, str) else data))
    assert faults is not None and len(faults) == 1
    return str(faults[0])


@pytest.mark.parametrize(
    "text",
    [
        "24:00:00",
        "010",
        "0x1f",
        "1_000",
        "on",
        "off",
        "yes",
        "No",
        "y",
        "2026-01-02",
        "2026-01-02 03:04:05",
        "1e5",
        "1.5e3",
    ]
    + ["<<", "=", "+", "-0x1", "0o17", "07", "9" * 5000, "a b", "1,5"],
)
def test_what_looks_like_something_to_others_is_text(text: str) -> None:
    assert read(f"key: {text}") == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("-5", -5), ("0", 0), ("5.0", 5.0), ("1.5e+3", 1500.0), ("true", True), ("False", False), ("null", None)]
    + [
        ("~", None),
        ("", None),
        (".inf", float("inf")),
        ("[]", []),
        ("{}", {}),
        ("[1, a]", [1, "a"]),
        ("'5'", "5"),
        ('"a\\tb"', "a\tb"),
    ]
    + [
        ("!!str 5", "5"),
        ("!!binary YcOp", "aé"),
        ('!!binary "Yf8="', "a\udcff"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("!!map {a: 1}", {"a": 1}),
    ],
)
def test_plain_numbers_flags_and_nothing_are_what_they_say(text: str, value: object) -> None:
    assert repr(read(f"key: {text}")) == repr({"key": value})  # repr, as 1 == 1.0 == True


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n"])
def test_an_empty_text_holds_nothing(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3", "line 3: "),
        ("a: 1\n b: 2", "line 2: "),
        ("a: 1\na: 2", "line 2: the key 'a' stands there twice"),
        ("a: 1\n---\nb: 2", "line 2: a second document begins"),
        ("a: *b", "line 1: *b stands for nothing"),
        ("a: &b [*b]", "line 1: *b stands for nothing"),
        ("a: !!python/object:os.system x", "line 1: unknown tag"),
        ("a: !!set {b}", "line 1: unknown tag"),
        ("a: !own [b]", "line 1: unknown tag"),
        ("a: !!binary '*'", "line 1: this is no base64"),
        ("a: !!binary é", "line 1: this is no base64"),
        ("[a]: 1", "line 1: "),
        ("? {a: 1}\n: 1", "line 1: "),
        ("a: \0", ""),
        ("a: \x07", ""),
        ("%YAML 3.0\n---\na: 1", "line 1: "),
        ("a:\n\t- b", "line 2: "),
        ("a: 'b", "line "),
        ("@a", "line 1: "),
    ],
)
def test_what_is_no_yaml_of_ours_is_a_fault_with_its_line(text: str, words: str) -> None:
    assert fault_of(text).startswith(words)
    assert "\n" not in fault_of(text)


def test_bytes_that_are_no_text_are_a_fault_with_its_line() -> None:
    assert fault_of(b"a: 1\nb: \xff\n") == "line 2: not UTF-8"


@pytest.mark.parametrize("text", ["[" * 500_000, "[a, " * 100_000, "{a: " * 100_000, "- " * 400_000, "a: " * 300_000])
def test_endless_nesting_is_a_fault(text: str) -> None:
    start = time.monotonic()
    assert fault_of(text)
    assert time.monotonic() - start < 10


def test_nesting_is_bounded() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert fault_of("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == "line 1: nested too deeply"


def test_aliases_are_read_but_count_as_what_they_stand_for() -> None:
    assert read("a: &x [1, 2]\nb: *x\nc: &y 5\nd: *y") == {"a": [1, 2], "b": [1, 2], "c": 5, "d": 5}
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert fault_of(bomb).endswith("too many values")


def test_the_number_of_values_is_bounded() -> None:
    assert fault_of("[" + "1," * (MAX_NODES + 1) + "]") == "line 1: too many values"


TREE: dict[str, object] = {
    "text": "plain words/and_paths +0001.sh",
    "odd": [
        "24:00:00",
        "on",
        "Null",
        "",
        " a",
        "a ",
        "a: b",
        "a #b",
        "-",
        "- a",
        "?",
        "'",
        '"',
        "\\",
        "%d",
        "!x",
        "&x",
        "*x",
    ],
    "numbers": [0, -5, 1.5, 1e16, 1e-7, 1e300, float("inf"), float("-inf"), True, False, None],
    "letters": "žluťoučký kůň 🐴 \u2028 \x85 \ufeff \ue000 \x7f\x01\n\t\r",
    "empty": {"list": [], "mapping": {}},
    "nested": {"a": {"b": [{"c": 1, "d": [1, [2, {"e": 3}]]}, {}, []]}},
    "a key: with # marks": {"\n": {"true": 1, "5": 2}},
    "k" * 2000: {"k" * 2000: [{"k" * 2000: {"x": 1}}, [{"k" * 2000: 1}]]},
}


def test_a_tree_is_read_back_as_it_was_by_us_and_by_others() -> None:
    data = text_from_tree(TREE, "comment")
    assert data.startswith(b"# comment\n")
    assert tree_from_text(data).unwrap() == TREE
    assert yaml.safe_load(data) == TREE


def test_names_that_are_no_utf8_are_read_back() -> None:
    tree = {"a\udcff": ["\udce9/b", {"x\udc80": "y"}]}
    assert tree_from_text(text_from_tree(tree, "c")).unwrap() == tree


def test_what_has_no_place_in_yaml_is_an_error() -> None:
    with pytest.raises(TypeError):
        text_from_tree({"a": object()}, "c")
    with pytest.raises(UnicodeEncodeError):
        text_from_tree({"a": "\ud800"}, "c")


def test_comments_before_keys_are_kept_and_stay_with_their_keys() -> None:
    before = b"# old header\n# about a\na: 1\n\n# about b,\n# in two lines\nb:\n- '# no comment'\n# at the end\n"
    after = text_from_tree({"new": 0, "b": ["# no comment"], "a": 2}, "header", before)
    assert after.decode("utf-8").split("\n") == [
        "# header",
        "new: 0",
        "# about b,",
        "# in two lines",
        "b:",
        '- "# no comment"',
        "# about a",
        "a: 2",
        "# at the end",
        "",
    ]
    assert text_from_tree({"new": 0, "b": ["# no comment"], "a": 2}, "header", after) == after


def test_a_comment_of_a_key_that_is_gone_stays_in_the_file() -> None:
    assert b"# about a" in text_from_tree({"b": 1}, "header", b"# header\n# about a\na: 1\n")


def test_without_the_fast_parser_the_slow_one_reads_the_same() -> None:
    code = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from qq.shell.perform.yamltext import tree_from_text\n"
        "print(tree_from_text(b'a: 24:00:00\\nb: [1, on]\\n').unwrap())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'a': '24:00:00', 'b': [1, 'on']}"

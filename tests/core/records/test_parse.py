"""Sizes, walltimes, modes, dependencies, properties: what is understood, and what is a fault with its place."""

from typing import Any

import pytest
from pyrsistent import pmap, pvector

from qq.core.records.parse import (
    MAX_KB,
    format_walltime,
    parse_depend,
    parse_int,
    parse_modes,
    parse_props,
    parse_size,
    parse_walltime,
    shown,
)
from qq.core.records.values import Dependency, Modes, Size
from qq.core.result import Fault, Faults, Result, Success, failed


def fault_of(result: Result[Any, Faults]) -> str:
    """The one fault, in words."""
    faults = failed(result)
    assert faults is not None and len(faults) == 1
    return str(faults[0])


@pytest.mark.parametrize(
    ("text", "kb"),
    [
        ("8gb", 8 * 1024**2),
        ("8GB", 8 * 1024**2),
        ("8g", 8 * 1024**2),
        (" 8 gb ", 8 * 1024**2),
        ("1pb", 1024**4),
        ("2t", 2 * 1024**3),
        ("500mb", 500 * 1024),
        ("7kb", 7),
        ("7k", 7),
        ("1b", 1),
        ("1024b", 1),
        ("1025b", 2),
        ("0b", 0),
    ],
)
def test_a_size_is_a_whole_number_and_a_unit_in_any_case_and_bytes_are_rounded_up(text: str, kb: int) -> None:
    assert parse_size(text, "mem") == Success(Size(kb))


def test_a_size_of_a_record_is_a_mapping() -> None:
    assert parse_size({"value": 2048}, "mem") == Success(Size(2048))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1.5gb", "1536mb"),
        ("0.5tb", "512gb"),
        ("1.5kb", "1536b"),
        ("0.5b", "1b"),
        ("0.0001gb", "1mb"),
        ("2.0m", "2048kb"),
    ],
)
def test_a_decimal_is_a_fault_that_says_what_to_write(text: str, hint: str) -> None:
    assert fault_of(parse_size(text, "mem")) == f"mem: {text!r}: sizes are whole numbers; write {hint}"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("8", "has no unit"),
        (8, "has no unit"),
        ("gb", "is no size"),
        ("", "is no size"),
        ("-1gb", "is no size"),
        ("8xb", "is no size"),
        ("8 gb or more", "is no size"),
        ("٨gb", "is no size"),
        ("8e3kb", "is no size"),
        ("9" * 5000 + "gb", "is no size"),
        ("999999999999999999pb", "is too much"),
        (True, "is no size"),
        (1.5, "is no size"),
        (None, "is no size"),
        ([], "is no size"),
        ({"value": 1, "unit": "kb"}, "is no size"),
    ],
)
def test_what_is_no_size_is_a_fault(raw: object, words: str) -> None:
    assert words in fault_of(parse_size(raw, "mem"))


@pytest.mark.parametrize("raw", ["1", -1, 1.0, True, MAX_KB + 1, None])
def test_a_mapping_with_anything_but_kb_in_it_is_a_fault(raw: object) -> None:
    assert fault_of(parse_size({"value": raw}, "mem")).startswith("mem.value: ")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1w2d3h4m5s", 604800 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5),
        ("1d12h", 129600),
        ("90m", 5400),
        ("45S", 45),
        ("1d 2h", 93600),
        ("24:00:00", 86400),
        ("100:00:01", 360001),
        ("0:00:05", 5),
        ("36:30:00", 131400),
    ],
)
def test_a_walltime_is_letters_or_a_clock(text: str, seconds: int) -> None:
    assert parse_walltime(text, "walltime") == Success(seconds)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("00:00:00", "zero"),
        ("0s", "zero"),
        ("", "is no walltime"),
        ("1", "is no walltime"),
        ("12:30", "is no walltime"),
        ("1:60:00", "is no walltime"),
        ("1h1d", "is no walltime"),
        ("1h-1m", "is no walltime"),
        ("1.5h", "is no walltime"),
        ("9" * 9 + "w", "is too long"),
        ("9" * 5000 + "s", "is no walltime"),
        (3600, "is no walltime"),
        (None, "is no walltime"),
    ],
)
def test_what_is_no_walltime_is_a_fault(raw: object, words: str) -> None:
    assert words in fault_of(parse_walltime(raw, "walltime"))


@pytest.mark.parametrize(
    ("seconds", "text"), [(86400, "24:00:00"), (5, "00:00:05"), (360001, "100:00:01"), (5400, "01:30:00")]
)
def test_a_walltime_is_written_as_a_clock(seconds: int, text: str) -> None:
    assert format_walltime(seconds) == text
    assert parse_walltime(text, "") == Success(seconds)


@pytest.mark.parametrize(
    "raw", ["success:42", "success,42", "Success 42", "SUCCESS : 42, 42", ["success", "42"], ["success", 42]]
)
def test_modes_are_separated_by_colon_comma_or_blank_in_any_case(raw: object) -> None:
    assert parse_modes(raw, "transfer-mode") == Success(Modes(("success", 42)))


def test_a_list_may_hold_no_mode() -> None:
    assert parse_modes([], "transfer_mode") == Success(Modes(()))


def test_all_unknown_modes_are_named_with_what_is_allowed() -> None:
    faults = failed(parse_modes("succes,always,4x", "transfer-mode"))
    assert faults == pvector(
        Fault("transfer-mode", f"'{word}' is no mode; allowed are success, failure, always, never and exit codes{hint}")
        for word, hint in (("succes", "; did you mean 'success'?"), ("4x", ""))
    )


@pytest.mark.parametrize("raw", ["", " ", ":,", None, 5, {"success": 1}, [None], [True], [1.5], ["9" * 5000]])
def test_what_holds_no_mode_is_a_fault(raw: object) -> None:
    assert fault_of(parse_modes(raw, "transfer-mode")).startswith("transfer-mode: ")


@pytest.mark.parametrize("raw", ["afterok=1:2.local,afterany=7[3].pbs", "AfterOK=1:2.local  afterany=7[3].pbs"])
def test_dependencies_are_separated_by_comma_or_blank(raw: str) -> None:
    expected = [Dependency("afterok", pvector(["1", "2.local"])), Dependency("afterany", pvector(["7[3].pbs"]))]
    assert parse_depend(raw, "depend") == Success(pvector(expected))
    assert parse_depend([str(one) for one in expected], "depend") == Success(pvector(expected))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("afterwards=1", "is no dependency"),
        ("aftreok=1", "and =ID[:ID…]; did you mean 'afterok'?"),
        ("afterok", r"'afterok' names no job; write afterok=ID[:ID…]"),
        ("AfterOK=", r"'AfterOK=' names no job; write afterok=ID[:ID…]"),
        ("afterok=1:", "'' is no job id"),
        ("afterok=-x", "'-x' is no job id"),
        ("afterok=$(id)", "is no job id"),
        ("17.local", "is no dependency"),
        ("", "is empty"),
        ([17], "is no dependency"),
        (17, "neither text nor a list"),
    ],
)
def test_what_is_no_dependency_is_a_fault(raw: object, words: str) -> None:
    assert words in fault_of(parse_depend(raw, "depend"))


PROPS = pmap({"avx": "true", "old": "false", "cl": "x.y", "arch": "^z"})


@pytest.mark.parametrize(
    "raw",
    ["avx ^old cl=x.y arch=^z", "avx:^old,cl=x.y,arch=^z", ["avx", "^old", "cl=x.y", "arch=^z"], PROPS, dict(PROPS)],
)
def test_properties_are_names_with_or_without_a_value(raw: object) -> None:
    assert parse_props(raw, "props") == Success(PROPS)


def test_a_mapping_may_say_true_and_false_without_quotes() -> None:
    assert parse_props({"avx": True, "old": False}, "props") == Success(pmap({"avx": "true", "old": "false"}))


@pytest.mark.parametrize("raw", ["avx ^avx", "avx,avx", "avx=1 avx=2"])
def test_the_same_property_twice_is_a_fault(raw: str) -> None:
    assert fault_of(parse_props(raw, "props")) == "props: avx is given twice"


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("a=", "props.a"),
        ("=b", "props"),
        ("^", "props"),
        ("a=b=c", "props.a"),
        ("a=^^b", "props.a"),
        ("", "props"),
        ([5], "props"),
        ({5: "true"}, "props"),
        ({"a": 5}, "props.a"),
        ({"a": None}, "props.a"),
        (5, "props"),
    ],
)
def test_what_is_no_property_is_a_fault(raw: object, place: str) -> None:
    assert fault_of(parse_props(raw, "props")).startswith(f"{place}: ")


def test_a_whole_number_is_one_already() -> None:
    assert parse_int(3, "nnodes") == Success(3)
    assert fault_of(parse_int("3", "nnodes")) == "nnodes: '3' is no whole number of 0 or more"
    assert fault_of(parse_int(0, "nnodes", least=1)) == "nnodes: 0 is no whole number of 1 or more"
    assert fault_of(parse_int(True, "n", least=-5)) == "n: True is no whole number"
    assert "is no whole number" in fault_of(parse_int(10**5000, "n"))


def test_a_value_is_quoted_short_and_on_one_line() -> None:
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("x" * 1000)) == 59
    assert shown(10**10000) == "a number of thousands of digits"

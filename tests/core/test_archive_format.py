"""Which names belong to which cycle (SPEC 3, "Archive format")."""

import pytest

from qq.core.archive_format import (
    MAX_BYTES,
    MAX_WIDTH,
    belongs_to,
    cycle_of,
    filled,
    highest_cycle,
    matches,
    never_matches,
    parse_format,
)
from qq.core.result import Success, failed


@pytest.mark.parametrize("fmt", ["job%04d", "md%d", "%4d", "%d", "a%%b%d", "run.%3d+(", "2024_%d", "é%02d"])
def test_a_format_with_one_integer_placeholder_is_accepted(fmt: str) -> None:
    assert parse_format(fmt, "archive-format") == Success(fmt)


@pytest.mark.parametrize(
    ("fmt", "words"),
    [
        ("job", "no placeholders"),
        ("", "no placeholders"),
        ("a%%", "no placeholders"),
        ("%d%d", "2 placeholders"),
        ("%s", "'%s' is no integer placeholder"),
        ("%-4d", "no integer placeholder"),
        ("100%", "'%' is no integer placeholder"),
        ("%d%", "no integer placeholder"),
        ("%99999d", "no integer placeholder"),
        (f"%{MAX_WIDTH + 1}d", "too long"),
        ("x" * MAX_BYTES + "%d", "too long"),
        ("a/%d", "can't contain '/'"),
        ("a\n%d", "control characters"),
        (".qq-%d", "belong to qq"),
    ],
)
def test_anything_else_is_a_fault_that_says_why(fmt: str, words: str) -> None:
    faults = failed(parse_format(fmt, "archive-format"))
    assert faults is not None
    assert [fault.place for fault in faults] == ["archive-format"]
    assert words in faults[0].words


def test_a_format_that_was_refused_can_not_be_used() -> None:
    with pytest.raises(ValueError, match="no placeholders"):
        filled("job", 1)


@pytest.mark.parametrize(
    ("fmt", "number", "text"),
    [
        ("job%04d", 7, "job0007"),
        ("job%04d", 12345, "job12345"),
        ("%4d", 7, "   7"),
        ("a%%%d", 3, "a%3"),
        ("%0d.", 0, "0."),
    ],
)
def test_the_number_takes_its_place_as_in_printf(fmt: str, number: int, text: str) -> None:
    assert filled(fmt, number) == text


@pytest.mark.parametrize(
    ("fmt", "name"),
    [
        ("job%04d", b"job0007"),
        ("job%04d", b"job0007.out"),
        ("job%04d", b"my_job0007_b.part.gro"),
        ("job%04d", b"job12345.xtc"),
        ("md%d", b"md0"),
        ("md.%d", b"md.1.gro"),
        ("%4d", b"x   7.gro"),
        ("%4d", b"x12345.gro"),
        ("%4d", b"12   7.gro"),
        ("run2%d", b"run25.gro"),
        ("%d2", b"a12.gro"),
        ("a%%b%d", b"a%b3"),
        ("job%04d", b"job0007.before-heating.gro"),
        ("job%04d", b"\xff_job0007.gro"),
    ],
)
def test_a_name_matches_if_it_contains_the_format(fmt: str, name: bytes) -> None:
    assert matches(fmt)(name)


@pytest.mark.parametrize(
    ("fmt", "name"),
    [
        ("job%04d", b"job007.out"),
        ("job%04d", b"job00012.out"),
        ("job%04d", b"Job0007"),
        ("md%d", b"md01.gro"),
        ("md%d", b"a.md1"),
        ("md.%d", b"md.1"),
        ("md.%d", b"mdx1.gro"),
        ("%d", b"abc.1"),
        ("2%d", b"121.gro"),
        ("%d2", b"a123.gro"),
        ("job%04d", b""),
        ("job%04d", b".qq-job0007"),
        ("job%04d", b"job0007.gro.before-run+0003.sh-17.local"),
        ("job%04d", b"job0007.gro.before-run+0003.sh-17.local.2"),
        ("job%04d", b"job0007.gro.before-run-17.pbs-m1.metacentrum.cz"),
        ("job%04d", b"job0007.gro.before-run-17"),
    ],
)
def test_a_name_that_does_not_contain_the_format_does_not_match(fmt: str, name: bytes) -> None:
    assert not matches(fmt)(name)
    assert cycle_of(fmt, name) is None


def test_no_digit_may_stand_beside_the_number() -> None:
    first = belongs_to("md%d", [1])
    assert [name for name in (b"md1.gro", b"md12.gro", b"md21.gro", b"md11", b"xmd1_2.gro") if first(name)] == [
        b"md1.gro",
        b"xmd1_2.gro",
    ]
    assert not belongs_to("%d", [1])(b"21.gro")


def test_a_name_belongs_to_any_of_several_cycles() -> None:
    both = belongs_to("job%04d", [7, 8, 7])
    assert [both(b"job%04d.gro" % n) for n in (6, 7, 8, 9)] == [False, True, True, False]


def test_nothing_belongs_to_no_cycle() -> None:
    assert not belongs_to("job%04d", [])(b"job0001")


def test_a_blank_that_fills_up_the_width_is_part_of_the_number() -> None:
    assert belongs_to("%4d", [7])(b"12   7.gro")
    assert not belongs_to("%4d", [7])(b"12  7.gro")
    assert not belongs_to("%4d", [7])(b"x   77.gro")


@pytest.mark.parametrize(
    ("fmt", "name", "cycle"),
    [("job%04d", b"job0012.gro", 12), ("%4d", b"a  12.gro", 12), ("md%d", b"md3_md5.gro", 3), ("%2d2", b"a 12.x", 1)],
)
def test_the_cycle_is_the_number_at_the_placeholder(fmt: str, name: bytes, cycle: int) -> None:
    assert cycle_of(fmt, name) == cycle


def test_the_highest_cycle_of_an_archive() -> None:
    names = [b"job0003.gro", b"job0011.init", b"old", b"job0020.gro.before-run+0003.sh-17.local", b".qq-job0030"]
    assert highest_cycle("job%04d", names, 1) == 11
    assert highest_cycle("job%04d", names, 15) == 15
    assert highest_cycle("job%04d", [], 1) == 1
    assert highest_cycle("md%d", [b"md3_md5.gro"], 1) == 5
    assert highest_cycle("%d_", [b"1_2_.x"], 0) == 2


def test_names_that_qq_made_are_known() -> None:
    assert never_matches(b".qq-abc")
    assert not never_matches(b"job0001.gro")

"""Laws of archive formats, against the plain words of SPEC 3 as a slow model."""

import re

from hypothesis import event, given
from hypothesis import strategies as st

from qq.core.archive_format import (
    belongs_to,
    cycle_of,
    filled,
    highest_cycle,
    matches,
    never_matches,
    parse_format,
    stem,
)
from qq.core.result import Success

LITERALS = st.text(alphabet="a.+( 1_0", max_size=3)
FORMATS = st.builds(
    lambda before, zero, width, after: f"{before}%{zero}{width}d{after}",
    LITERALS,
    st.sampled_from(["", "0"]),
    st.sampled_from(["", "1", "2", "3"]),
    LITERALS,
)
NAMES = st.text(alphabet="a.+( 1_0", min_size=1, max_size=12).map(str.encode)
CYCLES = st.integers(0, 111)


def slow_belongs_to(fmt: str, cycle: int, name: bytes) -> bool:
    """Contains the format filled with the number, which no further digit touches."""
    before, after = re.split("%[0-9]*d", fmt)
    text = stem(name).decode()
    whole = filled(fmt, cycle)
    number = whole[len(before) : len(whole) - len(after)]
    for start in range(len(text)):
        if not text.startswith(whole, start):
            continue
        at = start + len(before) + len(number) - len(number.lstrip())
        end = start + len(before) + len(number)
        own_left, own_right = at - _digits(before, number), end + _leading_digits(after)
        if text[own_left - 1 : own_left].isdigit() and own_left > 0:
            continue
        if text[own_right : own_right + 1].isdigit():
            continue
        return True
    return False


def _digits(before: str, number: str) -> int:
    """How many digits of the literal stand right before the number."""
    return 0 if number.startswith(" ") else len(before) - len(before.rstrip("0123456789"))


def _leading_digits(after: str) -> int:
    return len(after) - len(after.lstrip("0123456789"))


@given(FORMATS, CYCLES, NAMES)
def test_belonging_is_what_the_specification_says(fmt: str, cycle: int, name: bytes) -> None:
    expected = slow_belongs_to(fmt, cycle, name)
    event(f"belongs: {expected}")
    assert belongs_to(fmt, [cycle])(name) == expected


@given(FORMATS, CYCLES, LITERALS, LITERALS, st.sampled_from(["", ".x"]))
def test_a_filled_format_that_no_digit_touches_belongs_to_its_cycle(
    fmt: str, cycle: int, before: str, after: str, suffix: str
) -> None:
    name = f"_{before}_{filled(fmt, cycle)}_{after.replace('.', '')}{suffix or '.y'}".encode()
    assert belongs_to(fmt, [cycle])(name)
    assert matches(fmt)(name)
    assert highest_cycle(fmt, [name], 0) >= cycle


@given(FORMATS, NAMES)
def test_a_name_matches_if_and_only_if_it_belongs_to_some_cycle(fmt: str, name: bytes) -> None:
    cycle = cycle_of(fmt, name)
    event(f"matches: {cycle is not None}")
    assert matches(fmt)(name) == (cycle is not None)
    if cycle is not None:
        assert belongs_to(fmt, [cycle])(name)


@given(FORMATS, NAMES, st.text(alphabet="ab+", min_size=1, max_size=5), st.integers(1, 10**6))
def test_what_was_set_aside_and_what_is_under_way_never_match(fmt: str, name: bytes, job: str, number: int) -> None:
    for ours in (name + f".before-{job}-{number}.local".encode(), b".qq-" + name):
        assert never_matches(ours)
        assert not matches(fmt)(ours)


@given(st.text(max_size=12))
def test_any_text_is_a_format_or_a_fault(text: str) -> None:
    result = parse_format(text, "here")
    if isinstance(result, Success):
        assert belongs_to(text, [7])(f"_{filled(text, 7)}_.x".encode("utf-8", "surrogatepass"))
    else:
        assert all(fault.place == "here" for fault in result.failure())

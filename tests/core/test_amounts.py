"""Amounts as people read them."""

import pytest

from qq.core.amounts import seconds_text, size_text


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1024, "1.0 kB"), (150 * 1024, "150 kB"), (3 * 1024**3, "3.0 GB")]
)
def test_bytes(size: int, words: str) -> None:
    assert size_text(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.25, "0.2 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3599, "1 h"),
        (3661, "1 h 01 min"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 d"),
        (76 * 3600, "3 d 4 h"),
    ],
)
def test_time(seconds: float, words: str) -> None:
    assert seconds_text(seconds) == words

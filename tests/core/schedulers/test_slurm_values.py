"""Slurm's times, durations, sizes and codes."""

from datetime import datetime

import pytest

from qq.core.records.values import Size
from qq.core.schedulers.slurm_values import (
    code_and_signal,
    code_and_signal_of_status,
    count_of,
    duration_text,
    exit_code_of,
    gpus_of,
    resources_of,
    seconds_of,
    size_of,
    time_of,
)

NOTHING = ("", "Unknown", "None", "N/A", "(null)", "UNLIMITED", "NONE", "INVALID", "NOT_SET", "Partition_Limit", "-1")


def test_times_are_local_and_what_is_no_time_is_none() -> None:
    assert time_of("2026-11-22T15:32:58") == datetime(2026, 11, 22, 15, 32, 58)
    assert [time_of(text) for text in (*NOTHING, "2026-13-01T00:00:00", "2026-11-22", "Now")] == [None] * 14


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:12", 12),
        ("2:00", 120),
        ("1:00:00", 3600),
        ("00:01:00", 60),
        ("1-00:00:00", 86400),
        ("14-00:00:00", 14 * 86400),
        ("1-02", 93600),
        ("1-02:03", 93780),
        ("30", 1800),
        ("20779-15:25:10", 1795361110),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


def test_what_is_no_duration_is_none() -> None:
    assert [seconds_of(text) for text in NOTHING] == [None] * len(NOTHING)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "0-00:00:01"), (59, "0-00:00:59"), (3600, "0-01:00:00"), (36000, "0-10:00:00"), (90061, "1-01:01:01")],
)
def test_a_duration_for_sbatch(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "kb"),
    [
        ("100M", 102400),
        ("977M", 1000448),
        ("1.50G", 1572864),
        ("1T", 1024**3),
        ("4000Mn", 4096000),
        ("4Gc", 4 * 1024**2),
        ("100", 102400),
        ("0", 0),
        ("0.0001K", 1),
        ("1P", 1024**4),
    ],
)
def test_sizes(text: str, kb: int) -> None:
    assert size_of(text) == Size(kb)


def test_what_is_no_size_or_count_is_none() -> None:
    assert [size_of(text) for text in (*NOTHING, "M", "1X", "1.M")] == [None] * 14
    assert [count_of(text) for text in (*NOTHING, "x")] == [None] * 12
    assert (count_of("3"), count_of("2-4")) == (3, 2)


def test_trackable_resources() -> None:
    found = resources_of("cpu=6,mem=600M,node=3,billing=6,gres/gpu=4,gres/gpu:a100=4")
    assert found["mem"] == "600M"
    assert gpus_of(found) == 4
    assert gpus_of(resources_of("cpu=1,gres/gpu:a100=2,gres/gpu:h100=1")) == 3
    assert gpus_of(resources_of("cpu=1")) is None
    assert resources_of("N/A") == resources_of("") == {}


def test_exit_codes_are_told_as_a_shell_tells_them() -> None:
    assert code_and_signal("3:0") == (3, 0)
    assert code_and_signal("0:9") == (0, 9)
    assert code_and_signal("") is None
    assert exit_code_of((3, 0), ended_well=False) == 3
    assert exit_code_of((0, 9), ended_well=False) == 137
    assert exit_code_of((0, 0), ended_well=True) == 0


def test_a_code_that_tells_nothing_is_none() -> None:
    assert exit_code_of((0, 53), ended_well=False) is None, "its output could not be opened: it never ran"
    assert exit_code_of((0, 0), ended_well=False) is None, "accounting says 0:0 of jobs that reached their walltime"
    assert exit_code_of(None, ended_well=True) is None


def test_a_status_of_wait_is_what_squeue_writes() -> None:
    assert code_and_signal_of_status("768") == (3, 0)
    assert code_and_signal_of_status("9") == (0, 9)
    assert code_and_signal_of_status("4021") == (15, 53)
    assert code_and_signal_of_status("32512") == (127, 0)
    assert code_and_signal_of_status("") is None

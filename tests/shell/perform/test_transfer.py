"""A program in rsync's place: how it ends is waited for, whatever it does with its output before."""

import pytest

from qq.core.result import Failure, Success
from qq.core.troubles import Reason
from qq.shell.perform.transfer import Transfer, transfer
from qq.shell.perform.watch import Watch


def running(script: str, *, silence: float = 60) -> Transfer:
    """The transfer that a shell with this script stands for."""
    argv = [b"sh", b"-c", script.encode()]
    return Transfer(argv=argv, names=b"names\n", host="there", doing="can't copy", silence=silence, tell=False)


@pytest.mark.parametrize("code", [0, 23])
def test_one_that_closes_its_output_long_before_it_ends_is_not_ended_by_us(code: int) -> None:
    done = transfer(running(f"cat; exec 1>&-; echo 'file exists (17)' >&2; sleep 1; exit {code}"), Watch())
    if code == 0:
        assert done == Success(b"names\n")
    else:
        assert isinstance(done, Failure) and done.failure().reason is Reason.PLACE_TAKEN, done


def test_what_ssh_brings_after_the_end_is_waited_for() -> None:
    late = "(sleep 0.5; echo 'rsync: [Receiver] mkdir \"x\" failed: File exists (17)' >&2) 1>&- &"
    done = transfer(running(f"{late} echo 'rsync error: error in file IO (code 11)' >&2; exit 11"), Watch())
    assert isinstance(done, Failure) and done.failure().reason is Reason.PLACE_TAKEN, done


def test_one_that_says_nothing_any_more_is_ended_also_after_its_output() -> None:
    for output in ("", "exec 1>&-;"):
        done = transfer(running(f"{output} exec sleep 600", silence=0.5), Watch())
        assert isinstance(done, Failure) and done.failure().reason is Reason.HOST_UNREACHABLE


def test_one_is_ended_when_a_signal_has_come() -> None:
    asked = iter([False] * 5)
    done = transfer(running("exec sleep 600"), Watch(interrupted=lambda: next(asked, True)))
    assert isinstance(done, Failure) and done.failure().reason is Reason.INTERRUPTED

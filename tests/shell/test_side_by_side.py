"""Work side by side: whatever has begun when Ctrl-C comes is waited for."""

import os
import signal
import threading
import time

import pytest

from qq.shell.commands.face import SILENT
from qq.shell.commands.side_by_side import AT_ONCE, side_by_side
from qq.shell.signals import interrupt_held_back


@pytest.mark.parametrize("when", range(AT_ONCE))
def test_ctrl_c_while_threads_are_started_leaves_none_at_work(when: int) -> None:
    for _ in range(10):  # of ten interruptions five found a thread that had begun and was forgotten
        began: list[int] = []
        ended: list[int] = []

        def work(number: int, began: list[int] = began, ended: list[int] = ended) -> None:
            began.append(number)
            if number == when:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.002)  # as long as work takes; nothing is waited for
            ended.append(number)

        with pytest.raises(KeyboardInterrupt):
            list(side_by_side("working", range(4 * AT_ONCE), work, SILENT.bar))
        assert sorted(began) == sorted(ended)


def test_what_was_held_back_comes_at_the_end() -> None:
    done: list[str] = []

    def twice() -> None:
        with interrupt_held_back():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("one")
            os.kill(os.getpid(), signal.SIGINT)
            done.append("two")
        done.append("never")

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert done == ["one", "two"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_listens_himself_goes_on_listening() -> None:
    came: list[int] = []
    old = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        with interrupt_held_back():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, old)
    assert came == [signal.SIGINT]


def test_other_threads_hear_no_signals_and_work_all_the_same() -> None:
    results: list[int] = []
    thread = threading.Thread(
        target=lambda: results.extend(side_by_side("working", range(3), lambda each: each, SILENT.bar))
    )
    thread.start()
    thread.join()
    assert results == [0, 1, 2]

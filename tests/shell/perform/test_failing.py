"""What errors of the operating system mean for whoever has to do something about them."""

import errno

import pytest

from qq.core.troubles import Reason
from qq.shell.perform.failing import trouble_of


@pytest.mark.parametrize("number", [errno.EKEYEXPIRED, errno.ENOKEY])
def test_without_a_ticket_nothing_is_lost_and_kinit_helps(number: int) -> None:
    trouble = trouble_of(OSError(number, "x"), "can't copy /afs/a")
    assert (trouble.reason, trouble.transient) == (Reason.PERMISSION, True)
    assert trouble.words.startswith("can't copy /afs/a: ")
    assert trouble.words.endswith("'kinit' gets a new one")


def test_what_is_not_allowed_stays_so() -> None:
    trouble = trouble_of(OSError(errno.EACCES, "x"), "can't copy /a")
    assert (trouble.reason, trouble.transient) == (Reason.PERMISSION, False)
    assert trouble.words == "can't copy /a: Permission denied"


def test_errors_without_a_number_are_told_as_they_are() -> None:
    assert trouble_of(OSError("odd"), "can't copy /a").words == "can't copy /a: odd"

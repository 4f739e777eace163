"""Effects and answers travel to another host and back unharmed; what is no message gives a fault."""

import pytest
from pyrsistent import pmap, pvector

from qq.core import effects as e
from qq.core import moments as m
from qq.core.replacing import replace
from qq.core.result import Success, failed
from qq.core.states import JobType
from qq.core.troubles import Reason, Trouble
from qq.core.wire import decode, encode
from tests.core.lifecycle import kind

HOSTILE = "it's\n$(rm -rf) \udcff -x"
PLACE = e.Location(HOSTILE, "node1")
GUARD = e.Guard(PLACE, "t", 2)
LISTED = kind.listing("a", "b c")


@pytest.mark.parametrize(
    "value",
    [
        e.WriteRecord(PLACE, replace(kind.job(JobType.LOOP), unknown=pmap({"x": 1.5})), e.Version("t", 1, "d"), True),
        e.Copy(PLACE, PLACE, LISTED, may_link=True),
        e.Place(PLACE, PLACE, LISTED, LISTED, LISTED, "a", GUARD, frozenset({b"\xff"}), frozenset()),
        e.MoveRuntime(PLACE, pvector([("a", pvector(["b", "c"]))])),
        e.RunScript(pvector(["bash", HOSTILE]), "/w", "/o", "/e", pmap({"A": HOSTILE})),
        e.List(PLACE, pvector([b"x"]), e.ArchiveQuestion("job%04d", pvector([1, 2]))),
        e.List(PLACE, only=e.Names((b"a", b"", b"\xff/b"))),
        e.List(PLACE, only=e.Names((b"a", b"\x00"))),
        m.Placed(((b"a", b"\x00\xff"),)),
        m.MarkRead(kind.mark(work=LISTED, home=LISTED), work_dir_exists=True),
        m.RecordFound(None),
        Trouble(Reason.NO_SPACE, "full", transient=True),
    ],
)
def test_what_travels_arrives_as_it_was(value: object) -> None:
    line = encode(value)
    assert "\n" not in line and line.isascii()
    assert decode(line) == Success(value)


@pytest.mark.parametrize(
    "line",
    ["", "{", "{}", '{"Nobody": {}}', '{"Ok": {"x": 1}}', '{"enum": ["Reason", "NOPE"]}', '{"bytes": "é"}', "[" * 9999],
)
def test_what_is_no_message_gives_a_fault(line: str) -> None:
    assert failed(decode(line))


def test_only_the_vocabulary_travels() -> None:
    with pytest.raises(TypeError, match="does not travel"):
        encode(object())

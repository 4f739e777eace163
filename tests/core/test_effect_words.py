"""Every effect has one line for people."""

from typing import get_args

import pytest
from pyrsistent import pvector

from qq.core import effects as e
from qq.core.effect_words import effect_words
from qq.core.listing import Listing
from qq.core.one_line import one_line
from qq.core.records.job import WhyFailed
from qq.core.replacing import replace
from qq.core.states import RecordState
from tests.core.jobs import PLAIN
from tests.core.lifecycle.kind import listing

AT = e.Location("/d")
FAR = e.Location("/d", "node1")
V = e.Version("t0", 1, "d")
TWO, ONE = listing("a", "b"), listing("a")
FAILED = replace(PLAIN, state=RecordState.FAILED, script_exit_code=3, failure=WhyFailed(1, "it broke"))

WORDS: list[tuple[e.Effect, str]] = [
    (e.WriteRecord(AT, PLAIN, V), "write the record /d: queued"),
    (e.WriteRecord(AT, FAILED, V), "write the record /d: failed, the script's exit code was 3: it broke"),
    (e.CreateRecord(AT, PLAIN), "create the record /d"),
    (e.WithdrawRecord(AT, "t"), "take the record /d back"),
    (e.ReadRecord(pvector([AT, FAR])), "look for the record /d, else node1:/d"),
    (e.List(FAR), "look at node1:/d"),
    (e.List(AT, only=e.ArchiveQuestion("job%04d", pvector([1, 2]))), "look at /d for files of cycle 1, 2"),
    (e.List(AT, only=e.Names(pvector([b"a", b"\xff"]))), "look at /d for a, \\xff"),
    (e.ReadMark(AT, "/w"), "look at the mark /d"),
    (e.FindJob("t", "local"), "ask the batch system whether it has the next job already"),
    (e.MakeDir(AT), "make the directory /d"),
    (e.MoveRuntime(AT, pvector()), "move runtime files of the cycle before out of /d"),
    (e.Create(AT), "create /d"),
    (e.Stage(AT, "/w", "t", 1, "1", ONE, ONE), "note at /d what the script begins with"),
    (e.NoteCode(AT, 3, "t0", 1), "note at /d that the script ended with 3"),
    (e.NoteProof(AT, TWO), "note at /d that 2 entries arrived"),
    (e.NoteSynced(AT, ONE), "note at /d that 1 entry will have been fetched"),
    (e.Copy(AT, FAR, TWO), "copy 2 entries from /d to node1:/d"),
    (e.Include("desk", pvector(["/x", "/y"]), AT), "copy desk:/x, desk:/y to /d"),
    (e.VerifyCopy(FAR, AT, Listing()), "verify 0 entries at /d"),
    (
        e.Place(FAR, AT, TWO, before=ONE, synced=ONE, aside="x", guard=e.Guard(AT, "t", 1)),
        "place 2 entries in /d",
    ),
    (e.RemoveFiles(AT, TWO), "remove 2 entries from /d"),
    (e.RemoveTree(AT, "/w", "t"), "remove the working directory /w"),
    (e.RemoveMark(AT, "t"), "remove the mark /d"),
    (e.ClearTemporary(AT), "clear /d"),
    (e.RunScript(pvector(["bash", "/w/run.sh"]), "/w", "/o", "/e"), "run bash /w/run.sh"),
    (e.SignalScript(), "tell the script to end"),
    (e.StopScript(5.0), "end what is left of the script's processes"),
    (e.SubmitJob(PLAIN, None, pvector()), "submit run.sh"),
    (e.SubmitJob(PLAIN, "7", pvector()), "submit run.sh, to start after 7"),
    (e.Say("words"), "words"),
]


@pytest.mark.parametrize(("effect", "words"), WORDS)
def test_it_says_what_is_done(effect: e.Effect, words: str) -> None:
    assert effect_words(effect) == words


def test_none_is_left_out() -> None:
    assert {type(effect) for effect, _ in WORDS} == set(get_args(e.Effect))


def test_names_can_neither_break_the_line_nor_steer_a_terminal() -> None:
    assert effect_words(e.Create(e.Location("/a\nb\x1b[2J\udcff é"))) == "create /a\\nb\\x1b[2J\\xff é"
    assert one_line("plain") == "plain"

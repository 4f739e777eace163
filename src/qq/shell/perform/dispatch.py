"""Who performs which effect. Performers are imported when they are first needed: another host needs few of them."""

import os
from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct, field

from qq.core import effects as e
from qq.core.hosts import HERE, where
from qq.core.moments import Answer, Ok
from qq.core.records.job import JobInfo
from qq.core.result import Result, Success
from qq.core.troubles import Trouble
from qq.shell.perform import process
from qq.shell.perform.others import Others, close, others_for
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.signals import Signals

Outcome = Result[Answer | Refusal, Trouble]


class Hands(Struct, frozen=True, kw_only=True):
    """What performers need besides the effect: what has come by signals, the script, the other hosts."""

    signals: Signals
    script: process.Script = field(default_factory=process.Script)
    unanswered: set[str] = field(default_factory=set)
    """Tokens of submissions that were asked for and not answered: the batch system may have the job."""
    others: Others = field(default_factory=lambda: Others(os.environ))
    needed_after: tuple[str, ...] = ()
    """Modules, besides the performers, that are used when the script has ended, and have to be of this qq then."""


def hands_for(job: JobInfo, environ: Mapping[str, str], signals: Signals) -> Hands:
    """What performs a command's effects for this job; to be closed (``others.close``)."""
    return Hands(signals=signals, others=others_for(job, environ))


def perform(hands: Hands, effect: e.Effect, watch: Watch) -> Outcome:
    """Performs an effect, once."""
    if where(effect) != HERE:
        from qq.shell.perform.remote import perform_anywhere

        return perform_anywhere(effect, watch, hands.others, lambda each, its: perform(hands, each, its))
    match effect:
        case e.WriteRecord() | e.CreateRecord() | e.WithdrawRecord() | e.ReadRecord():
            return _on_record(effect, watch)
        case e.RunScript():
            from qq.shell.perform.provident import PERFORMERS, load

            load(PERFORMERS)
            close(hands.others)  # nobody keeps a connection open for days
            return process.run_script(effect, hands.script, hands.signals, lambda: load(hands.needed_after))
        case e.SignalScript():
            return process.signal_script(hands.script)
        case e.StopScript():
            return process.stop_script(effect, hands.script, hands.signals)
        case e.FindJob() | e.SubmitJob():
            from qq.shell.perform.submitting import from_some_host

            return from_some_host(effect, watch, hands.others, hands.unanswered)
        case e.Say():
            return Success(Ok())
        case _:
            return _on_files(effect, watch)


def _on_record(effect: e.WriteRecord | e.CreateRecord | e.WithdrawRecord | e.ReadRecord, watch: Watch) -> Outcome:
    match effect:
        case e.WriteRecord():
            from qq.shell.perform.record import write_record

            return write_record(effect, watch)
        case e.CreateRecord():
            from qq.shell.perform.record import create_record

            return create_record(effect, watch)
        case e.WithdrawRecord():
            from qq.shell.perform.record import withdraw_record

            return withdraw_record(effect, watch)
        case e.ReadRecord():
            from qq.shell.perform.record import read_first

            return read_first(effect, watch)
        case _ as never:
            assert_never(never)


FileEffect = (
    e.List
    | e.ReadMark
    | e.MakeDir
    | e.MoveRuntime
    | e.Create
    | e.Copy
    | e.Include
    | e.VerifyCopy
    | e.Place
    | e.Stage
    | e.NoteCode
    | e.NoteProof
    | e.NoteSynced
    | e.RemoveFiles
    | e.RemoveTree
    | e.RemoveMark
    | e.ClearTemporary
)


def _on_files(effect: FileEffect, watch: Watch) -> Outcome:
    match effect:
        case e.List():
            from qq.shell.perform.listing import list_files

            return list_files(effect, watch)
        case e.ReadMark():
            from qq.shell.perform.mark import read_mark

            return read_mark(effect, watch)
        case e.MakeDir():
            from qq.shell.perform.make import make_dir

            return make_dir(effect, watch)
        case e.MoveRuntime():
            from qq.shell.perform.make import move_runtime

            return move_runtime(effect, watch)
        case e.Create():
            from qq.shell.perform.make import create

            return create(effect, watch)
        case e.Copy():
            from qq.shell.perform.copy import copy

            return copy(effect, watch)
        case e.Include():
            from qq.shell.perform.copy import include

            return include(effect, watch)
        case e.VerifyCopy():
            from qq.shell.perform.verify import verify

            return verify(effect, watch)
        case e.Place():
            from qq.shell.perform.place import place

            return place(effect, watch)
        case e.Stage():
            from qq.shell.perform.mark import stage

            return stage(effect, watch)
        case e.NoteCode():
            from qq.shell.perform.mark import note_code

            return note_code(effect, watch)
        case e.NoteProof():
            from qq.shell.perform.mark import note_proof

            return note_proof(effect, watch)
        case e.NoteSynced():
            from qq.shell.perform.mark import note_synced

            return note_synced(effect, watch)
        case e.RemoveFiles():
            from qq.shell.perform.remove import remove_files

            return remove_files(effect, watch)
        case e.RemoveTree():
            from qq.shell.perform.remove import remove_tree

            return remove_tree(effect, watch)
        case e.RemoveMark():
            from qq.shell.perform.mark import remove_mark

            return remove_mark(effect, watch)
        case e.ClearTemporary():
            from qq.shell.perform.remove import clear_temporary

            return clear_temporary(effect, watch)
        case _ as never:
            assert_never(never)

"""Who performs which effect. Performers are imported when they are first needed, but for those that every job needs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from qq.core import effects as e
from qq.core.hosts import HERE, where
from qq.core.moments import Answer, Ok
from qq.core.records.job import JobInfo
from qq.core.records.site import Settings
from qq.core.result import Result, Success
from qq.core.troubles import Trouble
from qq.shell.perform import copy, listing, make, mark, place, process, record, remove, verify
from qq.shell.perform.others import Others, close
from qq.shell.perform.watch import Watch
from qq.shell.signals import Signals

Outcome = Result[Answer | record.Refusal, Trouble]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What performers need besides the effect: what has come by signals, the script, the other hosts."""

    signals: Signals
    script: process.Script = field(default_factory=process.Script)
    unanswered: set[str] = field(default_factory=set)
    """Tokens of submissions that were asked for and not answered: the batch system may have the job."""
    others: Others = field(default_factory=lambda: Others(os.environ))


def hands_for(job: JobInfo, environ: Mapping[str, str], signals: Signals) -> Hands:
    """What performs a command's effects for this job; to be closed (``others.close``)."""
    return Hands(signals=signals, others=Others(environ, settings=job.settings or Settings()))


def perform(hands: Hands, effect: e.Effect, watch: Watch) -> Outcome:
    """Performs an effect, once."""
    if where(effect) != HERE:
        from qq.shell.perform.remote import perform_anywhere

        return perform_anywhere(effect, watch, hands.others, lambda each, its: perform(hands, each, its))
    match effect:
        case e.WriteRecord() | e.CreateRecord() | e.WithdrawRecord() | e.ReadRecord():
            return _on_record(effect, watch)
        case e.RunScript():
            close(hands.others)  # nobody keeps a connection open for days
            return process.run_script(effect, hands.script, hands.signals)
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
            return record.write_record(effect, watch)
        case e.CreateRecord():
            return record.create_record(effect, watch)
        case e.WithdrawRecord():
            return record.withdraw_record(effect, watch)
        case e.ReadRecord():
            return record.read_first(effect, watch)
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
            return listing.list_files(effect, watch)
        case e.ReadMark():
            return mark.read_mark(effect, watch)
        case e.MakeDir():
            return make.make_dir(effect, watch)
        case e.MoveRuntime():
            return make.move_runtime(effect, watch)
        case e.Create():
            return make.create(effect, watch)
        case e.Copy():
            return copy.copy(effect, watch)
        case e.Include():
            return copy.include(effect, watch)
        case e.VerifyCopy():
            return verify.verify(effect, watch)
        case e.Place():
            return place.place(effect, watch)
        case e.Stage():
            return mark.stage(effect, watch)
        case e.NoteCode():
            return mark.note_code(effect, watch)
        case e.NoteProof():
            return mark.note_proof(effect, watch)
        case e.NoteSynced():
            return mark.note_synced(effect, watch)
        case e.RemoveFiles():
            return remove.remove_files(effect, watch)
        case e.RemoveTree():
            return remove.remove_tree(effect, watch)
        case e.RemoveMark():
            return mark.remove_mark(effect, watch)
        case e.ClearTemporary():
            return remove.clear_temporary(effect, watch)
        case _ as never:
            assert_never(never)

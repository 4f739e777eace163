"""One line for people about each effect, as ``qq run`` prints it while it works. Control characters are escaped."""

from collections.abc import Sized
from typing import assert_never

from qq.core import effects as e
from qq.core.one_line import one_line
from qq.core.paths import to_text
from qq.core.records.job import JobInfo


def effect_words(effect: e.Effect) -> str:
    """What is being done, in the imperative, on one line."""
    return one_line(_words(effect))


def _words(effect: e.Effect) -> str:
    match effect:
        case e.WriteRecord() | e.CreateRecord() | e.WithdrawRecord() | e.ReadRecord():
            return _about_record(effect)
        case e.List() | e.ReadMark() | e.FindJob():
            return _looking(effect)
        case e.MakeDir() | e.MoveRuntime() | e.Create() | e.Stage() | e.NoteCode() | e.NoteProof() | e.NoteSynced():
            return _making(effect)
        case e.Copy() | e.Include() | e.VerifyCopy() | e.Place():
            return _copying(effect)
        case e.RemoveFiles() | e.RemoveTree() | e.RemoveMark() | e.ClearTemporary():
            return _removing(effect)
        case e.RunScript() | e.SignalScript() | e.StopScript() | e.SubmitJob() | e.Say():
            return _processes(effect)
        case _ as never:
            assert_never(never)


def _about_record(effect: e.WriteRecord | e.CreateRecord | e.WithdrawRecord | e.ReadRecord) -> str:
    match effect:
        case e.WriteRecord(at, job):
            return f"write the record {at}: {_state(job)}"
        case e.CreateRecord(at):
            return f"create the record {at}"
        case e.WithdrawRecord(at):
            return f"take the record {at} back"
        case e.ReadRecord(places):
            return f"look for the record {', else '.join(map(str, places))}"
        case _ as never:
            assert_never(never)


def _state(job: JobInfo) -> str:
    code = "" if job.script_exit_code is None else f", the script's exit code was {job.script_exit_code}"
    why = "" if job.failure is None else f": {job.failure.words}"
    return f"{job.state}{code}{why}"


def _looking(effect: e.List | e.ReadMark | e.FindJob) -> str:
    match effect:
        case e.List(at):
            return f"look at {at}{_for(effect.only)}"
        case e.ReadMark(at):
            return f"look at the mark {at}"
        case e.FindJob():
            return "ask the batch system whether it has the next job already"
        case _ as never:
            assert_never(never)


def _for(only: e.ArchiveQuestion | e.Names | None) -> str:
    match only:
        case None:
            return ""
        case e.ArchiveQuestion(_, cycles):
            return f" for files of cycle {', '.join(map(str, cycles))}"
        case e.Names(paths):
            return f" for {', '.join(map(to_text, paths))}"
        case _ as never:
            assert_never(never)


def _making(
    effect: e.MakeDir | e.MoveRuntime | e.Create | e.Stage | e.NoteCode | e.NoteProof | e.NoteSynced,
) -> str:
    match effect:
        case e.MakeDir(at):
            return f"make the directory {at}"
        case e.MoveRuntime(directory):
            return f"move runtime files of the cycle before out of {directory}"
        case e.Create(at):
            return f"create {at}"
        case e.Stage(mark):
            return f"note at {mark} what the script begins with"
        case e.NoteCode(mark=mark, exit_code=code):
            return f"note at {mark} that the script ended with {code}"
        case e.NoteProof(mark, proof):
            return f"note at {mark} that {_many(proof)} arrived"
        case e.NoteSynced(mark, listing):
            return f"note at {mark} that {_many(listing)} will have been fetched"
        case _ as never:
            assert_never(never)


def _copying(effect: e.Copy | e.Include | e.VerifyCopy | e.Place) -> str:
    match effect:
        case e.Copy(src, dst, entries):
            return f"copy {_many(entries)} from {src} to {dst}"
        case e.Include(host, paths, dst):
            return f"copy {', '.join(str(e.Location(path, host)) for path in paths)} to {dst}"
        case e.VerifyCopy(_, dst, entries):
            return f"verify {_many(entries)} at {dst}"
        case e.Place(_, dst, entries):
            return f"place {_many(entries)} in {dst}"
        case _ as never:
            assert_never(never)


def _removing(effect: e.RemoveFiles | e.RemoveTree | e.RemoveMark | e.ClearTemporary) -> str:
    match effect:
        case e.RemoveFiles(at, proof):
            return f"remove {_many(proof)} from {at}"
        case e.RemoveTree(_, work_dir):
            return f"remove the working directory {work_dir}"
        case e.RemoveMark(mark):
            return f"remove the mark {mark}"
        case e.ClearTemporary(at):
            return f"clear {at}"
        case _ as never:
            assert_never(never)


def _processes(effect: e.RunScript | e.SignalScript | e.StopScript | e.SubmitJob | e.Say) -> str:
    match effect:
        case e.RunScript(argv):
            return f"run {' '.join(argv)}"
        case e.SignalScript():
            return "tell the script to end"
        case e.StopScript():
            return "end what is left of the script's processes"
        case e.SubmitJob(job, after):
            return f"submit {job.job_name}" + (f", to start after {after}" if after else "")
        case e.Say(words):
            return words
        case _ as never:
            assert_never(never)


def _many(entries: Sized) -> str:
    return "1 entry" if len(entries) == 1 else f"{len(entries)} entries"

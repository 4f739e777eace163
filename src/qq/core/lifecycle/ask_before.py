"""What is asked of the world before the script starts."""

import shlex
from functools import lru_cache

from qq.core.archive_format import filled
from qq.core.effects import (
    ArchiveQuestion,
    ClearTemporary,
    Copy,
    Effect,
    Include,
    List,
    Location,
    MakeDir,
    MoveRuntime,
    ReadMark,
    ReadRecord,
    RunScript,
    Say,
    Stage,
)
from qq.core.job_names import job_name, runtime_files
from qq.core.lifecycle.ask_after import deliver
from qq.core.lifecycle.ask_record import Effects, places_in_archive
from qq.core.lifecycle.decisions import (
    archive_dir,
    excluded_paths,
    private_paths,
    uses_scratch,
)
from qq.core.lifecycle.run import Run
from qq.core.names import INFO_SUFFIX, QQ_OUT_SUFFIX
from qq.core.paths import child, join, mark_path, to_bytes
from qq.core.records.job import LoopInfo
from qq.core.script_environment import script_environment


def inspect(run: Run) -> Effects:
    return [ReadMark(run.at_mark, run.work_dir)] if run.job.work_dir is not None else []


def previous(run: Run) -> Effects:
    """Looks up the record of the cycle before: at home, then in the archive."""
    loop = run.job.loop
    if loop is None or loop.current == 0:
        return []
    name = runtime_files(job_name(run.job.script_name, run.job.job_type, loop.current - 1)).info
    return [ReadRecord((run.at_home(name), *places_in_archive(run, loop.current - 1)))]


def _move_previous(run: Run, loop: LoopInfo) -> Effects:
    """Runtime files of the cycle before go to the archive, under its format; a name that is taken: under their own."""
    if loop.current == 0:
        return []
    files = runtime_files(job_name(run.job.script_name, run.job.job_type, loop.current - 1))
    base, archive = filled(loop.archive_format, loop.current - 1), archive_dir(run.job)
    moves = [
        (name, (child(archive, base + suffix), child(archive, name)))
        for name, suffix in (
            (files.out, ".out"),
            (files.err, ".err"),
            (files.qqout, ".qqout"),
            (files.info, ".qqinfo"),
        )
    ]
    return [MoveRuntime(run.at_home(), tuple(moves))]


def survey(run: Run) -> Effects:
    effects: Effects = [ClearTemporary(run.home_temporary)]
    loop = run.job.loop
    if loop is not None:
        effects += [MakeDir(run.in_archive_dir()), ClearTemporary(run.archive_temporary), *_move_previous(run, loop)]
        question = ArchiveQuestion(loop.archive_format, (loop.current,))
        effects.append(List(run.in_archive_dir(), without=_never_fetched(loop), only=question))
    if uses_scratch(run.job):
        effects.append(List(run.at_home(), without=excluded_paths(run.job)))
    return [*effects, *(_look_at(run, d.path) for d in run.job.earlier_work_dirs if d.host == run.here)]


def _never_fetched(loop: LoopInfo) -> tuple[bytes, ...]:
    """What only qq writes: this cycle's record stands in the archive if it has run before."""
    base = filled(loop.archive_format, loop.current)
    return to_bytes(base + INFO_SUFFIX), to_bytes(base + QQ_OUT_SUFFIX)


def _look_at(run: Run, work_dir: str) -> Effect:
    mark = mark_path(work_dir=work_dir, input_dir=run.job.input_dir, job_name=run.job.job_name)
    return ReadMark(Location(mark), work_dir)


def stage(run: Run) -> Effects:
    return _stage_scratch(run) if uses_scratch(run.job) else _stage_input_dir(run)


def _stage_scratch(run: Run) -> Effects:
    work = run.at_work
    effects: Effects = [
        MakeDir(work, fresh=True),
        Say(f"copying {run.home.count} files and directories to {work}"),
        Copy(run.at_home(), work, run.home, vanished_ok=True),
    ]
    if run.job.included:
        effects.append(Include(run.home_host, run.job.included, work))
    if run.in_archive.count:
        effects.append(Copy(run.in_archive_dir(), work, run.in_archive))
    return [*effects, _mark(run)]


def _stage_input_dir(run: Run) -> Effects:
    effects: Effects = []
    if run.in_archive.count:
        effects = deliver(run, run.in_archive_dir(), run.at_home(), run.home_temporary, run.in_archive)
    return [*effects, _mark(run)]


def _mark(run: Run) -> Effect:
    in_place = not uses_scratch(run.job)
    return Stage(
        mark=run.at_mark,
        work_dir=run.work_dir,
        token=run.job.token,
        attempt=run.job.attempt,
        job_id=run.job_id,
        home=run.home,
        archive=run.in_archive,
        without=private_paths(run.job) if in_place else (),
        keep_list=in_place,
    )


@lru_cache(maxsize=16)
def _words(interpreter: str) -> tuple[str, ...]:
    return tuple(shlex.split(interpreter))


def execute(run: Run) -> Effects:
    job = run.job
    interpreter = job.interpreter or (job.settings.default_interpreter if job.settings else "bash")
    return [
        Say(f"running {job.script_name} in {run.work_dir}"),
        RunScript(
            argv=(*_words(interpreter), join(run.work_dir, job.script_name)),
            work_dir=run.work_dir,
            stdout=join(run.work_dir, job.stdout_file),
            stderr=join(run.work_dir, job.stderr_file),
            env=script_environment(job, job.attempt),
        ),
    ]

"""What is asked of the world after the script has ended."""

from qq.core.changes import portions, union
from qq.core.effects import (
    ArchiveQuestion,
    ClearTemporary,
    Copy,
    Create,
    List,
    Location,
    MakeDir,
    NoteProof,
    Place,
    ReadMark,
    RemoveFiles,
    Say,
    VerifyCopy,
)
from qq.core.lifecycle import sorting
from qq.core.lifecycle.ask_record import Effects, known_code
from qq.core.lifecycle.decisions import (
    effective_code,
    private_paths,
    should_archive,
    should_transfer,
    uses_scratch,
)
from qq.core.lifecycle.run import Run
from qq.core.listing import Listing
from qq.core.paths import to_text


def deliver(
    run: Run,
    src: Location,
    dst: Location,
    temporary: Location,
    entries: Listing,
    *,
    before: Listing | None = None,
    synced: Listing | None = None,
    keep: frozenset[bytes] = frozenset(),
    always: frozenset[bytes] = frozenset(),
    may_link: bool = False,
) -> Effects:
    """Copy, verify, place, in portions."""
    effects: Effects = []
    for portion in portions(entries, sorting.PORTION_BYTES, sorting.PORTION_FILES):
        effects += [
            Copy(src, temporary, portion, may_link=may_link),
            VerifyCopy(src, temporary, portion),
            Place(
                staging=temporary,
                dst=dst,
                entries=portion,
                before=before or Listing(),
                synced=synced or Listing(),
                aside=run.aside,
                guard=run.guard,
                always=always,
                keep=keep,
            ),
        ]
    return effects


def sort(run: Run) -> Effects:
    away = uses_scratch(run.job)
    without = () if away else private_paths(run.job)
    effects: Effects = [ReadMark(run.at_mark, run.work_dir), List(run.at_work, without=without, own=away)]
    loop = run.job.loop
    if loop is not None and should_archive(run.job, known_code(run)):
        effects.append(MakeDir(run.in_archive_dir()))
        question = ArchiveQuestion(loop.archive_format, (loop.current, loop.current + 1))
        effects.append(List(run.in_archive_dir(), only=question))
    return effects


def archive(run: Run) -> Effects:
    if not should_archive(run.job, known_code(run)):
        return []
    effects = deliver(
        run,
        run.at_work,
        run.in_archive_dir(),
        run.archive_temporary,
        run.moved,
        before=run.mark.archive if run.mark else None,
        keep=sorting.unchanged_paths(run),
        may_link=run.at_work.host == run.home_host,
    )
    init = sorting.init_name(run)
    if init is not None and effective_code(run.job, known_code(run)) == 0:
        effects.append(Create(run.in_archive_dir(to_text(init))))
    return [*effects, ClearTemporary(run.archive_temporary)] if effects else []


def archived(run: Run) -> Effects:
    return [RemoveFiles(run.at_work, run.proof)] if run.proof.count else []


def transfer(run: Run) -> Effects:
    if not uses_scratch(run.job):
        return []
    outputs = sorting.output_names(run.job)
    entries = sorting.to_bring_home(run) if should_transfer(run.job, known_code(run)) else sorting.outputs(run)
    mark = run.mark
    effects = deliver(
        run,
        run.at_work,
        run.at_home(),
        run.home_temporary,
        entries,
        before=mark.home if mark else None,
        synced=mark.synced if mark else None,
        always=outputs,
    )
    said: Effects = [Say(f"bringing {entries.count} files and directories home to {run.at_home()}")]
    return [*said, *effects, ClearTemporary(run.home_temporary)]


def proof(run: Run) -> Effects:
    """Without a mark there is nothing to note it beside: the working directory is kept."""
    if run.mark is None or not should_transfer(run.job, known_code(run)):
        return []
    return [NoteProof(run.at_mark, union(run.proof, sorting.still_as_staged(run)))]

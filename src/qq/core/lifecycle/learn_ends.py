"""What a run learns when it ends otherwise than planned."""

from qq.core.exitcodes import NOT_OURS, TROUBLE
from qq.core.lifecycle.begin import ended
from qq.core.lifecycle.decisions import is_closed
from qq.core.lifecycle.learn_next import farewell
from qq.core.lifecycle.learning import (
    Event,
    Learn,
    adopted,
    answers,
    at,
    disowned,
    ending,
    exit_code,
    lost,
    only,
    recorded,
)
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.listing import Listing
from qq.core.moments import (
    EffectFailed,
    Listed,
    RecordFound,
    Refused,
    Submitted,
)
from qq.core.replacing import replace


def output_found(phase: Phase) -> Learn:
    """Stdout and stderr as they stand in the working directory."""

    def learn(run: Run, event: Event) -> Run:
        found = answers(event, Listed)
        output = found[0].listing if found else None
        return replace(at(run, event, phase), output=output or Listing())

    return learn


def stop_refused(run: Run, event: Event) -> Run:
    """Our record, ended by another (qq kill): nothing more to write. Another's: touch nothing."""
    retaken = adopted(run, event)
    if retaken is not None:
        return retaken
    disk = event.on_disk if isinstance(event, Refused) else None
    ours = disk is not None and (disk.token, disk.attempt) == (run.version.token, run.version.attempt)
    return at(run, event, Phase.STOP_WAIT) if ours else disowned(run, event)


def not_ours(run: Run, event: Event) -> Run:
    """The record is another's by now, or another attempt's: nothing more is written."""
    return replace(at(run, event, Phase.TIDY_LOOK), ending=lost(event))


def too_late(run: Run, event: Event) -> Run:
    """The job was given up and went on without this life, which has made a working directory for nothing."""
    return replace(at(run, event, Phase.UNMAKE), ending=lost(event))


def stopped(run: Run, event: Event) -> Run:
    """The script's processes are gone; a record that could not be written is left at that."""
    return at(run, event, Phase.TIDY_LOOK) if run.ending == NOT_OURS else ended(run, exit_code(run))


def looked_for_others(run: Run, event: Event) -> Run:
    """Temporary names are the same in all attempts of a job: they are nobody's only when all of it is done."""
    job = only(event, RecordFound).job
    nobody = job is None or job.token != run.job.token or is_closed(job)
    return at(run, event, Phase.TIDY) if nobody else ended(run, exit_code(run))


def restarted(run: Run, event: Event) -> Run:
    """The new attempt has its job."""
    return replace(at(run, event, Phase.RESTART_LINK), next_id=only(event, Submitted).job_id)


def not_restarted(run: Run, event: Event) -> Run:
    """The record waits, queued and without an id, for the next ``qq recover``."""
    why = event.trouble if isinstance(event, EffectFailed) else ""
    return farewell(ending(run, TROUBLE), event, f"could not be submitted again: {why}")


def retaken(run: Run, _event: Event) -> Run:
    """Asks the same again, of the record as it is now."""
    return run


def failure_written(run: Run, event: Event) -> Run:
    """The reason is on record."""
    return ended(recorded(run, event, Phase.END), TROUBLE)

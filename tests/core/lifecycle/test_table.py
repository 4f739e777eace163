"""The table of phases is complete, and what ``learn`` does stays within it."""

from collections import deque
from pathlib import Path

import pytest

from qq.core import effects as e
from qq.core import moments as m
from qq.core.lifecycle.decide import Step, decide, learn
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.lifecycle.table import IMPOSSIBLE, TABLE, Rule
from qq.core.records.job import KilledBy
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason
from scripts.lifecycle_page import page
from tests.core.lifecycle import kind

ROOT = Path(__file__).parents[3]


def test_every_phase_but_the_first_and_the_last_has_a_row() -> None:
    assert set(TABLE) == set(Phase) - {Phase.BOOT, Phase.END}


def test_every_phase_can_be_reached() -> None:
    reached = {target for row in TABLE.values() for rule in _rules(row) for target in rule.targets}
    begun = {Phase.CLAIM, Phase.INSPECT, Phase.LOOKUP, Phase.REMOVE, Phase.RESTART_LOOK, Phase.FAIL_RECORD, Phase.END}
    assert reached | begun == set(Phase) - {Phase.BOOT}


def test_the_page_in_the_docs_is_made_from_the_table() -> None:
    assert (ROOT / "docs" / "lifecycle.md").read_text() == page()


def _rules(row: object) -> list[Rule]:
    return [getattr(row, name) for name in ("done", "failed", "refused", "terminated")]


def _moments(step: Step, world: kind.World) -> list[m.Moment]:
    """Everything that can come of a step, in a few shades."""
    assert step.run is not None
    job = step.run.job
    return [
        world.done(step),
        kind.failed(step),
        kind.failed(step, Reason.NO_SPACE),
        kind.failed(step, Reason.BATCH_REFUSED),
        kind.terminated(),
        kind.refused(step, None),
        kind.refused(step, step.run.disk),
        kind.refused(step, replace(step.run.disk, killed_by=KilledBy("alice", kind.NOW))),
        kind.refused(step, replace(job, token="another")),
    ]


@pytest.mark.parametrize("job_type", list(JobType))
@pytest.mark.parametrize("scratch", [True, False])
@pytest.mark.parametrize("code", [0, 1, 95, 143])
def test_what_is_learned_leads_where_the_table_says(job_type: JobType, scratch: bool, code: int) -> None:
    record = kind.job(job_type) if scratch else kind.in_place(kind.job(job_type))
    world = kind.World(code=code)
    lost = replace(record, work_dir="/scratch/job_1" if scratch else record.input_dir, main_node="desk")
    firsts: list[m.Moment] = [
        kind.booted(record),
        kind.booted(replace(lost, state=RecordState.RUNNING)),
        kind.booted(replace(lost, state=RecordState.RUNNING, script_exit_code=code)),
        kind.recovering(replace(lost, state=RecordState.RUNNING)),
        kind.recovering(replace(lost, state=RecordState.FAILED, script_exit_code=code, failure=kind.TROUBLED)),
    ]
    seen: set[tuple[object, ...]] = set()
    todo: deque[Step] = deque(decide(None, first) for first in firsts)
    while todo:
        step = todo.popleft()
        run = step.run
        if run is None or step.exit_code is not None or _shape(run) in seen:
            continue
        seen.add(_shape(run))
        for moment in _moments(step, world):
            rule = _rule(run.phase, moment)
            after = decide(run, moment)
            if rule is IMPOSSIBLE:
                assert after.exit_code == 99 and not after.effects
                continue
            if not (isinstance(moment, m.Terminated) and run.recovering):
                assert learn(run, moment).phase in rule.targets, (run.phase, moment)
            todo.append(after)
    assert len(seen) > 20


def _shape(run: Run) -> tuple[object, ...]:
    return (run.phase, run.recovering, run.code, run.ending, run.trouble is None, run.next_id, run.retakes)


def _rule(phase: Phase, moment: m.Moment) -> Rule:
    row = TABLE[phase]
    names: dict[type, Rule] = {m.Done: row.done, m.EffectFailed: row.failed, m.Refused: row.refused}
    return names.get(type(moment), row.terminated)


def test_a_moment_that_makes_no_sense_ends_with_99_and_no_effects() -> None:
    run = kind.until(Phase.EXECUTE, kind.booted(kind.job())).run
    for moment in (
        m.Done((), kind.NOW),
        m.Done((m.ScriptEnded(0), m.ScriptEnded(1)), kind.NOW),
        kind.booted(kind.job()),
        m.Refused(e.Say(""), None, None, (), kind.NOW),
    ):
        assert decide(run, moment) == Step(run, exit_code=99)
    assert decide(None, kind.terminated()).exit_code == 99

"""What a simulated job leaves where, and what can be asked of its life."""

import copy
import gc
import json
import pickle
import weakref
from typing import Any

import pytest
from pyrsistent import pmap, pvector

import qq
from qq.core.evidence import Absent
from qq.core.predicting import trace
from qq.core.predicting.outcomes import outcomes
from qq.core.predicting.plan import plan
from qq.core.records.job import JobInfo
from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.core.simulate.world import Script
from qq.core.states import JobType, RecordState
from qq.shell.predict import simulate
from qq.shell.select import Job
from tests.core.predicting.jobs import INPUT, LEAKY, a_job, a_loop, modes


@pytest.mark.parametrize("system", ["local", "pbs"])
def test_results_of_a_success_come_home_and_scratch_is_empty(system: str) -> None:
    told = simulate(a_job(system=system), Script(0, {"result": 7}), {"in.dat": 3})
    assert told.where("result") == ("input_dir",)
    assert told.files("input_dir")["result"] == 7
    assert told.files("input_dir")["in.dat"] == 3
    assert told.files("work_dir") == {}


def test_an_included_path_is_there_for_the_script_and_its_changes_stay_on_scratch() -> None:
    told = simulate(replace(a_job(), included=pvector([f"{INPUT}/in.dat"])), Script(0, {"in.dat": 9}), {"in.dat": 3})
    assert told.cycles[0].exit_code == 0
    assert told.files("input_dir")["in.dat"] == 3


def test_results_of_a_failure_stay_on_scratch() -> None:
    told = simulate(a_job(), Script(1, {"result": 7}))
    assert told.where("result") == ("work_dir",)
    assert "exit 1" in str(told)


def test_a_loop_job_runs_all_its_cycles_and_archives_each() -> None:
    told = simulate(a_job(JobType.LOOP), lambda cycle: Script(0, {f"job{cycle:04d}.xtc": 9}))
    assert [cycle.cycle for cycle in told.cycles] == [1, 2, 3]
    assert set(told.files("archive")) >= {"job0001.xtc", "job0002.xtc", "job0003.xtc"}
    assert told.where("job0002.xtc") == ("archive",)


def test_all_four_runtime_files_are_there_and_go_to_the_archive_a_cycle_later() -> None:
    told = simulate(a_job(JobType.LOOP))
    last = {f"run+0003.{kind}" for kind in ("qqinfo", "qqout", "out", "err")}
    assert {name for name in told.files("input_dir") if name.startswith("run+")} == last
    assert {f"job0002.{kind}" for kind in ("qqinfo", "qqout", "out", "err")} <= set(told.files("archive"))


def test_a_list_has_one_script_per_cycle() -> None:
    assert len(simulate(a_job(JobType.LOOP), [Script(0), Script(95)]).cycles) == 2


def test_a_job_that_ran_before_is_simulated_as_new() -> None:
    ran = replace(a_job(), job_id="7", state=RecordState.FAILED, script_exit_code=1, work_dir="/x", main_node="n")
    assert simulate(ran, Script(0, {"result": 1})).where("result") == ("input_dir",)


def test_included_files_travel_to_the_job_and_never_home() -> None:
    job = replace(a_job(), included=pvector(["/home/alice/lib/a", f"{INPUT}/../job/b"]))
    told = simulate(replace(job, included=pvector(["/home/alice/lib/a", f"{INPUT}/sub/b"])))
    assert told.where("a") == ()
    assert simulate(replace(job, included=pvector([f"{INPUT}/in.dat"])), files={"in.dat": 5}).where("in.dat")
    assert told.where("sub/b") == ("input_dir",)


XTC = 2 * 10**9
TPR = {"md.tpr": 10**7}


def md(cycle: int) -> Script:
    """As a molecular dynamics program: a trajectory, a checkpoint for the next cycle, a log."""
    return Script(0, {f"job{cycle:04d}.xtc": XTC, f"job{cycle + 1:04d}.cpt": 10**6, "md.log": 30_000}, runs_for=3600)


# --- what a trace tells -----------------------------------------------------------------------------------------------


def test_every_cycle_is_a_record_of_its_own() -> None:
    first, second, third = simulate(a_loop(), md, TPR).cycles
    assert (first.job_id, first.exit_code, first.script_exit_code, first.state) == ("1.model", 0, 0, "finished")
    assert 0 <= first.began < first.ended < second.began < third.began
    assert first.seconds["running"] == pytest.approx(3600, abs=1)
    assert first.seconds["archiving"] > first.seconds["staging"] > 0
    assert sum(first.seconds.values()) == pytest.approx(first.ended - first.began, abs=1e-6)


def test_a_cycle_a_step_and_places_show_themselves() -> None:
    told = simulate(a_loop(), [Script(0, {"<a>": 1}), Script(3)])
    assert [repr(cycle) for cycle in told.cycles] == [
        "<cycle 1 (1.model) finished>",
        "<cycle 2 (2.model) failed: the script ended with exit code 3 → qq respawn>",
    ]
    drawn = told.cycles[1]._repr_html_()
    assert "<h4>cycle 2</h4>" in drawn and ", running 1 h, " in drawn and "work dir" in drawn
    assert repr(told.steps[0]) == f"<cycle 1 after 1.0 s: {told.steps[0].words}>"
    assert "&lt;a&gt;" in told.places._repr_html_()
    refused = simulate(a_job(), faults=qq.faults.fails("write the record"))
    assert any(f"{step.words}: {step.came}>" in repr(step) for step in refused.steps if step.came)
    again = simulate(a_job(), faults=qq.faults.killed("copying home")).recover()
    assert [repr(cycle) for cycle in again.recoveries] == ["<cycle 1 (1.model, recovered) finished>"]


def test_time_is_summed_up_by_what_it_was_spent_with() -> None:
    told = simulate(a_loop(), md, TPR)
    assert told.seconds["running"] == pytest.approx(3 * 3600, abs=1)


def test_a_simulation_that_begins_in_the_middle_counts_from_there() -> None:
    job = a_loop(end=6)
    assert job.loop is not None
    middle = replace(job, loop=replace(job.loop, current=5))
    told = simulate(middle, [Script(0, {"first": 1}), Script(0, {"second": 1})])
    assert [cycle.cycle for cycle in told.cycles] == [5, 6]
    assert told.where("first") == told.where("second") == ("input_dir",)


def test_runs_of_a_continuous_job_are_counted() -> None:
    told = simulate(a_job(JobType.CONTINUOUS), lambda number: Script(95 if number == 4 else 0))
    assert [cycle.cycle for cycle in told.cycles] == [1, 2, 3, 4]
    assert not told.is_cut_short and told.submitted == pvector(f"{n}.model" for n in (1, 2, 3, 4))
    assert {cycle.state for cycle in told.cycles} == {"finished"}


def test_a_job_without_end_is_cut_short() -> None:
    told = simulate(a_job(JobType.CONTINUOUS))
    assert (len(told.cycles), told.is_cut_short) == (100, True)
    assert len(simulate(a_job(JobType.CONTINUOUS), cycles=3).cycles) == 3
    assert "more jobs would follow" in str(simulate(a_loop(), cycles=1))


def test_the_walltime_ends_a_script() -> None:
    (cycle,) = simulate(a_job(), Script(0, {"result": 1}, runs_for=30 * 3600)).cycles
    assert (cycle.exit_code, cycle.script_exit_code, cycle.state) == (143, None, "killed")
    assert cycle.seconds["running"] < 25 * 3600
    assert cycle.next_command == "qq respawn"


@pytest.mark.parametrize(("walltime", "seconds"), [(100, 90), (4000, 3600), (10**6, 3600), (None, 3600)])
def test_a_script_that_nobody_describes_ends_before_the_walltime(walltime: int | None, seconds: int) -> None:
    job = a_job()
    job = replace(job, resources=replace(job.resources, walltime=walltime))
    (cycle,) = simulate(job).cycles
    assert (cycle.exit_code, cycle.state) == (0, "finished")
    assert round(cycle.seconds["running"]) == seconds


def test_every_step_has_the_state_of_the_record_after_it() -> None:
    steps = simulate(a_job(), Script(0, {"result": 1})).steps
    states = [step.state for step in steps]
    assert list(dict.fromkeys(states)) == ["queued", "running", "finished"]
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert any(step.said and step.words.startswith("running run.sh") for step in steps)
    assert {step.came for step in steps} == {""}


def test_a_step_that_did_not_work_says_why() -> None:
    told = simulate(a_job(), faults=qq.faults.fails("verify", times=2))
    assert [step.came for step in told.steps if step.came] == ["input/output error"] * 2
    assert told.cycles[0].exit_code == 0
    assert told.cycles[0].seconds["copying home"] > 600


def test_where_files_were_at_any_moment() -> None:
    told = simulate(a_loop(), md, TPR)
    assert told.at(0).where("md.tpr") == ("input_dir",)
    early, late = told.at(500), told.at(3000)
    assert (early.cycle, early.doing, early.state) == (1, "running", "running")
    assert early.where("job0001.xtc") == ()
    assert late.where("job0001.xtc") == ("work_dir",)
    assert late.files("work_dir")["job0001.xtc"] == XTC
    submitting = told.at(next(step.at for step in told.steps if step.words.startswith("submit ")))
    assert submitting.where("job0001.xtc") == ("archive",)
    assert told.at(1e9).files("archive") == told.files("archive")
    assert told.at(told.cycles[0].ended).doing == "" and told.at(told.cycles[0].ended).state in ("queued", "finished")
    assert "cycle 1 is running" in str(late) and "cycle 1 is running" in late._repr_html_()


def test_what_a_moment_shows_is_what_the_end_shows() -> None:
    told = simulate(a_loop(), md, TPR, [qq.faults.killed("copying home", 2)]).recover()
    for cycle in (*told.cycles, *told.recoveries):
        for moment in (cycle.began, (cycle.began + cycle.ended) / 2, cycle.ended):
            assert told.at(moment).where("md.tpr")[0] == "input_dir"
    assert told.at(told.recoveries[0].began + 1e-4).cycle == 2


def test_a_moment_after_an_edit_shows_it() -> None:
    edits = [qq.faults.edited("in.dat", 9), qq.faults.edited("new", 4)]
    told = simulate(a_job(), Script(0, {"a": 7, "b": 8}, runs_for=1000), {"in.dat": 3}, edits)
    assert told.at(100).files("input_dir")["in.dat"] == 3 and told.at(100).where("new") == ()
    assert (told.at(900).doing, told.at(900).files("input_dir")["in.dat"]) == ("running", 9)
    assert told.at(900).where("new") == ("input_dir",) and told.at(900).files("work_dir")["in.dat"] == 3


def test_long_chains_keep_the_details_of_the_first_jobs() -> None:
    told = simulate(a_job(JobType.CONTINUOUS, work_dir="input_dir"), Script(runs_for=1), cycles=501)
    assert len(told.cycles) == 501
    with pytest.raises(ValueError, match="only the first 500 jobs"):
        told.at(told.cycles[-1].began + 0.001)


# --- what may go wrong ------------------------------------------------------------------------------------------------


def test_a_kill_while_results_are_copied_is_mended_by_recover() -> None:
    told = simulate(a_loop(end=5), md, TPR, [qq.faults.killed("copying home", 2)])
    assert [cycle.exit_code for cycle in told.cycles] == [0, 143]
    assert (told.state, told.next_command) == ("killed", "qq recover")
    assert told.where("md.log") == ("input_dir", "work_dir")
    after = told.recover()
    assert [cycle.cycle for cycle in after.cycles] == [1, 2, 3, 4, 5]
    assert [cycle.cycle for cycle in after.recoveries] == [2]
    assert after.files("work_dir") == {} and after.lost == pvector()
    undisturbed = simulate(a_loop(end=5), md, TPR)
    assert after.files("archive") == undisturbed.files("archive")
    assert after.recover().cycles == after.cycles


@pytest.mark.parametrize("work_dir", ["input_dir", "scratch_local"])
@pytest.mark.parametrize("cycle", [1, 2])
def test_what_earlier_cycles_left_is_removed_by_recover(work_dir: str, cycle: int) -> None:
    job = a_loop(end=3)
    job = replace(job, resources=replace(job.resources, work_dir=work_dir))
    before = simulate(job, md, TPR, qq.faults.node_lost("clearing up", cycle))
    after = before.recover()
    assert [one.cycle for one in after.recoveries] == [cycle]
    assert not [name for name in (*after.files("input_dir"), *after.files("work_dir")) if "qqmark" in name]
    assert after.recover().recoveries == after.recoveries


def test_the_users_own_kill_says_so() -> None:
    told = simulate(a_job(), Script(0, {"result": 7}), faults=qq.faults.killed(by_user=True))
    assert told.cycles[0].exit_code == 143 and told.why == "killed by alice at 2026-01-01 00:30:01"


def test_a_node_that_is_lost_with_its_scratch_loses_what_stood_only_there() -> None:
    told = simulate(a_loop(), md, TPR, [qq.faults.node_lost("running", 2, for_good=True)])
    assert "job0002.xtc" in told.lost and "lost:" in str(told)
    again = told.recover()
    assert [cycle.attempt for cycle in again.cycles if cycle.cycle == 2] == [1, 2]
    assert again.lost == pvector()
    assert [cycle.exit_code for cycle in again.cycles] == [0, None, 0, 0]


def test_a_node_that_comes_back_loses_nothing() -> None:
    told = simulate(a_job(), Script(0, {"result": 3}), faults=qq.faults.node_lost("copying home"))
    assert told.where("result") == ("work_dir",) and told.lost == pvector()
    assert told.recover().where("result") == ("input_dir",)


def test_a_requeued_job_runs_again_by_itself() -> None:
    told = simulate(a_job(), Script(0, {"result": 3}), faults=qq.faults.node_lost(requeued=True))
    assert [(cycle.attempt, cycle.exit_code) for cycle in told.cycles] == [(1, None), (2, 0)]


def test_a_full_home_delays_and_a_full_scratch_shows() -> None:
    told = simulate(a_job(), Script(0, {"result": 3}), faults=qq.faults.disk_full("home"))
    assert "qq recover" in told.next_command
    assert told.recover().where("result") == ("input_dir",)
    full = simulate(a_job(), faults=qq.faults.disk_full("scratch", "staging"))
    assert full.cycles[0].exit_code == 91 and "no space" in full.why


@pytest.mark.parametrize("fault", [qq.faults.batch_silent(cycle=2), qq.faults.submission_refused(2)])
def test_a_chain_that_could_not_go_on_goes_on_after_recover(fault: Any) -> None:
    told = simulate(a_loop(), md, {}, [fault])
    assert (len(told.cycles), told.state) == (2, "finished")
    assert [cycle.cycle for cycle in told.recover().cycles] == [1, 2, 3]


def test_what_you_edit_meanwhile_is_kept_beside() -> None:
    script = Script(0, {"in.dat": 7})
    told = simulate(a_job(), script, {"in.dat": 3}, qq.faults.edited("in.dat", 4))
    assert told.files("input_dir")["in.dat"] == 7
    assert [size for name, size in told.files("input_dir").items() if name.startswith("in.dat.before-")] == [4]
    assert told.lost == pvector()


def test_several_things_go_wrong_in_one_life() -> None:
    told = simulate(a_loop(), md, {}, [qq.faults.killed("submitting"), qq.faults.fails("verify", 1)])
    assert told.cycles[0].seconds["archiving"] > 200 and told.cycles[0].exit_code == 143


def test_all_that_comes_in_the_middle_of_the_same_step_comes() -> None:
    edits = [qq.faults.edited("one", 4), qq.faults.edited("in.dat", 9)]
    told = simulate(a_job(), Script(0, {"in.dat": 7}), {"in.dat": 3}, edits)
    assert (told.files("input_dir")["one"], told.files("input_dir")["in.dat"]) == (4, 7)
    for end, state, code in (
        (qq.faults.killed(by_user=True), "killed", 143),
        (qq.faults.node_lost(), "in an inconsistent state", None),
        (qq.faults.disk_full("scratch"), "finished", 0),
    ):
        for order in ([*edits, end], [end, *edits]):
            told = simulate(a_job(), Script(0, {"in.dat": 7}), {"in.dat": 3}, order)
            assert (told.state, told.cycles[0].exit_code) == (state, code)
            assert (told.files("input_dir")["one"], told.files("input_dir")["in.dat"]) == (4, 9)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (qq.faults.killed("archiving"), "cycle 1 never comes to 'archiving'"),
        (qq.faults.killed(cycle=7), "cycle 7 is never played: the chain has the cycles 1 to 1"),
        (qq.faults.fails("levitate"), "no step of cycle 1 contains 'levitate'"),
    ],
)
def test_what_can_not_go_wrong_is_said(fault: Any, words: str) -> None:
    with pytest.raises(qq.InvalidJob, match=words):
        simulate(a_job(), faults=fault)


def test_a_copy_of_it_shows_the_same() -> None:
    told = simulate(a_loop(), [Script(0, {"a": 1}), Script(3)], {"in.dat": 1})
    for copied in (pickle.loads(pickle.dumps(told)), copy.deepcopy(told)):
        assert copied.text() == told.text() and copied.at(100) == told.at(100)
        assert copied.recover().text() == told.recover().text()


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("run.sh", "str is no script"),
        (b"run.sh", "bytes is no script"),
        ([], "an empty list"),
        ([Script(), 3], "script 2: int is no script"),
        (Script, "the class Script is no script; write qq.Script"),
        (Script(exit_code=256), "256 is no exit code"),
        (Script(exit_code=True), "True is no exit code"),
        (Script(runs_for=-1), "-1 is no time"),
        (Script(runs_for=float("nan")), "nan is no time"),
        (Script(runs_for=10**400), "1000.* is no time"),
        (Script(writes={"../x": 1}), "leads out of the job's directory"),
        (Script(writes={"/etc/x": 1}), "leads out of the job's directory"),
        (Script(writes={"a//b": 1}), "is no plain name"),
        (Script(writes={"é" * 128: 1}), "is too long for a name; 255 bytes are the most"),
        (Script(writes={"d/" + 256 * "a": 1}), "is too long for a name"),
        (Script(writes={"": 1}), "is no plain name"),
        (Script(writes={"a": -1}), "-1 is no size"),
        (Script(writes={"a": 1.5}), "1.5 is no size"),  # type: ignore[dict-item]
        (Script(writes={3: 1}), "3 is no name"),  # type: ignore[dict-item]
        (Script(writes={"a": 1, "a/b": 1}), "'a' can't be a file and hold 'a/b'"),
        (Script(writes=["a"]), "give a mapping"),  # type: ignore[arg-type]
        (Script(removes="in.dat"), "give a list of names"),
        (Script(removes={"a": 1}), "give a list of names"),  # type: ignore[arg-type]
        (Script(removes=iter(["a"])), "give a list of names"),  # type: ignore[arg-type]
        (Script(removes=("..",)), "leads out"),
    ],
)
def test_a_script_that_makes_no_sense(script: Any, words: str) -> None:
    with pytest.raises(qq.InvalidJob, match=words):
        simulate(a_job(), script)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(qq.InvalidJob) as error:
        simulate(a_job(), Script(exit_code=-1, writes={"/a": -1}), {"run.sh/x": 1, "../y": 0}, [3], 0)  # type: ignore[list-item]
    assert len(error.value.faults) == 7
    with pytest.raises(qq.InvalidJob, match="int is no job"):
        simulate(3)  # type: ignore[arg-type]
    with pytest.raises(qq.InvalidJob, match="give its record"):
        simulate(Job("run.qqinfo", a_job(), Absent()))  # type: ignore[arg-type]
    for given in (3, "killed"):
        with pytest.raises(qq.InvalidJob, match="give a list") as error:
            simulate(a_job(), faults=given)  # type: ignore[arg-type]
        assert len(error.value.faults) == 1


def test_the_longest_name_that_a_file_can_have() -> None:
    assert simulate(a_job(), Script(writes={255 * "a": 1})).where(255 * "a") == ("input_dir",)


def test_what_goes_wrong_may_come_from_a_generator() -> None:
    told = simulate(a_job(), faults=(qq.faults.killed(doing) for doing in ["running"]))
    assert told.state == "killed"


@pytest.mark.parametrize("seconds", ["x", None, float("nan"), float("inf"), 10**400])
def test_a_moment_that_there_is_not(seconds: Any) -> None:
    with pytest.raises(ValueError, match="is no time; give seconds"):
        simulate(a_job()).at(seconds)


def test_a_function_is_asked_when_its_cycle_comes() -> None:
    with pytest.raises(qq.InvalidJob, match="the script of cycle 2: NoneType is no script"):
        simulate(a_loop(), lambda cycle: Script() if cycle == 1 else None)  # type: ignore[arg-type,return-value]


def test_an_included_directory_may_lie_in_the_input_directory() -> None:
    job = replace(a_job(), included=pvector([f"{INPUT}/sub/in"]), excluded=pvector([f"{INPUT}/sub"]))
    told = simulate(job, Script(1), {"sub/in/a": 3, "sub/b": 4})
    assert {name: size for name, size in told.files("work_dir").items() if "in" in name} == {"in/a": 3}


def test_an_included_file_can_not_lie_in_a_file() -> None:
    job = replace(a_job(), included=pvector([f"{INPUT}/in.dat/x"]))
    with pytest.raises(qq.InvalidJob, match="can't be a file and hold"):
        simulate(job, files={"in.dat": 1})


@pytest.mark.parametrize("name", [[], None, 5, Script()])
def test_what_is_no_name_has_no_place(name: Any) -> None:
    told = simulate(a_job())
    for asked in (told, told.at(1)):
        with pytest.raises(ValueError, match="is no name of a file"):
            asked.where(name)
        with pytest.raises(ValueError, match="is no place; places are input_dir, archive, work_dir$"):
            asked.files(name)


def test_places_show_their_files() -> None:
    told = simulate(a_loop(), Script(writes={"out": 2048}))
    shown = repr(told.places).splitlines()
    assert [line.split()[0] for line in shown if not line.startswith(" ")] == ["input_dir", "archive"]
    assert "out 2.0 kB" in str(told.places) and str(told.at(1e9)).endswith(str(told.places))


def test_a_place_that_there_is_not() -> None:
    told = simulate(a_job())
    with pytest.raises(ValueError, match="'scratch' is no place; places are input_dir, archive, work_dir"):
        told.files("scratch")
    assert told.where("nothing") == ()


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_it_reads_the_same_as_data() -> None:
    told = simulate(a_loop(), md, TPR, [qq.faults.killed("running", 2)]).recover()
    data = told.data()
    assert json.loads(json.dumps(data)) == data
    assert set(data) >= {"cycles", "recoveries", "files", "lost", "state", "why", "next_command", "seconds"}


@pytest.mark.parametrize("width", [60, 80, 160])
def test_lines_are_no_wider_than_the_terminal(width: int) -> None:
    told = simulate(a_loop(), md, TPR, [qq.faults.node_lost("running", 2)]).recover()
    assert max(map(len, told.text(width).splitlines())) <= width
    assert max(map(len, told.timeline.text(width).splitlines())) <= width
    assert told.timeline.text(width, ascii_only=True).isascii()


def test_names_of_others_are_escaped() -> None:
    name = "<img src=x>\x1b[31m&\udcff"
    told = simulate(replace(a_job(), transfer_mode=modes("always")), Script(1, {name: 1}))
    drawn = told._repr_html_()
    assert "<img" not in drawn and "&lt;img src=x&gt;" in drawn and "\x1b" not in drawn
    assert "\x1b" not in str(told)
    drawn.encode("utf-8")


def test_long_chains_are_shown_in_part() -> None:
    told = simulate(a_loop(end=70), Script(runs_for=60))
    assert "… 25 more" in told.timeline.text()
    assert "… and 10 more" in told.timeline._repr_html_()
    assert "more" in str(told)


def test_a_name_that_is_wider_than_the_terminal_is_broken() -> None:
    told = simulate(replace(a_job(), transfer_mode=modes("always")), Script(1, {"長" * 60 + ".dat": 1}))
    assert len(str(told).splitlines()) > 5


def test_everything_prints_as_what_it_shows() -> None:
    told = simulate(a_job())
    assert repr(told) == str(told) and repr(told.timeline) == str(told.timeline) == told.timeline.text()
    assert repr(told.at(0)) == str(told.at(0))
    assert told._repr_html_().count("<svg") == 1 and told.timeline.svg() in told._repr_html_()
    assert told.timeline._repr_html_().startswith('<div class="qq">')


def test_a_record_that_you_overwrite_is_nobodys_job() -> None:
    told = simulate(a_loop(), faults=[qq.faults.edited("run+0002.qqinfo", during="clearing up")])
    assert [cycle.exit_code for cycle in told.cycles] == [0, 92]
    assert (told.state, told.why, told.next_command) == ("without a record", "", "")
    assert told.cycles[1].state == "without a record" and "exit 92" in str(told)
    assert told.at(told.cycles[1].ended).state == "finished"
    assert any(step.came.startswith("refused") for step in simulate(a_job(), faults=LATE).steps)


LATE = [qq.faults.edited("run.qqinfo", during="copying home")]


def test_a_job_without_any_record_says_so_at_any_moment() -> None:
    told = simulate(a_job(), faults=LATE)
    assert told.at(told.cycles[0].ended).state == "without a record"


def test_whoever_knows_where_scratch_is_says_so() -> None:
    job, name = a_job(), "/fast/ada/job_{job_id}/w"
    told = trace.simulate(job, Script(1, {"result": 4}), scratch=name).unwrap()
    assert told.cycles[0].work_dir == "/fast/ada/job_1.model/w" and told.where("result") == ("work_dir",)
    assert any("/fast/ada/job_1.model/w" in step for step in plan(job, scratch=name).steps)
    assert {row.work_dir for row in outcomes(job, name)} == {None, "/fast/ada/job_1.model/w"}
    assert {row.work_dir for row in outcomes(job)} != {row.work_dir for row in outcomes(job, name)}


def test_scratch_may_be_everywhere() -> None:
    site = Site(name="odd", engine="PBS", batch_system="PBS", scratch=pmap({"scratch_local": pvector(["/{job_id}/w"])}))
    told = simulate(replace(a_job(system="PBS"), site=site), Script(1, {"result": 4}))
    assert told.where("result") == ("work_dir",)
    assert told.cycles[0].work_dir == "/1.model/w"


# --- the walltime -----------------------------------------------------------------------------------------------------

TERABYTE = 10**12


def of_an_hour() -> JobInfo:
    job = a_job()
    return replace(job, resources=replace(job.resources, walltime=3600))


def test_the_walltime_ends_copying_home_too() -> None:
    told = simulate(of_an_hour(), Script(0, {"big": TERABYTE}, runs_for=3000))
    assert (told.state, told.cycles[0].exit_code, told.next_command) == ("killed", 143, "qq recover")
    assert told.why.startswith("the walltime was reached")
    assert told.cycles[0].ended - told.cycles[0].began == pytest.approx(3600, abs=1)
    assert told.where("big") == ("work_dir",)
    assert told.recover().where("big") == ("input_dir",)


def test_the_walltime_ends_staging_too() -> None:
    told = simulate(of_an_hour(), files={"big": TERABYTE})
    assert (told.state, told.next_command) == ("killed", "qq respawn")
    assert told.cycles[0].script_exit_code is None and told.cycles[0].seconds["staging"] == pytest.approx(3600, abs=1)


def test_what_comes_after_the_walltime_does_not_come() -> None:
    script = Script(0, {"big": TERABYTE}, runs_for=3000)
    with pytest.raises(qq.InvalidJob, match="cycle 1 never comes to 'clearing up'"):
        simulate(of_an_hour(), script, faults=qq.faults.killed("clearing up"))


# --- what counts as lost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("work_dir", ["scratch_local", "input_dir"])
def test_what_a_script_removes_with_its_directory_is_not_lost(work_dir: str) -> None:
    told = simulate(a_job(work_dir=work_dir), Script(0, {"tmp/a": 1, "tmp/sub/b": 1, "c": 1}, removes=["tmp"]))
    assert told.lost == pvector() and told.where("c") == ("input_dir",)


def test_what_the_user_overwrites_in_the_archive_is_not_lost() -> None:
    scripts = [Script(0, {"job0002.c": 1}), Script(0)]
    told = simulate(a_loop(), scripts, faults=qq.faults.edited("storage/job0002.c", 9, cycle=2))
    assert told.lost == pvector() and len(told.cycles) == 3


def test_a_site_that_empties_scratch_empties_it_after_every_job() -> None:
    job = replace(a_job(), site=LEAKY)
    assert simulate(job, Script(1, {"result": 1})).lost == pvector(["result"])
    killed = simulate(job, Script(0, {"result": 1}), faults=qq.faults.killed("copying home"))
    assert killed.lost == killed.recover().lost == pvector(["result"]) and killed.recover().state == "failed"
    assert simulate(job, Script(0, {"result": 1})).lost == pvector()


# --- as far as is asked -----------------------------------------------------------------------------------------------


def test_recover_plays_no_more_jobs_than_were_asked_for() -> None:
    told = simulate(a_loop(), cycles=1, faults=qq.faults.killed("submitting"))
    assert [cycle.cycle for cycle in told.recover().cycles] == [1] and told.recover().is_cut_short
    lost = simulate(a_loop(), cycles=1, faults=qq.faults.node_lost("running"))
    assert [(cycle.cycle, cycle.attempt) for cycle in lost.recover().cycles] == [(1, 1), (1, 2)]


def test_a_mark_that_was_left_is_removed_by_recover() -> None:
    told = simulate(a_job(work_dir="input_dir"), Script(0, {"r": 1}), faults=qq.faults.killed("clearing up"))
    assert any(name.startswith(".") for name in told.files("input_dir"))
    assert not any(name.startswith(".") for name in told.recover().files("input_dir"))


def test_a_fault_that_nothing_leaves_room_for_is_refused() -> None:
    faults = [qq.faults.node_lost("running", requeued=True), qq.faults.killed("running")]
    with pytest.raises(qq.InvalidJob, match="in cycle 1 something else comes before 'running'"):
        simulate(a_job(), faults=faults)


def test_what_is_only_said_never_fails() -> None:
    with pytest.raises(qq.InvalidJob, match="no step of cycle 1 contains 'running run.sh'"):
        simulate(a_job(), faults=qq.faults.fails("running run.sh"))


def test_a_job_that_is_queued_again_with_its_script_ended_says_that_it_is_not_run_again() -> None:
    job = replace(a_job(), transfer_mode=modes("always"))
    told = simulate(job, Script(3, {"r": 1}), faults=qq.faults.node_lost("copying home", requeued=True))
    assert told.cycles[0].why.endswith("its script, which ended with code 3, is not run again")
    assert told.cycles[1].script_exit_code == 3


def test_a_trace_that_its_own_script_knows_is_let_go() -> None:
    """As in a notebook, where a script asks what an earlier trace says."""

    def made() -> weakref.ref[Any]:
        known: list[trace.Trace] = []

        def script(_cycle: int) -> Script:
            return Script(runs_for=len(known))

        known.append(simulate(a_loop(), script))
        return weakref.ref(script)

    seen = made()
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize("made", ["job0001.c/z", "job0001.c/sub/z"])
def test_a_directory_of_another_cycle_that_the_script_adds_to_keeps_no_scratch(made: str) -> None:
    files = dict.fromkeys(["job0001.c/x", "job0001.c/sub/y"], 1)
    told = simulate(a_loop(end=2), lambda cycle: Script(0, {made: 2} if cycle == 2 else {}), files)
    assert (told.state, told.files("work_dir")) == ("finished", {})
    assert made in told.files("archive") and files.items() <= told.files("input_dir").items()


def test_what_is_written_into_a_file_that_is_there_does_not_change_its_directory() -> None:
    files = dict.fromkeys(["job0001.c/x", "job0001.c/y"], 7)
    told = simulate(a_loop(end=2), lambda cycle: Script(0, {"job0001.c/x": 1} if cycle == 2 else {}), files)
    assert (told.state, told.files("work_dir")) == ("finished", {})

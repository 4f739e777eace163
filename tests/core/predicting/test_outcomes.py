"""Every way a job can end, and what is different for another job."""

import json

import pytest
from pyrsistent import pvector

import qq
from qq.core.predicting.compare import NEVER
from qq.core.predicting.html import page
from qq.core.predicting.layout import wide
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.states import JobType
from qq.shell.predict import outcomes, plan
from tests.core.predicting.jobs import LEAKY, a_job, a_loop, modes

HERE = "input_dir"
OUTPUT = ("run.err", "run.out")


def endings(job: JobInfo) -> list[str]:
    return [row.ending for row in outcomes(job)]


# --- which rows there are ---------------------------------------------------------------------------------------------


def test_a_standard_job_on_scratch() -> None:
    assert endings(a_job()) == [
        "exit 0",
        "exit 1",
        "killed while staging",
        "killed while running",
        "killed while copying home",
        "killed while scratch is cleared",
        "scratch full while staging",
        "scratch full while running",
        "home full while copying home",
        "node lost while staging",
        "node lost while running",
        "node lost while copying home",
    ]


def test_a_loop_job_also_archives_and_goes_on() -> None:
    more = set(endings(a_loop())) - set(endings(a_job()))
    assert more == {
        "exit 95 (do not go on)",
        "killed while archiving",
        "killed while submitting the next job",
        "home full while archiving",
        "the next job is refused",
    }


def test_a_job_in_its_input_directory_copies_nothing() -> None:
    told = endings(a_job(work_dir=HERE))
    assert "home full while running" in told
    assert not [ending for ending in told if "scratch" in ending or "copying" in ending]


def test_the_last_cycle_submits_nothing() -> None:
    job = a_loop(end=1)
    assert "the next job is refused" not in endings(job)
    assert outcomes(job)["exit 0"].chain == "ends"


def test_codes_that_a_mode_names_have_rows_of_their_own() -> None:
    told = outcomes(a_loop(transfer_mode=modes("success", 42), archive=(7, 95, 1)))
    codes = [row.ending for row in told if "exit" in row.ending]
    assert codes == ["exit 0", "exit 1", "exit 95 (do not go on)", "exit 7", "exit 42", "any other exit code"]
    assert "results" in told[42].home and "results" not in told[7].home
    assert told[7].archived and not told[42].archived
    assert told[43] is told["any other exit code"] and told[1].archived


def test_a_way_that_there_is_not() -> None:
    with pytest.raises(KeyError, match="no way this job can end; ways are exit 0, exit 1"):
        outcomes(a_job())["struck by lightning"]
    assert "exit 0" in outcomes(a_job()) and "exit 3" not in outcomes(a_job())


@pytest.mark.parametrize("code", [-1, 256, True])
def test_what_is_no_exit_code(code: int) -> None:
    told = outcomes(a_job())
    with pytest.raises(ValueError, match=f"{code} is no exit code; they are 0 to 255"):
        told[code]


# --- what they say ----------------------------------------------------------------------------------------------------


def test_a_success_brings_everything_home() -> None:
    row = outcomes(a_loop())[0]
    assert row.home == pvector(["results", "run+0001.err", "run+0001.out"])
    assert row.archived == pvector(["job0001.*", "job0002.*"])
    assert (row.stays, row.work_dir, row.next_command, row.chain) == (pvector(), None, "", "cycle 2 follows")
    assert (row.state, row.exit_code, row.script_exit_code) == ("finished", 0, 0)


def test_a_failure_leaves_the_results_on_scratch_and_says_how_to_fetch_them() -> None:
    row = outcomes(a_job())[1]
    assert row.home == pvector(OUTPUT) and "results" in row.stays and row.work_dir is not None
    assert (row.state, row.exit_code, row.next_command) == ("failed", 1, "qq respawn")
    assert row.why.startswith("the script ended with exit code 1") and "qq sync fetches them" in row.why


def test_results_that_no_mode_brings_home_are_fetched() -> None:
    row = outcomes(replace(a_job(), transfer_mode=modes("never")))[0]
    assert (row.state, row.next_command) == ("finished", "qq sync") and "results" in row.stays


def test_being_killed_after_the_script_ended_is_mended_by_recover() -> None:
    told = outcomes(a_loop())
    for ending in ("killed while archiving", "killed while copying home", "node lost while copying home"):
        assert told[ending].next_command == "qq recover"
        assert told[ending].chain == "stops until qq recover"
        assert told[ending].script_exit_code == 0
    assert told["killed while running"].next_command == "qq respawn"
    submitting = told["killed while submitting the next job"]
    assert (submitting.state, submitting.exit_code, submitting.next_command) == ("finished", 143, "qq recover")
    assert told["killed while scratch is cleared"].next_command == "qq wipe"
    assert told["the next job is refused"].next_command == "qq recover"
    assert told["node lost while running"].exit_code is None


def test_a_killed_job_whose_script_wrote_something_can_be_fetched_from() -> None:
    told = outcomes(a_job())
    assert "qq sync fetches what it made" in told["killed while running"].why
    assert "qq sync" not in told["killed while staging"].why


def test_a_job_that_may_be_requeued_starts_anew() -> None:
    row = outcomes(replace(a_loop(), requeue=True))["node lost while running"]
    assert row.chain == "starts anew" and row.state == "queued"


def test_a_job_that_can_not_work_ends_the_same_way_whatever_its_script_would_do() -> None:
    job = a_loop()
    assert job.loop is not None
    told = outcomes(replace(job, loop=replace(job.loop, archive="run.sh")))
    assert {row.state for row in told if row.ending.startswith("exit")} == {"failed"}
    assert "run.sh is in the way: a directory has to go there" in told[0].why and "killed while running" not in told


def test_the_example_is_called_by_names_that_are_free() -> None:
    job = a_loop(excluded=pvector(["inputs"]))
    assert job.loop is not None
    row = outcomes(replace(job, loop=replace(job.loop, archive="results/storage")))[0]
    assert row.home[0] == "result files" and row.archived == pvector(["job0001.*", "job0002.*"])


def test_a_run_of_a_continuous_job_is_followed_by_the_next() -> None:
    assert outcomes(a_job(JobType.CONTINUOUS))[0].chain == "the next run follows"


def test_a_site_that_empties_scratch_loses_what_stays_there() -> None:
    told = outcomes(replace(a_job(), site=LEAKY))
    assert told[0].lost == pvector()
    assert told[1].lost == pvector(["results"]) and "is lost" in told[1].why
    assert set(told["node lost while running"].lost) == {"results", *OUTPUT}
    assert "LOST: results" in str(told) and "LOST: results" in told._repr_html_()
    assert outcomes(replace(a_job(work_dir=HERE), site=LEAKY))[1].lost == pvector()


def test_nothing_is_lost_where_scratch_stays() -> None:
    for job in (a_job(), a_loop(), a_job(JobType.CONTINUOUS), a_job(work_dir=HERE), a_job(system="PBS")):
        assert [row.ending for row in outcomes(job) if row.lost] == []


def test_a_job_that_has_run_is_told_of_as_new() -> None:
    ran = replace(a_job(), job_id="7.local", attempt=3, script_exit_code=1)
    assert outcomes(ran).data() == outcomes(a_job()).data()


# --- differences ------------------------------------------------------------------------------------------------------


def test_nothing_is_different_from_itself() -> None:
    told = outcomes(a_loop())
    same = told.diff(outcomes(replace(a_loop(), token="another")))
    assert not same and not same.options and len(same) == 0
    assert str(same) == "nothing is different" and "nothing is different" in same._repr_html_()


def test_what_changes_with_another_transfer_mode() -> None:
    told = outcomes(a_job()).diff(outcomes(replace(a_job(), transfer_mode=modes("always"))))
    assert [str(option.what) for option in told.options] == ["transfer_mode"]
    changed = {(one.ending, one.what): (one.before, one.after) for one in told}
    assert changed["exit 1", "at home"] == (".out, .err", "results, .out, .err")
    assert changed["exit 1", "on scratch"] == ("results", "–")
    assert ("exit 0", "at home") not in changed
    assert str(told).startswith("transfer_mode: success → always") and "success → always" in told._repr_html_()


def test_what_can_not_happen_to_the_other_is_said() -> None:
    told = outcomes(a_job()).diff(outcomes(a_job(work_dir=HERE)))
    changed = {one.ending: (one.before, one.after) for one in told if not one.what}
    assert changed["killed while copying home"] == ("happens", NEVER)
    assert changed["home full while running"] == (NEVER, "happens")


def test_a_code_that_only_one_of_them_names_is_compared_all_the_same() -> None:
    told = outcomes(a_job()).diff(outcomes(replace(a_job(), transfer_mode=modes("success", 42))))
    assert {one.ending for one in told} == {"exit 42"}
    back = outcomes(replace(a_job(), transfer_mode=modes("success", 42))).diff(outcomes(a_job()))
    assert {one.ending for one in back} == {"exit 42"}


def test_loop_options_are_named() -> None:
    told = outcomes(a_loop()).diff(outcomes(a_loop(archive=("always",))))
    assert [one.what for one in told.options] == ["loop_info.archive_mode"]


def test_a_table_is_compared_with_a_table_only() -> None:
    with pytest.raises(ValueError, match=r"JobInfo is no table of outcomes; make one with qq\.outcomes\(job\)"):
        outcomes(a_job()).diff(a_job())  # type: ignore[arg-type]


# --- plans ------------------------------------------------------------------------------------------------------------


def test_the_plan_of_a_success_brings_home_what_that_of_a_failure_leaves() -> None:
    well, badly = plan(a_job()), plan(a_job(), 1)
    assert any(words.startswith("remove the working directory") for words in well.steps)
    assert not any(words.startswith("remove the working directory") for words in badly.steps)
    assert (well.exit_code, badly.exit_code) == (0, 1)
    assert (badly.state, badly.next_command) == ("failed", "qq respawn")
    assert str(well).startswith("staging\n   1 ")


def test_a_short_walltime_does_not_end_the_script_of_a_plan() -> None:
    job = a_job()
    assert plan(replace(job, resources=replace(job.resources, walltime=60))).exit_code == 0


def test_the_plan_of_a_killed_job_tells_the_script_to_end() -> None:
    told = plan(a_job(), killed=True)
    assert "tell the script to end" in told.steps
    assert (told.exit_code, told.state) == (143, "killed")
    assert [part.doing for part in told.parts] == ["staging", "running", "ending"]
    assert "it is killed" in told._repr_html_()


def test_no_exit_code_is_beyond_255() -> None:
    with pytest.raises(qq.InvalidJob, match="256 is no exit code"):
        plan(a_job(), 256)


def test_a_killed_script_has_no_exit_code() -> None:
    with pytest.raises(qq.InvalidJob, match="a killed script has no exit code"):
        plan(a_job(), 3, killed=True)


# --- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 160])
def test_lines_are_no_wider_than_the_terminal(width: int) -> None:
    told = outcomes(a_loop(transfer_mode=modes("success", 42)))
    other = told.diff(outcomes(a_loop(transfer_mode=modes("always"))))
    for text in (told.text(width), other.text(width), plan(a_loop()).text(width)):
        assert max(map(len, text.splitlines())) <= width
    long = plan(a_loop(input_dir=f"/{'x' * 200}"))
    for line in (*told.lines(width), *long.lines(width)):  # blanks at the end count on a terminal
        assert sum(wide(piece.text) for piece in line) <= width


def test_values_print_as_tables() -> None:
    told = outcomes(a_job())
    assert repr(told) == str(told) and repr(plan(a_job())) == str(plan(a_job()))
    difference = told.diff(told)
    assert repr(difference) == str(difference)
    assert len(told) == len(list(told))


def test_they_read_the_same_as_data() -> None:
    told = outcomes(a_loop())
    assert plan(a_job(), killed=True).data()["next_command"] == "qq respawn"
    for data in (told.data(), plan(a_loop()).data(), told.diff(outcomes(a_job())).data()):
        assert json.loads(json.dumps(data)) == data


def test_names_of_others_are_escaped() -> None:
    name = "<b>run\x1b\udcff.sh"
    job = replace(a_job(), job_name=name, script_name=name)
    for drawn in (outcomes(job)._repr_html_(), plan(job)._repr_html_()):
        assert "<b>" not in drawn and "\x1b" not in drawn
        drawn.encode("utf-8")


def test_a_page_is_a_whole_document() -> None:
    drawn = page("<run>", outcomes(a_job())._repr_html_())
    assert drawn.startswith("<!DOCTYPE html>") and "<title>&lt;run&gt;</title>" in drawn


@pytest.mark.parametrize("width", [1, 0, -5])
def test_no_terminal_is_too_narrow(width: int) -> None:
    words = "".join(outcomes(a_loop()).text(width).split())
    assert "finished" in words and "cycle2follows" in words


def test_a_very_narrow_terminal_breaks_words() -> None:
    told = outcomes(a_loop()).text(20)
    assert max(map(len, told.splitlines())) <= 20


def test_drawings_bring_their_own_style_for_light_and_dark() -> None:
    drawn = outcomes(a_job())._repr_html_()
    assert "prefers-color-scheme:dark" in drawn and "http" not in drawn and "<script" not in drawn


def test_a_row_shows_itself() -> None:
    row = outcomes(a_job())["node lost while running"]
    assert repr(row) == f"<node lost while running: {row.state}: {row.why} → {row.next_command}>"
    drawn = row._repr_html_()
    assert "<h4>node lost while running</h4>" in drawn and row.next_command in drawn
    assert ">archived<" not in drawn  # nothing is said of it

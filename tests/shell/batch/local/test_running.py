"""A job runs where, as whom and with what the submission said, and its end is on record."""

import json
import os
import sys
from pathlib import Path

from pyrsistent import pmap

from qq.core.replacing import replace
from qq.core.states import BatchState
from qq.shell.batch.local.client import LocalQueue
from tests.shell.batch.local.helpers import MakeQueue, MakeRequest, Run, exists, over, written

SURROUNDINGS = """\
import json, os, sys
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
umask = os.umask(0)
print(json.dumps({
    "environ": dict(os.environ), "cwd": os.getcwd(), "umask": umask,
    "fds": {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in ("0", "1", "2")},
    "open": sorted(fd for fd in map(int, os.listdir("/proc/self/fd")) if os.path.exists(f"/proc/self/fd/{fd}")),
    "leader": os.getsid(0) == os.getpid(), "blocked": status["SigBlk"], "ignored": status["SigIgn"],
    "caught": status["SigCgt"], "python": sys.version,
}))
"""


def test_exit_codes_and_states(queue: LocalQueue, run: Run) -> None:
    well, badly, died = run("exit 0"), run("exit 42"), run("kill -9 $$")
    assert (over(queue, well).state, over(queue, well).exit_code) == (BatchState.FINISHED, 0)
    assert (over(queue, badly).state, over(queue, badly).exit_code) == (BatchState.FAILED, 42)
    assert (over(queue, died).state, over(queue, died).exit_code) == (BatchState.FAILED, 137)
    assert over(queue, badly).said == "exit code 42"


def test_what_is_seen_of_a_job(queue: LocalQueue, request_for: MakeRequest) -> None:
    job = queue.submit(request_for("true", token="abc", walltime=60, ncpus=2)).unwrap()
    assert job == "1.local"
    found = over(queue, job)
    assert (found.job_id, found.token, found.name, found.queue) == ("1.local", "abc", "job", "default")
    assert (found.ncpus, found.walltime, list(found.nodes)) == (2, 60, [os.uname().nodename])
    assert found.submitted is not None
    assert found.started is not None
    assert found.ended is not None
    assert found.submitted <= found.started <= found.ended


def test_the_surroundings_of_a_job(queue: LocalQueue, request_for: MakeRequest, tmp_path: Path) -> None:
    program = tmp_path / "surroundings.py"
    program.write_text(SURROUNDINGS)
    request = replace(
        request_for(f"#!{sys.executable} {program}\n", walltime=60),
        env=pmap({"QQ_TOKEN": "token", "QQ_ATTEMPT": "7"}),
        umask=0o027,
    )
    job = queue.submit(request).unwrap()
    assert over(queue, job).state is BatchState.FINISHED
    output = Path(request.output)
    found = json.loads(output.read_text())
    assert found["cwd"] == request.input_dir
    assert found["umask"] == 0o027
    assert output.stat().st_mode & 0o777 == 0o640
    assert found["fds"] == {"0": "/dev/null", "1": request.output, "2": request.output}
    assert found["open"] == [0, 1, 2]
    assert found["leader"] is True
    assert int(found["blocked"], 16) == 0
    environ = found["environ"]
    assert environ["QQ_LOCAL_JOB_ID"] == job
    assert environ["QQ_LOCAL_NODE"] == os.uname().nodename
    assert environ["QQ_LOCAL_QUEUE"] == queue.places.directory
    assert environ["QQ_LOCAL_DEADLINE"].isdigit()
    assert environ["QQ_TOKEN"] == "token"
    assert "QQ_ATTEMPT" not in environ
    assert environ["HOME"] == os.environ["HOME"]


def test_called_and_executed_look_the_same(make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path) -> None:
    """A supervisor with a ``qq run`` that tells its surroundings calls it for qq's own starter, executes any other."""
    queue = make_queue()
    program = tmp_path / "surroundings.py"
    program.write_text(SURROUNDINGS)
    serve = (
        "from qq.shell.batch.local import supervisor\n"
        "def run(argv):\n"
        f"    exec(open({str(program)!r}).read(), {{}})\n"
        "    return 5\n"
        "def load():\n"
        "    return run\n"
        f"supervisor.main([{queue.places.directory!r}, '1'], load)\n"
    )
    qq = Path(sys.executable).parent / "qq"
    called = replace(request_for(f"#!/bin/sh\nexec {qq} run\n", token="a"), output=str(tmp_path / "called"))
    executed = replace(request_for(f"#!{sys.executable} {program}\n", token="b"), output=str(tmp_path / "executed"))
    queue.configure(queue.capacity().unwrap())
    env = {name: value for name, value in os.environ.items() if not name.startswith("QQ_")}
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", serve], env), 0)
    one, other = queue.submit(called).unwrap(), queue.submit(executed).unwrap()
    assert over(queue, one).exit_code == 5
    assert over(queue, other).exit_code == 0
    first, second = json.loads((tmp_path / "called").read_text()), json.loads((tmp_path / "executed").read_text())
    for found in (first, second):
        assert found["fds"].pop("1").startswith(str(tmp_path))
        assert found["fds"].pop("2").startswith(str(tmp_path))
        assert found["environ"].pop("QQ_LOCAL_JOB_ID") in (one, other)
    assert first == second


def test_output_is_appended(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    (tmp_path / "input" / "out").write_text("before\n")
    over(queue, run("echo after"))
    assert (tmp_path / "input" / "out").read_text() == "before\nafter\n"


def test_an_input_directory_that_is_gone(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    first = run(f"echo > {tmp_path}/first; sleep 1000", ncpus=2)
    job = run(f"pwd > {tmp_path}/where; echo lost; exit 3")
    written(tmp_path / "first")
    (tmp_path / "input").rename(tmp_path / "elsewhere")
    queue.kill([first])
    assert over(queue, job).exit_code == 3
    assert (tmp_path / "where").read_text() == "/\n"


def test_a_starter_whose_program_is_not_there(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run("#!/no/such/program\n")
    assert over(queue, job).exit_code == 127
    assert "not found" in (tmp_path / "input" / "out").read_text()


def test_names_that_are_no_text_go_through(queue: LocalQueue, request_for: MakeRequest, tmp_path: Path) -> None:
    strange = os.fsdecode(os.fsencode(str(tmp_path)) + b"/a 'b\" $c\n\xff")
    Path(strange).mkdir()
    request = replace(request_for("pwd"), input_dir=strange, output=strange + "/o\nut", name="n\udcff")
    job = queue.submit(request).unwrap()
    found = over(queue, job)
    assert (found.input_dir, found.name, found.exit_code) == (strange, "n\udcff", 0)
    assert Path(request.output).read_bytes() == os.fsencode(strange) + b"\n"


def test_what_waits_for_room_starts_when_there_is(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()
    gate = f"while [ -d {tmp_path}/gate ]; do sleep 0.01; done"
    first, second = run(f"echo > {tmp_path}/first; {gate}", ncpus=1), run(gate, ncpus=1)
    third = run("true", ncpus=1)
    written(tmp_path / "first")
    states = [queue.look([job])[job] for job in (third,)]
    assert [getattr(state, "state", None) for state in states] == [BatchState.QUEUED]
    (tmp_path / "gate").rmdir()
    for job in (first, second, third):
        assert over(queue, job).state is BatchState.FINISHED


def test_leftovers_of_a_job_do_not_outlive_it(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    body = f"setsid sh -c 'trap \"\" TERM; echo $$ > {tmp_path}/left; while :; do sleep 1; done' &\n"
    job = run(body + f"while [ ! -s {tmp_path}/left ]; do sleep 0.01; done")
    assert over(queue, job).state is BatchState.FINISHED
    left = int((tmp_path / "left").read_text())
    assert not exists(left)


def test_nothing_of_a_job_stays_in_the_state_directory(queue: LocalQueue, run: Run) -> None:
    over(queue, run("true"))
    assert not [each for each in Path(queue.places.directory).iterdir() if each.name.startswith(("starter", "ended"))]

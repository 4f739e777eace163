"""qq as a program of one file, which, like those of shiv, puts what it unpacked in front of Python's path."""

import os
import site
import subprocess
import sys
import zipapp
from collections.abc import Iterator
from pathlib import Path

import pytest

import qq
from qq.core.replacing import replace
from qq.shell.batch.local.client import open_queue
from tests.whole.desk import Desk, make_desk, until

_MAIN = """\
import sys
sys.path[:0] = {path!r}
from qq.shell.cli.main import main
main()
"""


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Desk]:
    """A desk with no other qq; its Python has none of what qq needs."""
    source, program = tmp_path / "unpacked", tmp_path / "bin" / "qq"
    source.mkdir()
    program.parent.mkdir()
    path = [str(Path(qq.__path__[0]).parent), *site.getsitepackages()]
    (source / "__main__.py").write_text(_MAIN.format(path=path))
    zipapp.create_archive(source, program, interpreter=str(Path(sys.executable).resolve()))
    desk = make_desk(tmp_path)
    env = {**desk.env, "PATH": f"{program.parent}:{os.defpath}", "QQ_BATCH_SYSTEM": "local"}
    yield replace(desk, program=str(program), env=env)
    queue = open_queue(env)
    queue.kill([job.job_id for job in queue.jobs(user=None, ended=False).unwrap()], force=True)
    until("the end of all jobs", lambda: not queue.jobs(user=None, ended=False).unwrap())
    queue.close()


def test_the_python_of_a_program_of_one_file_does_not_know_qq(alone: Desk) -> None:
    python = Path(alone.program).read_bytes().partition(b"\n")[0].removeprefix(b"#!").decode()
    looked = subprocess.run([python, "-P", "-c", "import qq.core"], env=alone.env, capture_output=True, check=False)
    assert b"No module named 'qq'" in looked.stderr


def test_a_loop_job_runs_all_its_cycles_by_a_program_of_one_file(alone: Desk) -> None:
    job = alone.job("job", "echo $QQ_LOOP_CURRENT > done", "# qq job-type loop\n# qq loop-end 2")
    alone.qq("submit", job / "run.sh")
    alone.qq("wait", "-d", job)
    assert (job / "done").read_text() == "2\n"
    told = alone.info(job)
    assert (told["job_name"], told["state"]) == ("run+0002.sh", "finished")
    assert told["record"]["qq_path"] == alone.program

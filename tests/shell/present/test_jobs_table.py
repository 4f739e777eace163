"""The table of jobs at every width: no line is longer than the terminal, and what identifies a job is never cut."""

import io
import string
from datetime import datetime

import pytest
from pyrsistent import pvector
from rich.cells import cell_len
from rich.console import Console

from qq.core.evidence import Seen
from qq.core.records.values import Size
from qq.core.replacing import replace
from qq.core.states import BatchState
from qq.shell.present.jobs_table import jobs_table

TIME = datetime(2026, 1, 2, 3, 4, 5)
JOBS = [
    Seen(
        job_id=f"{number}.pbs-m1.metacentrum.cz",
        state=state,
        name=f"replica_{number}_of_a_long_name.sh",
        queue="default@pbs-m1.metacentrum.cz",
        user="ada",
        nnodes=2,
        ncpus=128,
        ngpus=4,
        mem=Size(256 << 20),
        walltime=172800,
        submitted=TIME,
        started=TIME,
        ended=TIME,
        nodes=pvector([f"node{number}.cluster.example", "node2.cluster.example"]),
        exit_code=0,
        comment="Not Running: Insufficient amount of resource: ncpus",
        percent_cpu=99,
        percent_mem=12,
    )
    for number, state in enumerate(BatchState, 1234560)
]


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("users", [False, True])
def test_no_line_is_too_long_and_no_job_loses_its_id_or_state(width: int, extra: bool, users: bool) -> None:
    out = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    out.print(jobs_table(JOBS, extra=extra, users=users, width=width))
    assert isinstance(out.file, io.StringIO)
    lines = out.file.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
    for job in JOBS:
        assert any(line.startswith(str(job.state)) and job.job_id in line for line in lines)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_what_has_no_room_is_folded_and_loses_no_letter(width: int) -> None:
    job = replace(JOBS[0], name="run.sh", input_dir=f"/data/{string.ascii_uppercase}", comment="")
    out = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    out.print(jobs_table([job], extra=True, users=True, width=width))
    assert isinstance(out.file, io.StringIO)
    assert set(string.ascii_uppercase) <= set(out.file.getvalue())

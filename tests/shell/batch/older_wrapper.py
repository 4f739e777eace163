"""Records as the wrapper before this one wrote them (SPEC 5): no token, no site, no settings."""

import getpass
from pathlib import Path

from qq.shell.here import host_name

RECORD = """# qq job info file
batch_system: {system}
qq_version: 0.5.1
username: {user}
job_id: '{job_id}'
job_name: run.sh
script_name: run.sh
queue: gpu
job_type: standard
input_machine: {host}
input_dir: {input_dir}
job_state: {state}
submission_time: '2025-03-04 05:06:07'
stdout_file: run.out
stderr_file: run.err
resources:
  nnodes: 1
  ncpus: 8
  mem:
    value: 8388608
  walltime: 24:00:00
  work_dir: {work_dir_type}
  work_size_per_cpu:
    value: 1048576
transfer_mode:
- success
"""
ENDED = """start_time: '2025-03-04 06:00:00'
main_node: {host}
all_nodes:
- {host}
work_dir: {work_dir}
completion_time: '2025-03-05 05:00:00'
job_exit_code: {code}
"""
RUNNING = """start_time: '2025-03-04 06:00:00'
main_node: {host}
all_nodes:
- {host}
work_dir: {work_dir}
"""


def record(
    rest: str, *, system: str, job_id: str, state: str, input_dir: Path, work_dir: Path, kind: str, code: int
) -> str:
    """The text of a record. ``rest``: ENDED, RUNNING or nothing; ``kind``: of its working directory."""
    values = {"user": getpass.getuser(), "host": host_name(), "system": system, "job_id": job_id, "state": state}
    return (RECORD + rest).format(**values, input_dir=input_dir, work_dir=work_dir, work_dir_type=kind, code=code)

"""A queue of a test's own, with real supervisors and real jobs, and nothing left of them afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.records.values import Dependency, Resources
from qq.core.request import Request
from qq.core.schedulers.local import Limits
from qq.shell.batch.local import database, store, waking
from qq.shell.batch.local.client import LocalQueue
from tests.shell.batch.local.helpers import LINGER, MakeQueue, MakeRequest, Run, until


def _clear(queue: LocalQueue) -> None:
    """Ends all that the test left: jobs first, then who would start more."""
    if not Path(queue.places.database).exists():
        return
    with database.opened(queue.places) as db:
        rows = store.active(db)
    queue.kill([str(row.job.number) for row in rows], force=True)
    until(lambda: not _active(queue), "the jobs to be over")
    until(lambda: waking.holder(queue.places) is None, "the supervisor to end")
    queue.close()


def _active(queue: LocalQueue) -> bool:
    queue.ensure_supervisor()
    with database.opened(queue.places) as db:
        return bool(store.active(db))


@pytest.fixture
def make_queue(tmp_path: Path) -> Iterator[MakeQueue]:
    """Makes queues, each in a state directory of this test's; gone at its end."""
    made: list[LocalQueue] = []

    def make(name: str = "state", *, ncpus: int = 2, kill_wait: float = 10.0) -> LocalQueue:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("QQ_")}
        queue = LocalQueue(
            str(tmp_path / name), environ=environ, kill_wait=kill_wait, linger=LINGER, limits=Limits(ncpus=ncpus)
        )
        made.append(queue)
        return queue

    yield make
    for queue in made:
        _clear(queue)


@pytest.fixture
def queue(make_queue: MakeQueue) -> LocalQueue:
    """One queue with two slots."""
    return make_queue()


@pytest.fixture
def request_for(tmp_path: Path) -> MakeRequest:
    """Makes requests whose input directory is ``tmp_path / "input"`` and whose output is ``out`` in it."""
    home = tmp_path / "input"
    home.mkdir()

    def make(
        body: str, *, token: str = "token", after: str = "", walltime: int | None = None, **resources: int
    ) -> Request:
        depend = pvector([_dependency(after)]) if after else pvector()
        return Request(
            name="job",
            starter=body if body.startswith("#!") else f"#!/bin/sh\n{body}\n",
            input_dir=str(home),
            info_file=str(home / "job.qqinfo"),
            token=token,
            queue="default",
            resources=Resources(walltime=walltime, **resources),  # type: ignore[arg-type]
            output=str(home / "out"),
            depend=depend,
        )

    return make


def _dependency(text: str) -> Dependency:
    kind, _, ids = text.partition("=")
    return Dependency(kind, pvector(ids.split(":")))


@pytest.fixture
def run(queue: LocalQueue, request_for: MakeRequest) -> Run:
    """Submits a job to the queue; its id."""

    def submit(body: str, **options: object) -> str:
        return queue.submit(request_for(body, **options)).unwrap()  # type: ignore[arg-type]

    return submit

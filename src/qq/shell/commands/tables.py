"""What the batch system knows: jobs, queues, nodes; all of it in one question each."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar

from qq.core.cluster import Node, Queue
from qq.core.engines import why_no_server
from qq.core.evidence import Seen, is_over, with_those_over
from qq.core.predicting.layout import Piece, Row
from qq.core.result import Failure, Result, Success, value_or_none
from qq.core.rows import Drawn, Rows
from qq.core.troubles import Reason, Trouble
from qq.shell.batch import Batch
from qq.shell.batch.choose import default_name, open_default, server_called

T = TypeVar("T")


def jobs_of(
    user: str | None, environ: Mapping[str, str], *, ended: bool, server: str | None
) -> Result[Rows[Seen], Trouble]:
    """The jobs of a user, or of everybody (None); ``ended``: also those that are over.

    Of a batch system that is silent what its accounting knows: then that stands in the troubles.
    """
    if server and (why := default_name(environ).map(why_no_server).value_or("")):
        return Failure(Trouble(Reason.BATCH_REFUSED, why))
    at = _server(server, environ)

    def ask(batch: Batch) -> Result[Rows[Seen], Trouble]:
        found = batch.jobs(user=user, ended=ended, server=at)
        if isinstance(found, Failure):
            return _remembered(batch, found.failure(), user, ended=ended)
        over = batch.accounts(user=user) if ended else Success(())
        troubles = [f"jobs that are over may be missing: {over.failure()}"] if isinstance(over, Failure) else []
        return Success(_jobs(with_those_over(found.unwrap(), value_or_none(over) or ()), user, troubles))

    return open_default(environ).bind(ask)


def queues_of(environ: Mapping[str, str], server: str | None) -> Result[tuple[Rows[Queue], Sequence[Node]], Trouble]:
    """All queues, and all nodes as far as these could be asked; why they could not stands in the troubles."""
    at = _server(server, environ)

    def ask(batch: Batch) -> Result[tuple[Rows[Queue], Sequence[Node]], Trouble]:
        nodes = batch.nodes(at)
        troubles = [f"what is free can't be told: {nodes.failure()}"] if isinstance(nodes, Failure) else []
        known: Sequence[Node] = nodes.value_or([])
        return batch.queues(at).map(
            lambda queues: (
                Rows(queues, title="queues", draw=partial(_drawn_queues, nodes=known), troubles=troubles),
                known,
            )
        )

    return open_default(environ).bind(ask)


def nodes_of(environ: Mapping[str, str], server: str | None) -> Result[Rows[Node], Trouble]:
    """All nodes."""
    at = _server(server, environ)
    asked = open_default(environ).bind(lambda batch: batch.nodes(at))
    return asked.map(lambda nodes: Rows(nodes, title="nodes", draw=_drawn_nodes))


def _remembered(batch: Batch, trouble: Trouble, user: str | None, *, ended: bool) -> Result[Rows[Seen], Trouble]:
    known = batch.accounts(user=user) if trouble.reason is Reason.BATCH_NOT_ANSWERING else Success(())
    shown = [seen for seen in value_or_none(known) or () if ended or not is_over(seen)]
    if not shown:
        return Failure(trouble)
    return Success(_jobs(shown, user, [f"{trouble}; shown is what its accounting knew last"]))


def _jobs(jobs: Sequence[Seen], user: str | None, troubles: Sequence[str]) -> Rows[Seen]:
    draw = partial(_drawn_jobs, users=user is None)
    return Rows(jobs, title="jobs", draw=draw, troubles=troubles)


def _server(server: str | None, environ: Mapping[str, str]) -> str | None:
    return server_called(server, environ) if server else None


def _drawn_jobs(jobs: Sequence[Seen], *, users: bool) -> Drawn:
    from qq.shell.present.jobs_table import job_columns

    columns = job_columns(jobs, users=users)
    rows = [Row([Piece(text(job)) for _, text in columns]) for job in jobs]
    return Drawn([head for head, _ in columns], rows)


def _drawn_queues(queues: Sequence[Queue], nodes: Sequence[Node]) -> Drawn:
    from qq.shell.present.cluster_tables import queue_columns

    rows, columns = queue_columns(queues, nodes)
    return Drawn([head for head, _ in columns], [Row([Piece(text(row)) for _, text in columns]) for row in rows])


def _drawn_nodes(nodes: Sequence[Node]) -> Drawn:
    from qq.shell.present.cluster_tables import node_columns

    columns = node_columns(nodes)
    return Drawn([head for head, _ in columns], [Row([Piece(text(node)) for _, text in columns]) for node in nodes])

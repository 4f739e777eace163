"""A progress bar on stderr, where that is a terminal; nothing elsewhere, not even rich is imported."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Count = Callable[[int], None]


@contextmanager
def progress(name: str) -> Iterator[tuple[Count, Count]]:
    """Shows how many of how many bytes are done; gives who is told that more are expected, and that more are done.

    Both may be called by several threads.
    """
    if not sys.stderr.isatty():
        yield (lambda _more: None), (lambda _more: None)
        return
    from threading import Lock

    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from qq.shell.present.terminal import console

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    expected, lock = [0], Lock()
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)

        def expect(more: int) -> None:
            with lock:
                expected[0] += more
                bar.update(task, total=expected[0])

        yield expect, lambda more: bar.advance(task, more)

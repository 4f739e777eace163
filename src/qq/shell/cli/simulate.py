"""`qq simulate`: plays a job's life, all its cycles, and shows when what happens and where every file ends up."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from qq.core.exitcodes import TROUBLE
from qq.core.predicting.endings import example_templates, named
from qq.core.predicting.mishaps import Mishap
from qq.core.predicting.spelling import KINDS, parse_codes, parse_file, parse_mishap
from qq.core.records.job import JobInfo
from qq.core.records.parse import parse_walltime
from qq.core.result import Failure, InvalidJob, collect
from qq.core.simulate.world import Script
from qq.shell.cli.options import complain
from qq.shell.cli.predicting import asking_command, job_of

SOME = 1024**2
"""Bytes that a script writes into each file, where nobody says."""


def _command(
    target: str | None,
    *,
    cycles: int | None,
    codes: str,
    faults: Sequence[str],
    writes: Sequence[str],
    removes: Sequence[str],
    runs_for: str | None,
    recover: bool,
    html: str | None,
    as_json: bool,
    **values: Any,
) -> int:
    """Play a job's life, all its cycles, in a model world: when what happens, and where every file ends up.

    SCRIPT need not be submitted, and is not run: --writes, --exit and --runs-for say what it would do. JOB is an id or
    a directory; without either, the job of the current directory. It is played with the files that stand in the
    directory now, and touches none of them.

    NAME may hold {this} and {next}: the archive format with the number of the cycle, or of the next one; and {cycle}.
    """
    times = [] if runs_for is None else [runs_for]
    parsed = collect(
        [
            parse_codes(codes, "--exit").map(lambda found: ("codes", found)),
            collect(parse_mishap(word, "--fault") for word in faults).map(lambda found: ("faults", found)),
            collect(parse_file(word, "--writes") for word in writes).map(lambda found: ("writes", found)),
            *(parse_walltime(word, "--runs-for").map(lambda found: ("seconds", found)) for word in times),
        ]
    )
    if isinstance(parsed, Failure):
        raise click.UsageError("; ".join(map(str, parsed.failure())))
    job = job_of(target, values)
    if job is None:
        return TROUBLE
    given: dict[str, Any] = dict(parsed.unwrap())
    files = dict(given["writes"]) if writes else dict.fromkeys(example_templates(job), SOME)
    script = _script(job, given["codes"], files, removes, given.get("seconds"))
    return _play(job, script, given["faults"], cycles, recover=recover, html=html, as_json=as_json)


def _script(
    job: JobInfo, codes: Sequence[int], writes: dict[str, int], removes: Sequence[str], seconds: float | None
) -> Callable[[int], Script]:
    first = job.loop.current if job.loop is not None else 1

    def script(cycle: int) -> Script:
        code = codes[min(max(cycle - first, 0), len(codes) - 1)]
        files = {named(name, job, cycle): size for name, size in writes.items()}
        return Script(code, files, tuple(named(name, job, cycle) for name in removes), runs_for=seconds)

    return script


def _play(
    job: JobInfo,
    script: Callable[[int], Script],
    faults: Sequence[Mishap],
    cycles: int | None,
    *,
    recover: bool,
    html: str | None,
    as_json: bool,
) -> int:
    from qq.shell.cli.looks import coloured
    from qq.shell.predict import simulate
    from qq.shell.predicted import MOST_FILES, files_of
    from qq.shell.present.data import json_text
    from qq.shell.present.pieces import columns, only_ascii

    files, all_of_them = files_of(job)
    if not all_of_them:
        complain(f"warning: {job.input_dir} holds many files; {MOST_FILES} of them are played with")
    try:
        trace = simulate(job, script, files, faults, cycles)
    except InvalidJob as error:
        complain(str(error))
        return TROUBLE
    trace = trace.recover() if recover else trace
    if html is not None:
        from qq.core.predicting.html import page

        try:
            Path(html).write_text(page(f"qq simulate {job.script_name}", trace._repr_html_()), encoding="utf-8")
        except OSError as error:
            complain(f"{html}: not written: {(error.strerror or str(error)).lower()}")
            return TROUBLE
        complain(f"drawn into {html}")
    print(json_text(trace.data()) if as_json else coloured(trace.lines(columns(), ascii_only=only_ascii())))
    return 0


command = asking_command(
    "simulate",
    _command,
    [
        click.Option(["--cycles"], type=click.IntRange(1), metavar="N", help="Stop after so many jobs."),
        click.Option(
            ["--exit", "codes"],
            default="0",
            metavar="CODE,...",
            help="What the script of each cycle ends with; the last code repeats.  [default: 0]",
        ),
        click.Option(
            ["--writes"],
            multiple=True,
            metavar="NAME=SIZE",
            help="A file that the script of every cycle writes, as in {this}.xtc=2gb.",
        ),
        click.Option(["--removes"], multiple=True, metavar="NAME", help="A file that the script removes."),
        click.Option(
            ["--runs-for"],
            metavar="TIME",
            help="How long the script of a cycle runs.  [default: 1h, or most of a shorter walltime]",
        ),
        click.Option(
            ["--fault", "faults"],
            multiple=True,
            metavar="KIND[:WHEN][:CYCLE]",
            help=f"What goes wrong, as in 'killed:copying home:2'. Kinds: {', '.join(KINDS)}.",
        ),
        click.Option(["--recover"], is_flag=True, help="Afterwards, what 'qq recover' would do is played, too."),
        click.Option(["--html"], metavar="FILE", type=click.Path(dir_okay=False), help="Draw it into a page."),
        click.Option(["--json", "as_json"], is_flag=True, help="The same as an object, for programs."),
    ],
    "Play a job's life, with all cycles, before it runs.",
)

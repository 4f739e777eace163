"""qq runs scientists' batch jobs so that nothing is lost and everything can be explained.

For notebooks and scripts: the commands as functions (``qq.submit("run.sh")``, ``qq.info(dirs="replica_*")``), jobs that
need not be submitted (``qq.job("run.sh")``), and the decisions that a job's life is made of, as ``qq run`` makes them.
They are loaded when they are first used: importing qq costs nothing.
"""

from qq import _version

TYPE_CHECKING = False  # checkers know this name; importing it would double what `qq --version` takes
if TYPE_CHECKING:
    from qq.core.evidence import Absent, NotAnswered, Seen
    from qq.core.predicting import faults
    from qq.core.predicting.outcomes import Outcomes
    from qq.core.predicting.plan import Plan
    from qq.core.predicting.trace import Trace
    from qq.core.records.job import JobInfo
    from qq.core.report import Report, Reports
    from qq.core.result import InvalidJob
    from qq.core.rows import Rows
    from qq.core.simulate.world import Script
    from qq.core.states import BatchState, RealState
    from qq.shell.api import Trouble, job, load
    from qq.shell.calls import (
        clear,
        info,
        jobs,
        kill,
        logs,
        nodes,
        queues,
        recover,
        respawn,
        stat,
        submit,
        sync,
        wait,
        wipe,
    )
    from qq.shell.deciding import (
        can_sync,
        excluded_paths,
        next_cycle,
        real_state,
        should_archive,
        should_resubmit,
        should_transfer,
    )
    from qq.shell.predict import outcomes, plan, simulate
    from qq.shell.select import Job
    from qq.shell.setting_up import config, doctor, site, template

__version__ = _version.VERSION

_HOMES = {
    "qq.shell.api": ("Trouble", "job", "load"),
    "qq.shell.deciding": (
        "can_sync",
        "excluded_paths",
        "next_cycle",
        "real_state",
        "should_archive",
        "should_resubmit",
        "should_transfer",
    ),
    "qq.shell.calls": (
        "clear",
        "info",
        "jobs",
        "kill",
        "logs",
        "nodes",
        "queues",
        "recover",
        "respawn",
        "stat",
        "submit",
        "sync",
        "wait",
        "wipe",
    ),
    "qq.shell.select": ("Job",),
    "qq.shell.setting_up": ("config", "doctor", "site", "template"),
    "qq.core.report": ("Report", "Reports"),
    "qq.core.result": ("InvalidJob",),
    "qq.core.rows": ("Rows",),
    "qq.shell.predict": ("outcomes", "plan", "simulate"),
    "qq.core.predicting.outcomes": ("Outcomes",),
    "qq.core.predicting.plan": ("Plan",),
    "qq.core.predicting.trace": ("Trace",),
    "qq.core.predicting": ("faults",),
    "qq.core.simulate.world": ("Script",),
    "qq.core.evidence": ("Absent", "NotAnswered", "Seen"),
    "qq.core.states": ("BatchState", "RealState"),
    "qq.core.records.job": ("JobInfo",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

_MODULES = frozenset({"faults"})
"""Names that are modules of their own: ``qq.faults.killed()``."""

__all__ = [
    "Absent",
    "BatchState",
    "InvalidJob",
    "Job",
    "JobInfo",
    "NotAnswered",
    "Outcomes",
    "Plan",
    "RealState",
    "Report",
    "Reports",
    "Rows",
    "Script",
    "Seen",
    "Trace",
    "Trouble",
    "__version__",
    "can_sync",
    "clear",
    "config",
    "doctor",
    "excluded_paths",
    "faults",
    "info",
    "job",
    "jobs",
    "kill",
    "load",
    "logs",
    "next_cycle",
    "nodes",
    "outcomes",
    "plan",
    "queues",
    "real_state",
    "recover",
    "respawn",
    "should_archive",
    "should_resubmit",
    "should_transfer",
    "simulate",
    "site",
    "stat",
    "submit",
    "sync",
    "template",
    "wait",
    "wipe",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'qq' has no attribute {name!r}")
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{_HOME_OF[name]}.{name}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__

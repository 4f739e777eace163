"""The other hosts of one command: how they are reached, and the connections that are open. Opens nothing itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from qq.core.records.site import Settings

if TYPE_CHECKING:
    from qq.core.records.job import JobInfo
    from qq.shell.perform.link import Link

SSH_VARIABLE = "QQ_SSH"
"""The words of the ssh command, if it is not ``ssh``: ``ssh -F other_config``."""


class Others(Struct):
    """``qq``: its path on other hosts, None: where this one is. ``sockets``: the directory of shared connections."""

    environ: Mapping[str, str]
    qq: str | None = None
    settings: Settings = Settings()
    links: "dict[str, Link]" = field(default_factory=dict)
    sockets: str | None = None


def others_for(job: "JobInfo", environ: Mapping[str, str]) -> Others:
    """Those of a command about this job, reached as its record says; to be closed."""
    return Others(environ, settings=job.settings or Settings())


def ssh_command(others: Others) -> tuple[str, ...]:
    """The words that call ssh."""
    import shlex

    return tuple(shlex.split(others.environ.get(SSH_VARIABLE, ""))) or ("ssh",)


def qq_command(others: Others) -> str:
    """The path of qq on other hosts."""
    from qq.shell.here import own_path

    return others.qq or own_path() or "qq"


def close(others: Others) -> None:
    """Ends what is open; the next effect for another host opens it again."""
    if others.links or others.sockets:
        from qq.shell.perform.connecting import close_all

        close_all(others)

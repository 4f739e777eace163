"""What concerns the installation and no job, as functions, for notebooks and scripts (see ``calls``)."""

import os
from typing import TYPE_CHECKING

from qq.core.predicting.layout import Piece, Row
from qq.core.result import Fault, InvalidJob, failed
from qq.core.rows import Drawn, Rows
from qq.shell.api import raise_faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qq.core.doctor import Finding
    from qq.core.effective import Effective
    from qq.core.recognised import Recognised

_ROLES = {"fine": "good", "warning": "warn", "fault": "bad"}


def template(name: str) -> str:
    """The text of a run script to start from: ``gromacs-loop``, ``python-loop``, … What is wrong is raised."""
    from qq.core.nearest import did_you_mean
    from qq.shell.templates import template_names, template_text

    names = template_names()
    if name not in names:
        hint = did_you_mean(str(name), names, f"there are {', '.join(names)}")
        raise InvalidJob([Fault("", f"no such template: {name}{hint}")])
    return template_text(name)


def site(name: str | None = None) -> "Recognised":
    """The site that a job would be submitted to from here, or the one with this name, and how it was recognised."""
    from qq.shell.recognise import recognise

    found = recognise(None if name is None else str(name), os.environ)
    raise_faults(failed(found))
    return found.unwrap()


def config() -> "Rows[Effective]":
    """Everything that can be set, with its value and who set it."""
    from qq.shell.configuration import what_is_set

    found = what_is_set(os.environ)
    raise_faults(failed(found))
    return Rows(found.unwrap(), title="settings", draw=_drawn_settings)


def doctor(node: str | None = None) -> "Rows[Finding]":
    """Whether jobs will run: what was found, and what to do. ``node``: ssh is tried to this host."""
    from qq._version import VERSION
    from qq.core.doctor import findings
    from qq.shell.doctor import observe

    return Rows(
        findings(observe(os.environ, None if node is None else str(node)), VERSION),
        title="findings",
        draw=_drawn_findings,
    )


def _drawn_settings(found: "Sequence[Effective]") -> Drawn:
    from qq.shell.present.config_lines import text, whence

    rows = [Row([Piece(one.key, "head"), Piece(text(one.value)), Piece(whence(one))]) for one in found]
    return Drawn(("key", "value", "set by"), rows)


def _drawn_findings(found: "Sequence[Finding]") -> Drawn:
    rows = [
        Row([Piece(str(one.level), _ROLES[str(one.level)]), Piece(one.check), Piece(one.words), Piece(one.next)])
        for one in found
    ]
    return Drawn(("", "what", "found", "do next"), rows)

"""Whether the system ends a user's processes at logout, from the text of its settings. Pure.

systemd: logind.conf(5), KillUserProcesses=, KillOnlyUsers=, KillExcludeUsers=; loginctl(1), enable-linger.
"""

from collections.abc import Iterable

_YES = ("1", "yes", "y", "true", "t", "on")


def kills_at_logout(texts: Iterable[str], user: str) -> bool:
    """Whether logind ends what this user left running.

    ``texts``: the main file first, then the drop-ins in their order; a later one wins. What the main file shows as
    a comment is how the program was built.
    """
    found = {"KillExcludeUsers": "root"}
    for place, text in enumerate(texts):
        found |= _settings(text, built_in=place == 0)
    only = found.get("KillOnlyUsers", "").split()
    wanted = found.get("KillUserProcesses", "no").lower() in _YES
    return wanted and user not in found["KillExcludeUsers"].split() and (not only or user in only)


def _settings(text: str, *, built_in: bool) -> dict[str, str]:
    lines = [line.strip() for line in text.splitlines()]
    shown = [line[1:] for line in lines if built_in and line.startswith("#KillUserProcesses")]
    pairs = (line.partition("=") for line in [*shown, *lines] if "=" in line and not line.startswith(("#", ";", "[")))
    return {name.strip(): value.strip() for name, _, value in pairs}


def warning(user: str) -> str:
    """What to tell the user whose jobs would not survive the logout."""
    return (
        f"this machine ends all processes of {user} at logout, jobs included: "
        f"`loginctl enable-linger {user}` lets them go on"
    )

"""How ssh is called, and what its failures mean. The user's own configuration of ssh says who is who and is trusted.

Only two things cross it: ``qq act`` and rsync. Every word that a remote shell sees is quoted.
"""

import re
import shlex
from collections.abc import Sequence

from qq.core.one_line import one_line
from qq.core.troubles import Reason, Trouble

ALIVE_COUNT = 3
NOT_FOUND = 127
"""What a shell says of a program that is not there."""


def ssh_words(
    ssh: Sequence[str], *, timeout: float, control: str | None, master: bool = False, ciphers: str | None = None
) -> tuple[str, ...]:
    """ssh and its options, without the host. ``timeout``: seconds after which a host, or a link, counts as dead.

    ``ciphers``: in the order in which they are offered; None: as the user's configuration says.
    ``control``: where connections of this command are shared; None: as the user's configuration says. The master ends
    with its own session: one that stays in the background would hold our stderr open.
    """
    each = max(1, round(timeout / (ALIVE_COUNT + 1)))
    options = [
        "BatchMode=yes",
        f"ConnectTimeout={max(1, round(timeout))}",
        f"ServerAliveInterval={each}",
        f"ServerAliveCountMax={ALIVE_COUNT}",
        "ForwardX11=no",
        "ForwardAgent=no",
        "ClearAllForwardings=yes",
        "PermitLocalCommand=no",
        "RequestTTY=no",
    ]
    if control is not None:
        escaped = control.replace("%", "%%")
        options += [f"ControlMaster={'yes' if master else 'no'}", f"ControlPath={escaped}", "ControlPersist=no"]
    if ciphers is not None:
        options.append(f"Ciphers={ciphers}")
    return (*ssh, *(word for option in options for word in ("-o", option)))


def remote_argv(words: Sequence[str], host: str, command: Sequence[str]) -> list[str]:
    """The argv that runs a command on a host; whatever its words hold, the shell there sees them as they are."""
    return [*words, "--", host, shlex.join(command)]


def control_path_of(settings: str) -> str | None:
    """The user's own way of sharing connections, from the output of ``ssh -G HOST``; None: there is none."""
    path = _setting(settings, "controlpath")
    return None if path is None or path.lower() == "none" else path


_CHACHA = "chacha20-poly1305@openssh.com"
_GCM = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
_USUAL = frozenset((_CHACHA, *_GCM, "aes128-ctr", "aes192-ctr", "aes256-ctr"))


def faster_ciphers(settings: str) -> str | None:
    """The ciphers that ssh would offer by itself (``settings``: the output of ``ssh -G HOST``), with those first that
    processors with instructions for AES work through fastest; None: somebody has chosen others, and that counts.
    """
    offered = (_setting(settings, "ciphers") or "").split(",")
    if offered[0] != _CHACHA or frozenset(offered) != _USUAL:
        return None
    return ",".join((*_GCM, *(cipher for cipher in offered if cipher not in _GCM)))


def _setting(settings: str, wanted: str) -> str | None:
    for line in settings.splitlines():
        key, _, value = line.partition(" ")
        if key.lower() == wanted:
            return value
    return None


_SAID: tuple[tuple[str, str, bool], ...] = (
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "its host key is not the one that is known; ask who runs it", False),
    ("Host key verification failed", "its host key is not known; connect once by hand: ssh {host}", False),
    ("host key is known for", "its host key is not known; connect once by hand: ssh {host}", False),
    (
        r"Permission denied \([a-z]",
        "it lets nobody in without a password or a key; try: ssh -o BatchMode=yes {host}",
        True,
    ),
    ("Could not resolve hostname", "nobody knows a host of this name", True),
    ("[Cc]onnection timed out|[Oo]peration timed out", "it does not answer", True),
    ("not responding", "it does not answer any more", True),
    ("Connection refused", "it refuses connections", True),
    ("No route to host", "there is no way to it", True),
)
"""What ssh says (regular expressions) → what it means, and whether trying again later may help (tickets come back);
the first that fits."""


def why_unreachable(host: str, said: str) -> Trouble | None:
    """What ssh itself said about a host; None: nothing that is known."""
    for words, meaning, transient in _SAID:
        if re.search(words, said):
            text = f"{host} can't be reached by ssh: {meaning.format(host=host)}"
            return Trouble(Reason.HOST_UNREACHABLE, text, transient)
    return None


def unreachable(host: str, said: str, code: int | None) -> Trouble:
    """Why ``qq act`` on a host is not there, or not any more. ``code``: of ssh, None: it had to be ended."""
    known = why_unreachable(host, said)
    if known is not None:
        return known
    if code in (NOT_FOUND, NOT_FOUND - 1):
        return Trouble(Reason.TOOL_MISSING, f"qq can't be started on {host}: {last_line(said)}")
    words = last_line(said) or ("ssh had to be ended" if code is None else f"ssh ended with {code}")
    return Trouble(Reason.HOST_UNREACHABLE, f"the connection to {host} is lost: {words}", transient=True)


def last_line(said: str) -> str:
    """The last line that says anything, for people."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return one_line(lines[-1][:300]) if lines else ""

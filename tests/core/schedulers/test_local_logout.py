"""Whether logind ends a user's processes is read from its settings, as logind.conf(5) says."""

import pytest

from qq.core.schedulers.local_logout import kills_at_logout, warning

DEBIAN = "[Login]\n#NAutoVTs=6\n#KillUserProcesses=no\n#KillExcludeUsers=root\n"
UPSTREAM = "[Login]\n#KillUserProcesses=yes\n"
ON = "[Login]\nKillUserProcesses=yes\n"


@pytest.mark.parametrize(
    ("texts", "user", "kills"),
    [
        ([], "ann", False),
        ([DEBIAN], "ann", False),
        ([UPSTREAM], "ann", True),
        ([ON], "ann", True),
        ([ON], "root", False),
        (["[Login]\nKillUserProcesses = On\n"], "ann", True),
        ([DEBIAN, ON], "ann", True),
        ([ON, "[Login]\nKillUserProcesses=no\n"], "ann", False),
        ([ON, "[Login]\n#KillUserProcesses=no\n"], "ann", True),
        ([ON + "KillExcludeUsers=root ann\n"], "ann", False),
        ([ON + "KillExcludeUsers=\n"], "root", True),
        ([ON + "KillOnlyUsers=bob\n"], "ann", False),
        ([ON + "KillOnlyUsers=bob ann\n"], "ann", True),
        (["[Login]\n; KillUserProcesses=yes\nnonsense\n"], "ann", False),
    ],
)
def test_who_is_killed_at_logout(texts: list[str], user: str, kills: bool) -> None:
    assert kills_at_logout(texts, user) is kills


def test_the_warning_names_the_remedy() -> None:
    assert "loginctl enable-linger ann" in warning("ann")

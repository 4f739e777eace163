"""ssh is called without a question to anybody, and its failures become one line each."""

import shlex

import pytest

from qq.core.ssh import control_path_of, faster_ciphers, last_line, remote_argv, ssh_words, unreachable
from qq.core.troubles import Reason


def options_of(words: tuple[str, ...]) -> dict[str, str]:
    pairs = zip(words[1::2], words[2::2], strict=True)
    return {key: value for flag, option in pairs if flag == "-o" for key, _, value in [option.partition("=")]}


def test_nobody_is_asked_and_a_dead_link_is_noticed() -> None:
    options = options_of(ssh_words(["ssh"], timeout=60, control=None))
    assert options["BatchMode"] == "yes"
    assert options["ConnectTimeout"] == "60"
    assert int(options["ServerAliveInterval"]) * (int(options["ServerAliveCountMax"]) + 1) == 60


def test_what_the_user_configured_about_keys_and_sharing_is_left_alone() -> None:
    options = options_of(ssh_words(["ssh"], timeout=0.1, control=None))
    assert not any("HostKey" in name or "KnownHosts" in name or name.startswith("Control") for name in options)
    assert options["ConnectTimeout"] == options["ServerAliveInterval"] == "1"


@pytest.mark.parametrize(("master", "word"), [(True, "yes"), (False, "no")])
def test_connections_of_one_command_are_shared_and_none_stays(master: bool, word: str) -> None:
    words = ssh_words(["ssh", "-F", "c"], timeout=60, control="/tmp/50%/0", master=master)
    assert words[:3] == ("ssh", "-F", "c")
    options = options_of(words[2:])
    assert (options["ControlMaster"], options["ControlPersist"]) == (word, "no")
    assert options["ControlPath"] == "/tmp/50%%/0"


def test_the_shell_there_sees_every_word_as_it_is() -> None:
    command = ["/opt/my qq/$(id)/qq", "act", "22"]
    *before, host, text = remote_argv(["ssh"], "node1", command)
    assert (before, host) == (["ssh", "--"], "node1")
    assert shlex.split(text) == command


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("user x\ncontrolpath /home/x/.ssh/%C\n", "/home/x/.ssh/%C"),
        ("controlmaster auto\ncontrolpath none\n", None),
        ("", None),
    ],
)
def test_the_users_own_way_of_sharing_is_seen(settings: str, path: str | None) -> None:
    assert control_path_of(settings) == path


CHACHA, GCM, CTR = (
    "chacha20-poly1305@openssh.com",
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com",
    "aes128-ctr,aes192-ctr,aes256-ctr",
)


@pytest.mark.parametrize("offered", [f"{CHACHA},{CTR},{GCM}", f"{CHACHA},{GCM},{CTR}"])
def test_what_ssh_offers_by_itself_is_offered_in_a_faster_order(offered: str) -> None:
    assert faster_ciphers(f"user x\nciphers {offered}\n") == f"{GCM},{CHACHA},{CTR}"


@pytest.mark.parametrize("chosen", [CHACHA, GCM, f"{CTR},{GCM},{CHACHA}", f"{CHACHA},{CTR}", f"{CHACHA},{CTR},{GCM},x"])
def test_ciphers_that_somebody_chose_stay_as_they_are(chosen: str) -> None:
    assert faster_ciphers(f"ciphers {chosen}\n") is None
    assert faster_ciphers("user x\n") is None


def test_ciphers_are_said_only_if_there_are_any() -> None:
    assert "Ciphers" not in options_of(ssh_words(["ssh"], timeout=60, control=None))
    assert options_of(ssh_words(["ssh"], timeout=60, control=None, ciphers="a,b"))["Ciphers"] == "a,b"


@pytest.mark.parametrize(
    ("said", "code", "reason", "words", "transient"),
    [
        ("Host key verification failed.\n", 255, Reason.HOST_UNREACHABLE, "connect once by hand: ssh n1", False),
        ("No ED25519 host key is known for n1\n", 255, Reason.HOST_UNREACHABLE, "connect once by hand: ssh n1", False),
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.", 255,
         Reason.HOST_UNREACHABLE, "ask who runs it", False),
        ("u@n1: Permission denied (publickey).\n", 255, Reason.HOST_UNREACHABLE, "without a password or a key", True),
        ("ssh: connect to host n1 port 22: Connection refused", 255, Reason.HOST_UNREACHABLE, "refuses", True),
        ("ssh: Could not resolve hostname n1", 255, Reason.HOST_UNREACHABLE, "nobody knows a host", True),
        ("bash: line 1: /x/qq: No such file", 127, Reason.TOOL_MISSING, "qq can't be started on n1", False),
        ("bash: line 1: /x/qq: Permission denied", 126, Reason.TOOL_MISSING, "qq can't be started on n1", False),
        ("Motd\nsomething\x1b new\n\n", 255, Reason.HOST_UNREACHABLE, "lost: something\\x1b new", True),
        ("", 1, Reason.HOST_UNREACHABLE, "ssh ended with 1", True),
        ("", None, Reason.HOST_UNREACHABLE, "ssh had to be ended", True),
    ],
)  # fmt: skip
def test_failures_are_one_line(said: str, code: int | None, reason: Reason, words: str, transient: bool) -> None:
    trouble = unreachable("n1", said, code)
    assert (trouble.reason, trouble.transient) == (reason, transient)
    assert words in trouble.words
    assert "n1" in trouble.words and "\n" not in trouble.words


def test_nothing_said_is_nothing() -> None:
    assert last_line(" \n\n") == ""

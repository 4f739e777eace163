"""`qq config`: what holds, where from; `qq config check`: every fault with its line."""

import json
from pathlib import Path

import pytest

from tests.conftest import QQHome
from tests.shell.cli.conftest import Qq


def written(qq_home: QQHome, text: str, name: str = "config.toml") -> Path:
    path = qq_home.config / "qq" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_each_value_and_where_it_comes_from(qq: Qq, qq_home: QQHome) -> None:
    path = written(qq_home, "# mine\n[runner]\nretry_wait = 7\n[sites.local]\nkill_wait = 3\n")
    done = qq("config")
    assert (done.code, done.err) == (0, "")
    lines = {" ".join(line.split()) for line in done.out.splitlines()}
    assert f"runner.retry_wait 7 # {path}:3" in lines
    assert f"site.kill_wait 3 # {path}:5" in lines
    assert "runner.retry_tries 3 # default" in lines
    assert "submit.queue default # site local" in lines
    assert "local.ncpus 2 # environment QQ_LOCAL_NCPUS" in lines
    found = {one["key"]: one for one in json.loads(qq("config", "--json").out)}
    assert found["runner.retry_wait"] == {
        "key": "runner.retry_wait",
        "value": 7,
        "source": "file",
        "where": f"{path}:3",
    }
    assert found["submit.account"] == {"key": "submit.account", "value": None, "source": "default", "where": None}


def test_a_site_file_of_the_user_s(qq: Qq, qq_home: QQHome) -> None:
    path = written(qq_home, 'name = "local"\nkill_wait = 4\n[scratch]\nfast = ["/fast"]\n', "sites/own.toml")
    (qq_home.config / "qq").mkdir(exist_ok=True)
    found = {one["key"]: one for one in json.loads(qq("config", "--json").out)}
    assert (found["site.kill_wait"]["value"], found["site.kill_wait"]["where"]) == (4, f"{path}:2")
    assert qq("config", "check", str(path)).code == 0


def test_every_fault_of_a_file_with_its_line(qq: Qq, qq_home: QQHome) -> None:
    path = written(qq_home, "[runner]\nretry_trys = 1\nretry_wait = 'x'\n")
    for words in ((), (str(path),)):
        done = qq("config", "check", *words)
        assert (done.code, done.out) == (91, "")
        assert done.err.splitlines() == [
            f"qq: {path}:2: runner.retry_trys: unknown key; did you mean 'retry_tries'?",
            f"qq: {path}:3: runner.retry_wait: 'x' is not a time in seconds, 0 or more",
        ]
    told = json.loads(qq("config", "check", "--json").out)
    assert [(one["file"], one["line"]) for one in told] == [(str(path), 2), (str(path), 3)]
    assert qq("config").code == 91


def test_good_files_no_file_and_files_that_can_not_be_read(qq: Qq, qq_home: QQHome) -> None:
    assert "none is needed" in qq("config", "check").out
    assert json.loads(qq("config", "check", "--json").out) == []
    path = written(qq_home, "[runner]\nretry_tries = 2\n")
    done = qq("config", "check")
    assert (done.code, done.out) == (0, f"{path}: nothing is wrong\n")
    missing = qq("config", "check", "/nope.toml")
    assert (missing.code, missing.error) == (
        91,
        "qq: /nope.toml: the configuration can't be read: No such file or directory",
    )
    path.write_bytes(b"a = '\xff'")
    assert "not UTF-8" in qq("config", "check").error
    assert qq("config", "check", QQ_CONFIG="/nope.toml").code == 91


def test_unknown_keys_of_a_site_are_told_where_sites_matter(qq: Qq, qq_home: QQHome) -> None:
    path = written(qq_home, 'name = "local"\nkill_wayt = 4\n[resources]\nwalltim = "1h"\n', "sites/own.toml")
    (qq.cwd / "run.sh").write_text("#!/usr/bin/env -S qq run\n")
    warnings = [
        f"qq: warning: {path}: unknown key 'kill_wayt' is ignored; did you mean 'kill_wait'?",
        f"qq: warning: {path}: unknown key 'resources.walltim' is ignored; did you mean 'walltime'?",
    ]
    for words in (("site",), ("site", "--json"), ("submit", "--dry-run", "run.sh")):
        done = qq(*words, QQ_BATCH_SYSTEM="local")
        assert (done.code, done.err.splitlines()) == (0, warnings)
    assert qq("jobs", QQ_BATCH_SYSTEM="local").err == ""


def test_all_files_of_the_user_are_checked_where_none_is_named(qq: Qq, qq_home: QQHome) -> None:
    good = written(qq_home, "[runner]\nretry_tries = 2\n")
    bad = written(qq_home, 'name = "local"\nkill_wayt = 4\n', "sites/own.toml")
    done = qq("config", "check")
    assert (done.code, done.out) == (91, f"{good}: nothing is wrong\n")
    assert done.error == f"qq: {bad}:2: kill_wayt: unknown key; did you mean 'kill_wait'?"
    (told,) = json.loads(qq("config", "check", "--json").out)
    assert (told["file"], told["line"]) == (str(bad), 2)


@pytest.mark.parametrize("words", [("jobs",), ("stat",), ("queues",), ("nodes",), ("info", "17"), ("kill", "-a")])
def test_from_a_broken_configuration_nobody_can_tell_whom_to_ask(
    qq: Qq, qq_home: QQHome, words: tuple[str, ...]
) -> None:
    path = written(qq_home, "name = \n", "sites/own.toml")
    done = qq(*words)
    assert (done.code, done.out) == (91, "")
    assert done.error.startswith(f"qq: {path}: the configuration is not valid TOML: ")
    assert "no jobs" not in qq("jobs", QQ_BATCH_SYSTEM="Slrum").out
    assert qq("jobs", QQ_BATCH_SYSTEM="Slrum").error.endswith("; did you mean 'Slurm'?")


def test_what_it_can_not_do(qq: Qq) -> None:
    assert "did you mean 'check'?" in qq("config", "chek").error
    assert "it is 'qq config'" in qq("config", "check", "a", "b").error
    assert qq("config", "chek").code == 2

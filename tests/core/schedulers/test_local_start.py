"""What the queue adds to a job's environment; qq's own starter is recognised."""

import pytest

from qq.core.schedulers.local_start import command_of, is_own, job_environment


def test_what_the_queue_adds() -> None:
    found = job_environment({"A": "1", "OLDPWD": "/x"}, job_id="17.local", node="n", state_dir="/s", deadline=12.9)
    own = {"QQ_LOCAL_JOB_ID": "17.local", "QQ_LOCAL_NODE": "n", "QQ_LOCAL_QUEUE": "/s", "QQ_LOCAL_DEADLINE": "12"}
    assert found == {"A": "1", **own}


def test_no_walltime_no_deadline() -> None:
    found = job_environment({}, job_id="17.local", node="n", state_dir="/s", deadline=None)
    assert "QQ_LOCAL_DEADLINE" not in found


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("#!/opt/qq run\n", ("/opt/qq",)),
        ("#!/usr/bin/env -S /opt/qq run\n# a comment\n\n", ("/opt/qq",)),
        ("#!/bin/sh\nexec /opt/qq run\n", ("/opt/qq",)),
        ("#!/bin/sh\nexec '/o p t/qq' run \"$0\"\n", ("/o p t/qq",)),
        ("#!/usr/bin/env bash\n/opt/python -m qq run\n", ("/opt/python", "-m", "qq")),
        ("#!/bin/sh\nexec '/a b/qq' run\n", ("/a b/qq",)),
        ("", ()),
        ("exec /opt/qq run\n", ()),
        ("#!/usr/bin/python3\nexec /opt/qq run\n", ()),
        ("#!/bin/sh\nmodule load x\nexec /opt/qq run\n", ()),
        ("#!/bin/sh\nexec /opt/qq run 'unclosed\n", ()),
        ("#!/bin/sh\nexec /opt/qq info\n", ()),
        ("#!/bin/sh\ntrue\n", ()),
    ],
)
def test_what_a_starter_calls(text: str, command: tuple[str, ...]) -> None:
    assert command_of(text) == command


def test_only_this_very_qq_is_own() -> None:
    assert is_own("#!/opt/qq run\n", {("/opt/qq",)})
    assert not is_own("#!/opt/qq run\n", {("/usr/bin/qq",)})
    assert not is_own("#!/bin/sh\ntrue\n", {("/opt/qq",)})

"""What holds and who says so: environment, file with its line, site, default; the same who-wins as a submission's."""

import tomllib

import pytest

from qq.core.effective import Described, Effective, Source, effective
from qq.core.options import OPTIONS
from qq.core.setting_keys import KEYS
from qq.core.sites import SITE_KEYS
from qq.core.toml_lines import key_lines

SITE = Described(
    "mine",
    tomllib.loads(
        'name = "mine"\ndefault_queue = "cpu"\n[resources]\nncpus-per-node = 8\nmem-per-cpu = "1gb"\nwalltime = "1d"\n'
    ),
    source=Source.SITE,
)
NOTHING = Described("", {})


def holds(text: str = "", site: tuple[Described, ...] = (SITE,), **environ: str) -> dict[str, Effective]:
    user = Described("c.toml", tomllib.loads(text), key_lines(text))
    return {one.key: one for one in effective(user, site, environ)}


def test_without_a_file_everything_is_the_site_s_or_the_default() -> None:
    found = holds()
    assert {one.source for one in found.values()} == {Source.DEFAULT, Source.SITE}
    assert found["runner.retry_tries"] == Effective("runner.retry_tries", "3", Source.DEFAULT)
    assert found["submit.queue"] == Effective("submit.queue", "cpu", Source.SITE, "mine")
    assert found["submit.mem-per-cpu"] == Effective("submit.mem-per-cpu", "1gb", Source.SITE, "mine")
    assert found["submit.mem"].value is None
    assert found["submit.ncpus"].value is None
    assert found["submit.transfer-mode"].value == "success"
    assert found["site.kill_wait"] == Effective("site.kill_wait", None, Source.DEFAULT)


def test_every_option_and_field_is_there_once() -> None:
    found = effective(NOTHING, [SITE], {})
    keys = [one.key for one in found]
    assert len(keys) == len(set(keys))
    assert {f"submit.{option.name}" for option in OPTIONS} <= set(keys)
    assert {f"site.{key}" for key in SITE_KEYS - {"resources"}} <= set(keys)
    assert {key for key in keys if not key.startswith(("submit.", "site."))} < {key.name for key in KEYS}


@pytest.mark.parametrize(
    ("text", "key", "value", "where"),
    [
        ("[runner]\nretry_tries = 5\n[archiver]\nretry_tries = 7\n", "runner.retry_tries", 5, "c.toml:2"),
        ("[archiver]\nretry_tries = 7\n", "runner.retry_tries", 7, "c.toml:2"),
        ("[submit]\nTransferMode = 'always'\n", "submit.transfer-mode", "always", "c.toml:2"),
        ("[loop_jobs]\n\narchive_dir = 'old'\n", "submit.archive", "old", "c.toml:3"),
        ("[submit]\nncpus = 4\n", "submit.ncpus", 4, "c.toml:2"),
        ("[local]\nmem = '1gb'\n", "local.mem", "1gb", "c.toml:2"),
    ],
)
def test_the_user_s_file_wins_and_its_line_is_told(text: str, key: str, value: object, where: str) -> None:
    assert holds(text)[key] == Effective(key, value, Source.FILE, where)


def test_one_way_to_say_an_amount_silences_the_others() -> None:
    found = holds("[submit]\nmem = '3gb'\n")
    assert (found["submit.mem"].value, found["submit.mem-per-cpu"].value) == ("3gb", None)
    assert found["submit.ncpus-per-node"].value == 8


def test_the_environment() -> None:
    found = holds("[local]\nncpus = 4\n", QQ_LOCAL_NCPUS="2", QQ_LOCAL_NGPUS="", QQ_BATCH_SYSTEM="Slurm")
    assert found["local.ncpus"] == Effective("local.ncpus", "2", Source.ENVIRONMENT, "QQ_LOCAL_NCPUS")
    assert found["local.ngpus"].value == "all NVIDIA GPUs"
    assert found["submit.batch-system"] == Effective(
        "submit.batch-system", "Slurm", Source.ENVIRONMENT, "QQ_BATCH_SYSTEM"
    )
    own = holds("[submit]\nbatch-system = 'local'\n", QQ_BATCH_SYSTEM="Slurm")
    assert own["submit.batch-system"].value == "local"


def test_a_table_of_the_user_s_wins_over_the_built_in_one_key_by_key() -> None:
    own = Described("own.toml", {"name": "mine", "kill_wait": 3, "resources": {"walltime": "2d"}}, {"kill_wait": 2})
    found = holds(site=(own, SITE))
    assert found["site.kill_wait"] == Effective("site.kill_wait", 3, Source.FILE, "own.toml:2")
    assert found["site.default_queue"].source is Source.SITE
    assert found["submit.walltime"] == Effective("submit.walltime", "2d", Source.FILE, "own.toml")
    assert found["submit.mem-per-cpu"].value is None
    assert holds(site=())["submit.queue"].value == "the site's, if it has one"
    assert holds(site=(Described("odd", {"resources": 1}),))["submit.walltime"].source is Source.DEFAULT

"""The user's configuration and the sites, from tables (SPEC 10)."""

import tomllib
from pathlib import Path

import pytest
from pyrsistent import pmap, pvector

import qq
from qq.core.choices import Choices
from qq.core.configuration import Configuration, parse_configuration, unknown_keys
from qq.core.records.site import Settings, Site
from qq.core.records.values import Modes, Resources, Size
from qq.core.replacing import replace
from qq.core.result import Success, failed
from qq.core.sites import BUILT_IN, Signs, choose_site, is_here, parse_site, parse_sites, places_of, why_here

SITES = Path(qq.__file__).parent / "sites"


def read(text: str) -> Configuration:
    return parse_configuration(tomllib.loads(text), "config.toml").unwrap()


def faults(text: str) -> list[str]:
    wrong = failed(parse_configuration(tomllib.loads(text), "config.toml"))
    assert wrong is not None
    return [str(one) for one in wrong]


def test_an_empty_configuration_is_the_built_in_one() -> None:
    assert read("") == Configuration()


def test_keys_of_existing_configuration_files_are_read() -> None:
    found = read("""
        [timeouts]
        ssh = 30
        rsync = 100
        [runner]
        retry_tries = 5
        sigterm_to_sigkill = 7.5
        default_interpreter = "zsh"
        [archiver]
        retry_tries = 9
        retry_wait = 10
        [resubmitter]
        default_resubmit_hosts = ["input", "working"]
        [loop_jobs]
        archive_format = "md%d"
        archive_dir = "old"
        """)
    assert found.settings == Settings(
        retry_tries=5, retry_wait=10, grace=7.5, ssh_timeout=30, rsync_silence=100, default_interpreter="zsh"
    )
    assert found.defaults == Choices(archive="old", archive_format="md%d", resubmit_from=pvector(["input", "working"]))
    assert not found.warnings


def test_default_options_come_from_the_same_table_as_the_command_line() -> None:
    found = read("""
        [submit]
        ncpus = 8
        mem-per-cpu = "2gb"
        transfer_mode = "always"
        exclude = ["a b", "it's"]
        include = "c:d"
        requeue = true
        job-type = "continuous"
        [loop_jobs]
        archive_dir = "old"
        """)
    defaults = found.defaults
    assert defaults.resources == Resources(ncpus=8, mem_per_cpu=Size(2 * 1024**2))
    assert defaults.transfer_mode == Modes(("always",))
    assert defaults.exclude == pvector(["a b", "it's"])
    assert defaults.include == pvector(["c", "d"])
    assert defaults.requeue is True
    assert defaults.archive == "old"
    assert read("[submit]\nrequeue = false").defaults.requeue is False


def test_the_local_queue_may_be_given_less_than_the_machine_has() -> None:
    found = read('[local]\nncpus = 2\nngpus = 0\nmem = "1mb"\n')
    assert found.limits == pmap({"QQ_LOCAL_NCPUS": "2", "QQ_LOCAL_NGPUS": "0", "QQ_LOCAL_MEM_KB": "1024"})
    nothing = pmap({"QQ_LOCAL_NCPUS": "", "QQ_LOCAL_NGPUS": "", "QQ_LOCAL_MEM_KB": ""})
    assert read("").limits == nothing
    assert read("[local]\nncpus = 2\n").limits == nothing.set("QQ_LOCAL_NCPUS", "2")
    assert "no size" in faults("[local]\nmem = 'much'")[0]


def test_a_theme_is_one_of_those_that_there_are() -> None:
    assert (read("").theme, read('[terminal]\ntheme = "light"').theme) == ("dark", "light")
    assert faults('[terminal]\ntheme = "lihgt"') == [
        "config.toml: terminal.theme: 'lihgt' is none of dark, light; did you mean 'light'?"
    ]


def test_an_unknown_key_is_a_warning_with_the_nearest_name() -> None:
    found = read("""
        hue = 3
        [timeout]
        ssh = 1
        [runner]
        retry_trys = 1
        [submit]
        ncpu = 2
        [sites.mine]
        name = "mine"
        engine = "local"
        batch_system = "local"
        scratsh = {}
        """)
    assert list(found.warnings) == [
        "config.toml: unknown key 'hue' is ignored",
        "config.toml: unknown key 'timeout' is ignored; did you mean 'timeouts'?",
        "config.toml: unknown key 'runner.retry_trys' is ignored; did you mean 'retry_tries'?",
        "config.toml: unknown key 'submit.ncpu' is ignored; did you mean 'ncpus'?",
        "config.toml: unknown key 'sites.mine.scratsh' is ignored; did you mean 'scratch'?",
    ]
    assert found.settings == Settings()


def test_what_is_no_table_has_no_unknown_keys() -> None:
    assert list(unknown_keys({"runner": 1})) == []


def test_tables_that_others_read_are_kept_as_they_are() -> None:
    found = read("[jobs_presenter]\nwidth = 3\n[pbs_options]\nx = 1\n")
    assert found.tables == pmap({"jobs_presenter": {"width": 3}, "pbs_options": {"x": 1}})
    assert not found.warnings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[timeouts]\nssh = 'soon'", "config.toml: timeouts.ssh: 'soon' is not a time in seconds"),
        ("[timeouts]\nssh = -1", "config.toml: timeouts.ssh: -1 is not a time"),
        ("[timeouts]\nssh = inf", "config.toml: timeouts.ssh: inf is not a time"),
        ("[runner]\nretry_tries = 0", "config.toml: runner.retry_tries: 0 is not a whole number of 1 or more"),
        ("[runner]\nretry_tries = true", "config.toml: runner.retry_tries: True is not a whole number"),
        ("[runner]\ndefault_interpreter = 1", "runner.default_interpreter"),
        ("[resubmitter]\ndefault_resubmit_hosts = [1]", "is not a list of texts"),
        ("runner = 1", "config.toml: runner: 1 is not a table"),
        ("submit = 1", "config.toml: submit: 1 is not a table"),
        ("sites = 1", "config.toml: sites: 1 is not a table"),
        ("sites.x = 1", "config.toml: sites.x: 1 is not a table"),
        ("[submit]\nncpus = 'x'", "config.toml: submit.ncpus: 'x' is no whole number"),
        ("[submit]\nncpus = 1.5", "config.toml: submit.ncpus: 1.5 is not a list of texts"),
        ("[loop_jobs]\narchive_format = 'x'", "no placeholders"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_fault_that_names_its_key(text: str, words: str) -> None:
    assert any(words in one for one in faults(text)), faults(text)


# --- sites ------------------------------------------------------------------------------------------------------------


def built_in() -> list[tuple[str, dict[str, object]]]:
    return [(name, tomllib.loads((SITES / f"{name}.toml").read_text())) for name in BUILT_IN]


def test_every_built_in_site_is_valid_and_has_no_unknown_key() -> None:
    sites = parse_sites(built_in()).unwrap()
    assert [site.name for site in sites] == list(BUILT_IN)
    for site in sites:
        assert site.default_work_dir in site.scratch
        assert site.default_resources.walltime == 86400
    assert sites[-1].found_by is None
    assert {path.stem for path in SITES.glob("*.toml")} == set(BUILT_IN)


def test_a_table_of_the_user_changes_a_built_in_site_key_by_key() -> None:
    own = ("config.toml", {"name": "local", "kill_wait": 3, "scratch": {"fast": "/fast/{job_id}"}})
    sites = parse_sites([own, *built_in()]).unwrap()
    local = next(site for site in sites if site.name == "local")
    assert sites[0] is local
    assert local.kill_wait == 3.0
    assert local.scratch == pmap({"fast": pvector(["/fast/{job_id}"])})
    assert local.default_queue == "default"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"name": "x"}, "a new site needs engine, batch_system"),
        ({"name": "x", "engine": "LSF", "batch_system": "LSF"}, "none of local, Slurm, PBS"),
        ({"name": "x", "engine": "Slrum", "batch_system": "Slurm"}, "; did you mean 'Slurm'?"),
        ({"name": "x", "engine": "Slurm", "batch_system": "Mine"}, "it has to begin with 'Slurm'"),
        ({"name": "x", "engine": "PBS", "batch_system": "SlurmMine"}, "it has to begin with 'PBS'"),
        ({"scratch": {"a": 1}}, "is not a list of texts"),
        ({"scratch": 1}, "is not a table of lists"),
        ({"servers": {"a": 1}}, "is not a table of texts"),
        ({"input_shared": "yes"}, "is not true or false"),
        ({"resources": {"mem": "much"}}, "no size"),
    ],
)
def test_a_faulty_site_is_named(table: dict[str, object], words: str) -> None:
    wrong = failed(parse_site(table, "own.toml"))
    assert wrong is not None
    assert words in str(wrong[0])
    assert str(wrong[0]).startswith("own.toml")
    assert failed(parse_sites([("own.toml", table)])) == wrong


def test_a_key_of_a_site_is_called_by_its_file_and_table() -> None:
    for place, called in (("own.toml", "own.toml: kill_wait"), ("c.toml: sites.x", "c.toml: sites.x.kill_wait")):
        assert [one.place for one in failed(parse_site({"kill_wait": "x"}, place)) or ()] == [called]


PBS = Site(name="p", engine="PBS", batch_system="PBS", found_by="qsub")
SLURM = Site(name="s", engine="Slurm", batch_system="Slurm", found_by="sbatch")
LOCAL = Site(name="local", engine="local", batch_system="local")


@pytest.mark.parametrize(
    ("here", "wanted", "name"),
    [
        ([], None, "local"),
        (["s"], None, "s"),
        (["s", "p"], None, "p"),
        (["s", "p"], "local", "local"),
        ([], "Slurm", "s"),
        (["s"], "PBS", "p"),
    ],
)
def test_the_site_is_the_one_that_was_named_or_the_first_that_is_found(
    here: list[str], wanted: str | None, name: str
) -> None:
    found = choose_site([PBS, SLURM, LOCAL], wanted, lambda site: site.found_by is None or site.name in here)
    assert found.map(lambda site: site.name) == Success(name)


def test_without_a_site_that_fits_there_is_a_fault() -> None:
    unknown = "batch-system: no site has the batch system"
    for named, hint in (("PBS", "there are local"), ("lcoal", "did you mean 'local'?")):
        faults = failed(choose_site([LOCAL], named, lambda _: True)) or ()
        assert [str(one) for one in faults] == [f"{unknown} '{named}'; {hint}"]
    assert "name one with --batch-system" in str(failed(choose_site([PBS], None, lambda _: False)))


# --- recognising ------------------------------------------------------------------------------------------------------

ANY = Site(name="any", engine="local", batch_system="local")
BY_PROGRAM = Site(name="p", engine="Slurm", batch_system="Slurm", found_by="sbatch")
BY_SERVER = Site(
    name="family", engine="PBS", batch_system="PBS", found_by="qsub", found_at=pvector([".x.example", ".y.example"])
)
BY_FILE = replace(BY_PROGRAM, found_with=pvector(["/etc/slurm.conf"]))


@pytest.mark.parametrize(
    ("site", "signs", "here", "why"),
    [
        (ANY, Signs(), True, "no other site is recognised"),
        (BY_PROGRAM, Signs(), False, "sbatch is not on PATH"),
        (BY_PROGRAM, Signs("/bin/sbatch"), True, "sbatch is /bin/sbatch"),
        (BY_FILE, Signs("/bin/sbatch"), False, "none of the files is there that tell a cluster"),
        (BY_FILE, Signs("/bin/sbatch", "/etc/slurm.conf"), True, "and /etc/slurm.conf is there"),
        (BY_SERVER, Signs("/bin/qsub"), True, "qsub is /bin/qsub"),
        (BY_SERVER, Signs("/bin/qsub", None, "pbs.x.example"), True, "qsub is /bin/qsub"),
        (BY_SERVER, Signs("/bin/qsub", None, "pbshost"), False, "its server is pbshost, which is none of the site's"),
    ],
)
def test_a_site_is_recognised_by_its_program_and_its_files(site: Site, signs: Signs, here: bool, why: str) -> None:
    assert is_here(site, signs) is here
    assert why in why_here(site, signs)


def test_where_a_site_is_described() -> None:
    tables = [("mine.toml", {"name": "lumi"}), ("lumi.toml", {"name": "lumi"}), ("nameless.toml", {})]
    assert places_of(tables) == pmap(
        {"lumi": pvector(["mine.toml", "lumi.toml"]), "nameless.toml": pvector(["nameless.toml"])}
    )

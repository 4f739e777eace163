"""What Slurm's programs, and the jobs that they start, inherit."""

from qq.core.schedulers.slurm_environment import client_environment, is_id
from qq.core.schedulers.slurm_inherited import sbatch_environment
from tests.core.schedulers.slurm_recordings import text

OF_THE_USER = {"HOME", "LANG", "LOGNAME", "OLDPWD", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "USER", "_", "FOO"}
OF_THE_USER |= {"TMPDIR", "HOSTNAME", "ENVIRONMENT"}


def variables() -> dict[str, str]:
    """The environment of a real job."""
    first = text("export_variants.txt").split("=====")[1]
    return dict(line.partition("=")[::2] for line in first.splitlines()[1:])


def test_nothing_that_slurm_sets_in_a_job_reaches_the_next_one() -> None:
    inside = variables()
    assert "SLURM_JOB_ID" in inside
    kept = sbatch_environment({**inside, "SLURM_RESTART_COUNT": "1", "QQ_TOKEN": "old"}, {"QQ_TOKEN": "new"})
    assert set(kept) - OF_THE_USER == {"SLURM_CONF", "QQ_TOKEN"}
    assert kept["QQ_TOKEN"] == "new"


def test_what_users_set_for_their_own_jobs_stays() -> None:
    own = {"SLURM_MPI_TYPE": "pmix", "SLURM_CLUSTERS": "a", "SBATCH_ACCOUNT": "p", "SBATCH_RESERVATION": "r", "A": "1"}
    assert sbatch_environment(own, {}) == own


def test_no_variable_asks_for_what_qq_has_not_asked_for() -> None:
    asking = {"SBATCH_WAIT": "1", "SBATCH_ARRAY_INX": "1-9", "SBATCH_GPUS": "8", "SBATCH_EXPORT": "NONE"}
    assert sbatch_environment(asking, {}) == {}


def test_nobodys_preferences_change_an_answer() -> None:
    own = {"SQUEUE_PARTITION": "x", "SCANCEL_INTERACTIVE": "1", "SACCT_FORMAT": "x", "SLURM_TIME_FORMAT": "relative"}
    assert client_environment({**own, "HOME": "/h"}) == {"HOME": "/h", "SLURM_TIME_FORMAT": "standard"}


def test_what_is_an_id() -> None:
    assert all(map(is_id, ("1", "67043328", "550_3")))
    assert not any(map(is_id, ("", "17.local", "1,2", "-1", "x", "1_", "550_[3-4%2]", "1 2")))

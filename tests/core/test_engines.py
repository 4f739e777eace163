"""Who talks to which batch system, and which of them has servers to choose from."""

from qq.core.engines import asked_by, engine_of, why_no_server


def test_a_batch_system_is_known_by_its_name() -> None:
    assert [engine_of(name) for name in ("SlurmLumi", "PBS", "local", "LSF")] == ["Slurm", "PBS", "local", None]


def test_jobs_are_asked_about_by_the_name_of_the_engine_or_by_one_that_nobody_knows() -> None:
    assert [asked_by(name) for name in ("SlurmLumi", "local", "LSF")] == ["Slurm", "local", "LSF"]


def test_only_pbs_has_servers_to_choose_from() -> None:
    assert why_no_server("PBS") == ""
    assert "jobs here are of the batch system local" in why_no_server("local")

"""Who talks to which batch system, and which of them has servers to choose from."""

from qq.core.engines import engine_of, why_no_server


def test_a_batch_system_is_known_by_its_name() -> None:
    assert [engine_of(name) for name in ("SlurmLumi", "PBS", "local", "LSF")] == ["Slurm", "PBS", "local", None]


def test_only_pbs_has_servers_to_choose_from() -> None:
    assert why_no_server("PBS") == ""
    assert "jobs here are of the batch system local" in why_no_server("local")

"""Who talks to a batch system: told by its name, which scripts test, too (``*Slurm*``)."""

ENGINES = ("local", "Slurm", "PBS")


def engine_of(batch_system: str) -> str | None:
    """The engine of a batch system by its name in records (SPEC 5); None: it is none of qq's."""
    return next((engine for engine in ENGINES if batch_system.startswith(engine)), None)


def asked_by(batch_system: str) -> str:
    """By what name its jobs are asked about: that of its engine, else its own, which nobody can be asked by."""
    return engine_of(batch_system) or batch_system


def why_no_server(batch_system: str) -> str:
    """Why no server can be chosen there; empty: one can."""
    if engine_of(batch_system) == "PBS":
        return ""
    return f"-s: only PBS has several servers to choose from, and jobs here are of the batch system {batch_system}"

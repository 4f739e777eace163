"""The environment in which Slurm's programs are asked: nobody's preferences. And what they can be asked about."""

import re
from collections.abc import Mapping

_PREFERENCES = ("SBATCH_", "SQUEUE_", "SACCT_", "SCANCEL_", "SINFO_")
"""They would filter, ask back, or write in another way."""


def client_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that asks: times come as they are parsed."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_PREFERENCES)}
    return kept | {"SLURM_TIME_FORMAT": "standard"}


def is_id(text: str) -> bool:
    """Whether Slurm can be asked about this id: ``17``, ``17_3``; one that is none would spoil the whole question."""
    return re.fullmatch(r"[0-9]{1,10}(?:_[0-9]{1,10})?", text) is not None

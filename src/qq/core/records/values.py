"""The small values that records are made of: sizes, modes, dependencies, resources."""

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap

ModeWord = str | int
"""``success``, ``failure``, ``always``, ``never`` or an exit code."""


class Size(Struct, frozen=True):
    """An amount of memory or storage, in whole kB (bytes are rounded up)."""

    kb: int

    def __str__(self) -> str:
        for unit, factor in (("pb", 1024**4), ("tb", 1024**3), ("gb", 1024**2), ("mb", 1024)):
            if self.kb and self.kb % factor == 0:
                return f"{self.kb // factor}{unit}"
        return f"{self.kb}kb"


class Modes(Struct, frozen=True):
    """When something is to be done, by the exit code of the script: any word that matches allows (SPEC 3, modes)."""

    words: tuple[ModeWord, ...] = ("success",)

    def allows(self, exit_code: int) -> bool:
        """Whether one of the words matches this exit code."""
        words = self.words
        return "always" in words or exit_code in words or ("failure" if exit_code else "success") in words

    def __str__(self) -> str:
        return ":".join(str(word) for word in self.words)


DEPENDENCY_KINDS = ("after", "afterok", "afternotok", "afterany")


class Dependency(Struct, frozen=True):
    """``kind=id[:id…]``; ``kind``: one of ``DEPENDENCY_KINDS``."""

    kind: str
    ids: PVector[str]

    def __str__(self) -> str:
        return f"{self.kind}={':'.join(self.ids)}"


class Resources(Struct, frozen=True, kw_only=True):
    """What a job asks for. None: nobody said. Walltime in seconds; total, per node, per cpu: the total wins."""

    nnodes: int | None = None
    ncpus: int | None = None
    ncpus_per_node: int | None = None
    mem: Size | None = None
    mem_per_node: Size | None = None
    mem_per_cpu: Size | None = None
    ngpus: int | None = None
    ngpus_per_node: int | None = None
    walltime: int | None = None
    work_dir: str | None = None
    work_size: Size | None = None
    work_size_per_node: Size | None = None
    work_size_per_cpu: Size | None = None
    props: PMap[str, str] = pmap()
    """name → ``true``, ``false`` (written ``^name``), a value, or ``^value``."""

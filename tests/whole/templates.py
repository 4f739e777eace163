"""What is done with each run script that ``qq template`` writes: some cycles, stopped half-way, gone on, extended.

The same is done with a stand-in for GROMACS (`test_templates.py`) and with the real one (`tests/real`).
"""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.whole.desk import Desk, until

SMALL = {"ncpus 8 ": "ncpus 1 ", "mem 4gb": "mem 100mb", "walltime 24h": "walltime 10m"}
FOR_EVER = 1_000_000_000


def change(script: Path, changes: Mapping[str, str]) -> None:
    """As a user would in an editor: every one of these stands there once."""
    text = script.read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    script.write_text(text)


def set_to(script: Path, name: str, value: int) -> None:
    """Another value in the line ``name=value``, ``NAME = value`` or ``# qq name value``."""
    text, count = re.subn(rf"^((?:# qq )?{name}(?: = |=| ))[\d_]+", rf"\g<1>{value}", script.read_text(), flags=re.M)
    assert count == 1, name
    script.write_text(text)


def make(desk: Desk, template: str, changes: Mapping[str, str]) -> Path:
    """A job's directory with the script, made small."""
    home = desk.top / template
    home.mkdir()
    desk.qq("template", template, "-o", home / "run.sh")
    change(home / "run.sh", changes)
    return home


def finish(desk: Desk, home: Path, *words: str) -> None:
    """Submits it, or submits it again, and waits for the whole chain, which has to end well."""
    desk.qq(*(words or ("submit", home / "run.sh")), *(("-d", home) if words else ()))
    desk.qq("wait", "-d", home)


def stop_half_way(desk: Desk, home: Path, begun: Path, words: str, *, submit: bool = True) -> None:
    """Kills the job as soon as that file in its working directory has these words; fetches what is there.

    It is a job that runs the script as it stands at home now.
    """
    if submit:
        desk.qq("submit", home / "run.sh")

    def runs() -> bool:
        work_dir = desk.info(home)["record"].get("work_dir")
        if work_dir is None or not Path(work_dir, begun).exists():
            return False
        same = Path(work_dir, "run.sh").read_bytes() == (home / "run.sh").read_bytes()
        return same and words in Path(work_dir, begun).read_text()

    until(words, runs)
    desk.qq("kill", "-y", "-d", home)
    until("the end", lambda: desk.state(home) == "killed")
    desk.qq("sync", "-d", home)


def step_of(desk: Desk, checkpoint: Path) -> int:
    """What GROMACS says that a checkpoint stands at."""
    argv = ["gmx", "-quiet", "dump", "-cp", str(checkpoint)]
    said = subprocess.run(argv, env=desk.env, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r"^ *step = (\d+)$", said, re.MULTILINE)
    assert found, said[:500]
    return int(found[1])


def argon(home: Path, temperature: int = 90) -> None:
    """216 atoms of argon: the input of a simulation."""
    home.mkdir(exist_ok=True)
    places = [(x, y, z) for x in range(6) for y in range(6) for z in range(6)]
    lines = [
        f"{n:5d}{'AR':5s}{'AR':>5s}{n:5d}" + "".join(f"{0.1 + 0.4 * i:8.3f}" for i in place)
        for n, place in enumerate(places, 1)
    ]
    (home / "start.gro").write_text("\n".join(["argon", str(len(lines)), *lines, f"{2.4:10.5f}" * 3, ""]))
    (home / "topol.top").write_text(
        "[ defaults ]\n1 1 no 1.0 1.0\n[ atomtypes ]\nAR 39.948 0.0 A 0.00622127 9.69576e-06\n[ moleculetype ]\nAR 1\n"
        f"[ atoms ]\n1 AR 1 AR AR 1 0.0 39.948\n[ system ]\nargon\n[ molecules ]\nAR {len(lines)}\n"
    )
    (home / "md.mdp").write_text(
        "integrator = md\ndt = 0.002\nnsteps = 1000\nnstxout-compressed = 50\nnstenergy = 50\nnstlog = 50\n"
        "cutoff-scheme = Verlet\nrcoulomb = 1.0\nrvdw = 1.0\ntcoupl = v-rescale\ntc-grps = system\ntau-t = 0.5\n"
        f"ref-t = {temperature}\ngen-vel = yes\ngen-temp = {temperature}\n"
    )


def names(directory: Path) -> set[str]:
    """What is in a directory, but for what qq says of the jobs."""
    qqs_own = (".qqinfo", ".qqout", ".out", ".err")
    return {path.name for path in directory.iterdir() if not path.name.endswith(qqs_own)}


# --- the four of them -------------------------------------------------------------------------------------------------


def gromacs_loop(desk: Desk) -> None:
    """Two cycles; one more, which is killed half-way, and goes on from there."""
    home = make(desk, "gromacs-loop", SMALL)
    script, storage = home / "run.sh", home / "storage"
    argon(home)
    set_to(script, "loop-end", 2)
    set_to(script, "steps_per_cycle", 200)
    finish(desk, home)
    assert [step_of(desk, storage / f"md000{n}.cpt") for n in (2, 3)] == [200, 400]
    whole = {f"md000{n}.part000{n}.{kind}" for n in (1, 2) for kind in ("edr", "gro", "log", "xtc")}
    assert names(storage) == whole | {"md0001.tpr", "md0002.tpr", "md0002.cpt", "md0003.cpt"}

    set_to(script, "loop-end", 3)
    set_to(script, "steps_per_cycle", FOR_EVER // 3)
    stop_half_way(desk, home, Path("run+0003.err"), "starting mdrun")
    reached = step_of(desk, home / "md0004.cpt")
    assert reached >= 400
    assert not (storage / "md0004.cpt").exists()

    set_to(script, "steps_per_cycle", reached // 3 + 100)
    finish(desk, home, "respawn", "-y")
    assert desk.info(home)["job_name"] == "run+0003.sh"
    assert f"continuing from step {reached}," in (home / "run+0003.err").read_text()
    assert step_of(desk, storage / "md0004.cpt") == 3 * (reached // 3 + 100)
    assert {"md0003.part0003.xtc", "md0003.part0004.xtc", "md0003.part0004.gro"} <= names(storage)


def gromacs_flex(desk: Desk) -> None:
    """Two jobs as long as they may; the third is killed half-way, goes on, and reaches the end; then a longer one."""
    home = make(desk, "gromacs-flex", SMALL | {"0.95 * walltime": "0.001 * walltime"})
    script, checkpoint = home / "run.sh", home / "md.cpt"
    argon(home)
    set_to(script, "total_steps", FOR_EVER)
    desk.qq("submit", script)
    until("a second piece", (home / "parts" / "md.part0002.log").exists)
    change(script, {"0.001 * walltime": "0.95 * walltime"})
    stop_half_way(desk, home, Path("run.err"), "starting mdrun", submit=False)
    reached = step_of(desk, checkpoint)
    assert reached > 0

    set_to(script, "total_steps", reached + 300)
    finish(desk, home, "respawn", "-y")
    assert f"continuing from step {reached}," in (home / "run.err").read_text()
    assert step_of(desk, checkpoint) == reached + 300
    pieces = sorted((home / "parts").glob("*.xtc"))
    assert len(pieces) >= 4
    assert [piece.name for piece in pieces] == [f"md.part{n:04d}.xtc" for n in range(1, len(pieces) + 1)]
    assert len(list((home / "parts").glob("*.gro"))) == 1

    set_to(script, "total_steps", reached + 600)
    finish(desk, home)
    assert step_of(desk, checkpoint) == reached + 600
    finish(desk, home)
    assert f"all {reached + 600} are done" in (home / "run.out").read_text()


def gromacs_replicas(desk: Desk) -> None:
    """Two cycles of two replicas; one more, which is killed half-way, and goes on from there."""
    small = SMALL | {"ncpus 8 ": "ncpus 2 ", "mem 8gb": "mem 100mb", "exchange_every=1000": "exchange_every=50"}
    del small["mem 4gb"]
    home = make(desk, "gromacs-replicas", small)
    script, storage, replicas = home / "run.sh", home / "storage", ("rep01", "rep02")
    for replica, temperature in zip(replicas, (90, 92), strict=True):
        argon(home / replica, temperature)
        argv = ["gmx", "grompp", "-f", "md.mdp", "-c", "start.gro", "-p", "topol.top", "-o", "md.tpr"]
        subprocess.run(argv, env=desk.env, cwd=home / replica, capture_output=True, timeout=60, check=True)
    set_to(script, "loop-end", 2)
    set_to(script, "steps_per_cycle", 200)
    finish(desk, home)
    starts = [step_of(desk, storage / f"cycle000{n}" / one / "start.cpt") for n in (2, 3) for one in replicas]
    assert starts == [200, 200, 400, 400]
    for replica in replicas:
        assert {"md.part0002.xtc", "md.part0002.gro", "md.tpr", "start.cpt"} <= names(storage / "cycle0002" / replica)

    set_to(script, "loop-end", 3)
    set_to(script, "steps_per_cycle", FOR_EVER // 3)
    stop_half_way(desk, home, Path("run+0003.err"), "starting mdrun")
    # mpirun often ends them before they wrote another checkpoint: then it is the one that the cycle started from.
    points = [home / "cycle0003" / one / "end.cpt" for one in replicas]
    points = points if all(point.exists() for point in points) else [storage / "cycle0003/rep01/start.cpt"]
    (reached,) = {step_of(desk, point) for point in points}
    assert reached >= 400

    set_to(script, "steps_per_cycle", reached // 3 + 100)
    finish(desk, home, "respawn", "-y")
    assert f"continuing from step {reached}," in (home / "run+0003.err").read_text()
    ends = {step_of(desk, storage / "cycle0004" / one / "start.cpt") for one in replicas}
    assert ends == {3 * (reached // 3 + 100)}
    for replica in replicas:
        assert len(list((storage / "cycle0003" / replica).glob("md.part*.gro"))) == 1


def python_loop(desk: Desk) -> None:
    """Two cycles; one more, which is killed half-way, and goes on from there."""
    home = make(desk, "python-loop", {"walltime 24h": "walltime 10m"})
    script, storage = home / "run.sh", home / "storage"
    set_to(script, "loop-end", 2)
    set_to(script, "STEPS_PER_CYCLE", 5000)
    finish(desk, home)
    assert names(storage) == {"run0001.csv", "run0002.csv", "run0002.json", "run0003.json"}
    assert json.loads((storage / "run0003.json").read_text())["step"] == 10_000

    set_to(script, "loop-end", 3)
    set_to(script, "STEPS_PER_CYCLE", FOR_EVER)
    stop_half_way(desk, home, Path("run+0003.out"), "cycle 3 goes on at step 10000")
    reached = json.loads((home / "partial-3.json").read_text())["step"]
    assert reached >= 10_000

    set_to(script, "STEPS_PER_CYCLE", reached // 3 + 1000)
    finish(desk, home, "respawn", "-y")
    assert f"cycle 3 goes on at step {reached}," in (home / "run+0003.out").read_text()
    end = json.loads((storage / "run0004.json").read_text())["step"]
    assert end == 3 * (reached // 3 + 1000)
    steps = [int(line.split(",")[0]) for line in (storage / "run0003.csv").read_text().splitlines()]
    assert steps == list(range(11_000, end + 1, 1000))

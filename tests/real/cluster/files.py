"""The configuration files of the cluster: as real sites have them, but for waits and ages, which are short."""

import os
from collections.abc import Sequence
from pathlib import Path

from tests.real.cluster.hosts import Host

KILL_WAIT = 10
"""Seconds between Slurm's TERM and its KILL."""
NODE_TIMEOUT = 8
"""Seconds after which a node that says nothing is down; noticed in about twice that time."""
CPUS, MEMORY = 8, 8000


def write_network_files(base: Path, hosts: Sequence[Host]) -> None:
    """Names, and ssh: keys of hosts that everybody knows, keys of users are made later."""
    etc = base / "etc"
    lines = [f"{host.address} {host.full_name} {host.name}" for host in hosts]
    (etc / "hosts").write_text("\n".join(["127.0.0.1 localhost", *lines, ""]))
    (etc / "resolv.conf").write_text("")  # names that are not in the file are unknown at once
    (etc / "ssh").mkdir()
    (etc / "ssh" / "ssh_config").write_text("Host *\n    StrictHostKeyChecking yes\n")
    (etc / "ssh" / "sshd_config").write_text(
        "HostKey /etc/ssh/host_key\nPidFile /run/sshd.pid\nUsePAM no\nPasswordAuthentication no\nUseDNS no\n"
        "PermitRootLogin no\nMaxStartups 100:30:200\nMaxSessions 100\n"
    )


def know_host_key(base: Path, hosts: Sequence[Host]) -> None:
    """One key for all hosts, known under all their names."""
    kind, key, *_ = (base / "etc" / "ssh" / "host_key.pub").read_text().split()
    names = ",".join(name for host in hosts for name in (host.name, host.full_name, host.address))
    (base / "etc" / "ssh" / "ssh_known_hosts").write_text(f"{names} {kind} {key}\n")


def write_slurm_files(base: Path, login: Host, nodes: Sequence[Host], slurm: tuple[int, int], munge: int) -> None:
    """slurm.conf, slurmdbd.conf and munge's key."""
    etc = base / "etc"
    for directory in ("slurm", "munge"):
        (etc / directory).mkdir()
    conf = etc / "slurm" / "slurmdbd.conf"
    conf.write_text(_SLURMDBD.format(login=login))
    conf.chmod(0o600)
    os.chown(conf, *slurm)
    key = etc / "munge" / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    os.chown(key, munge, -1)
    os.chown(etc / "munge", munge, -1)
    (etc / "munge").chmod(0o700)
    text = _SLURM.format(base=base, login=login, kill_wait=KILL_WAIT, node_timeout=NODE_TIMEOUT)
    for node in nodes:
        text += f"NodeName={node.name} NodeAddr={node.address} CPUs={CPUS} RealMemory={MEMORY} Features={node.name}\n"
    text += "PartitionName=cpu Nodes=ALL Default=YES DefaultTime=01:00:00 MaxTime=1-00:00:00 State=UP\n"
    text += "PartitionName=urgent Nodes=ALL DefaultTime=00:10:00 MaxTime=01:00:00 PriorityTier=10 State=UP\n"
    text += f"PartitionName=long Nodes={nodes[-1].name} DefaultTime=1-00:00:00 MaxTime=14-00:00:00 State=UP\n"
    (etc / "slurm" / "slurm.conf").write_text(text)


def site_table(base: Path) -> str:
    """The configuration file of qq's users here: homes are shared, nothing else is, and retries come soon."""
    return f"""\
[runner]
retry_tries = 3
retry_wait = 2

[timeouts]
ssh = 12

[sites.slurm]
default_queue = "cpu"
shared_paths = ["{base}/home"]
kill_wait = {KILL_WAIT}

[sites.slurm.scratch]
scratch_local = ["{base}/scratch/qq-{{user}}/job_{{job_id}}"]

[sites.slurm.resources]
mem-per-cpu = "100mb"
work-size-per-cpu = "100mb"
walltime = "10m"
"""


_SLURM = """\
ClusterName=qq
SlurmctldHost={login.name}({login.address})
SlurmUser=slurm
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# a requeued job waits one second more than this before it starts again; 120 without it, and less is not allowed
AuthInfo=cred_expire=5
StateSaveLocation={base}/slurm/state
SlurmdSpoolDir={base}/slurm/%n
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/slurmd.pid
SlurmctldLogFile={base}/log/slurmctld.log
SlurmdLogFile={base}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
MailProg=/bin/true
# the cpus and the memory of the nodes are what stands below, not what the machine has
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1,bf_min_age_reserve=0
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
CompleteWait=0
KillWait={kill_wait}
MinJobAge=300
InactiveLimit=0
SlurmctldTimeout=30
SlurmdTimeout={node_timeout}
UnkillableStepTimeout=20
MessageTimeout=5
TCPTimeout=2
PropagateResourceLimits=NONE
JobRequeue=1
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost={login.name}
AccountingStoreFlags=job_comment
AccountingStorageEnforce=associations,limits,qos
EnforcePartLimits=ALL
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/none
"""

_SLURMDBD = """\
AuthType=auth/munge
DbdHost={login.name}
DbdAddr={login.address}
SlurmUser=slurm
PidFile=/run/slurm/slurmdbd.pid
LogFile=/run/slurm/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StorageLoc=slurm_accounting
"""

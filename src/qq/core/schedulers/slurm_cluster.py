"""Partitions, nodes and configuration, as ``scontrol show`` tells them, one record a line (``--oneliner``).

Values hold blanks and other people's words, so a line is taken apart at the keys that are known, and nowhere else.
"""

import re
from collections.abc import Mapping, Sequence

from pyrsistent import PVector, pvector

from qq.core.batch_defaults import BatchDefaults
from qq.core.cluster import Amounts, Node, NodeState, Queue
from qq.core.records.values import Resources, Size
from qq.core.schedulers.slurm_nodes import node_names
from qq.core.schedulers.slurm_values import count_of, gpus_of, resources_of, seconds_of, size_of

_CONFIG_LINE = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*) +=(?: (.*))?$", re.MULTILINE)
_SECONDS = re.compile(r"(\d{1,9}) sec")
_PARTITION_KEYS = """
PartitionName AllowGroups AllowAccounts AllowQos AllocNodes Default QoS DefaultTime DisableRootJobs ExclusiveUser
GraceTime Hidden MaxNodes MaxTime MinNodes LLN MaxCPUsPerNode MaxCPUsPerSocket Nodes PriorityJobFactor PriorityTier
RootOnly ReqResv OverSubscribe OverTimeLimit PreemptMode State TotalCPUs TotalNodes SelectTypeParameters JobDefaults
DefMemPerNode DefMemPerCPU MaxMemPerNode MaxMemPerCPU TRES TRESBillingWeights"""
_NODE_KEYS = """
NodeName Arch CoresPerSocket CPUAlloc CPUEfctv CPUTot CPULoad AvailableFeatures ActiveFeatures Gres GresDrain GresUsed
NodeAddr NodeHostName Port Version OS RealMemory AllocMem FreeMem Sockets Boards State ThreadsPerCore TmpDisk Weight
Owner MCS_label Partitions BootTime SlurmdStartTime LastBusyTime ResumeAfterTime CfgTRES AllocTRES CapWatts CurrentWatts
AveWatts ExtSensorsJoules ExtSensorsWatts ExtSensorsTemp Reason Comment Extra"""

_ACCEPTS = {"UP": (True, True), "DOWN": (True, False), "DRAIN": (False, True), "INACTIVE": (False, False)}
"""State of a partition → whether it takes jobs, and whether it starts them."""
_WORKS_NOT = frozenset({"DOWN", "FAIL", "ERROR", "NOT_RESPONDING", "FUTURE", "POWERING_DOWN", "INVALID", "INVALID_REG"})
_TAKES_NONE = frozenset(
    {"DRAIN", "DRAINED", "DRAINING", "FAILING", "MAINT", "MAINTENANCE", "RESERVED", "BLOCKED"}
    | {"REBOOT", "REBOOT_ISSUED", "REBOOT_REQUESTED", "INACTIVE", "PERFCTRS", "NPC"}
)
_BASES = {
    "IDLE": NodeState.FREE,
    "MIXED": NodeState.BUSY,
    "MIX": NodeState.BUSY,
    "ALLOCATED": NodeState.FULL,
    "ALLOC": NodeState.FULL,
    "COMPLETING": NodeState.FULL,
}


def fields(line: str, keys: str) -> dict[str, str]:
    """A line of ``KEY=value`` by its known keys (words of one text); the first of each counts."""
    found: dict[str, str] = {}
    marks = list(re.finditer(rf"(?:^|(?<=\s))({'|'.join(map(re.escape, keys.split()))})=", line))
    for mark, following in zip(marks, [*marks, None][1:], strict=True):
        found.setdefault(mark[1], line[mark.end() : following.start() if following else len(line)].strip())
    return found


# --- partitions -------------------------------------------------------------------------------------------------------


def parse_partitions(text: str) -> list[Queue]:
    """All partitions of ``scontrol show partition --oneliner``."""
    lines = (fields(line, _PARTITION_KEYS) for line in text.split("\n"))
    return [_partition(said) for said in lines if "PartitionName" in said]


def _partition(said: Mapping[str, str]) -> Queue:
    accepts, starts = _ACCEPTS.get(said.get("State", ""), (True, True))
    most = seconds_of(said.get("MaxTime", ""))
    return Queue(
        name=said["PartitionName"],
        accepts=accepts,
        starts=starts,
        is_default=said.get("Default") == "YES",
        nodes=node_names(said.get("Nodes", "")),
        # Where no default is set Slurm gives a job all the time that the partition allows.
        defaults=Resources(
            walltime=seconds_of(said.get("DefaultTime", "")) or most,
            mem_per_cpu=_memory(said.get("DefMemPerCPU", "")),
            mem_per_node=_memory(said.get("DefMemPerNode", "")),
        ),
        least=Resources(nnodes=count_of(said.get("MinNodes", "")) or None),
        most=Resources(nnodes=count_of(said.get("MaxNodes", "")), walltime=most),
        only_for=_only_for(said),
    )


def _memory(text: str) -> Size | None:
    """A default for memory; none at all is no default."""
    size = size_of(text)
    return size if size is not None and size.kb else None


def _only_for(said: Mapping[str, str]) -> PVector[str] | None:
    limits = [("group", said.get("AllowGroups", "ALL")), ("account", said.get("AllowAccounts", "ALL"))]
    names = [f"{kind}:{name}" for kind, names in limits if names != "ALL" for name in _words(names)]
    return pvector(names) if names else None


# --- nodes ------------------------------------------------------------------------------------------------------------


def parse_nodes(text: str) -> list[Node]:
    """All nodes of ``scontrol show node --oneliner``."""
    lines = (fields(line, _NODE_KEYS) for line in text.split("\n"))
    return [_node(said) for said in lines if "NodeName" in said]


def _node(said: Mapping[str, str]) -> Node:
    has, given = resources_of(said.get("CfgTRES", "")), resources_of(said.get("AllocTRES", ""))
    return Node(
        name=said["NodeName"],
        state=node_state(said.get("State", "")),
        said=said.get("State", ""),
        has=Amounts(
            ncpus=count_of(said.get("CPUTot", "")), ngpus=gpus_of(has), mem=size_of(said.get("RealMemory", ""))
        ),
        given=Amounts(
            ncpus=count_of(said.get("CPUAlloc", "")), ngpus=gpus_of(given), mem=size_of(said.get("AllocMem", ""))
        ),
        props=pvector(sorted(_words(said.get("ActiveFeatures", "")))),
        queues=pvector(_words(said.get("Partitions", ""))),
        comment=said.get("Reason", ""),
    )


def node_state(text: str) -> NodeState:
    """What the words for a node's state mean together: ``IDLE+DRAIN``, ``DOWN+NOT_RESPONDING``, ``mixed*``."""
    words = re.split(r"[^A-Z_]+", text.upper())
    if text.endswith("*") or not _WORKS_NOT.isdisjoint(words):
        return NodeState.DOWN
    if not _TAKES_NONE.isdisjoint(words):
        return NodeState.CLOSED
    return next((_BASES[word] for word in words if word in _BASES), NodeState.UNKNOWN)


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word and word != "(null)"]


# --- configuration ----------------------------------------------------------------------------------------------------


def parse_config(text: str) -> dict[str, str]:
    """``scontrol show config``, by key; the first of each counts."""
    found: dict[str, str] = {}
    for match in _CONFIG_LINE.finditer(text):
        found.setdefault(match[1], (match[2] or "").strip())
    return found


def defaults_of(config: Mapping[str, str], partitions: Sequence[Queue], queue: str | None) -> BatchDefaults:
    """What a job of this queue (None: of the default one) gets where it does not say."""
    default = next((each.name for each in partitions if each.is_default), None)
    mine = next((each for each in partitions if each.name == (queue or default)), Queue(name=""))
    wait = _SECONDS.fullmatch(config.get("KillWait", ""))
    return BatchDefaults(
        queue=mine.defaults,
        server=Resources(
            mem_per_cpu=_memory(config.get("DefMemPerCPU", "")), mem_per_node=_memory(config.get("DefMemPerNode", ""))
        ),
        default_queue=default,
        kill_wait=float(wait[1]) if wait else None,
        max_walltime=mine.most.walltime,
    )

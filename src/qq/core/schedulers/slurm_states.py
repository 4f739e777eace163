"""What Slurm's words for a job's state and its reason mean (squeue(1) and sacct(1), JOB STATE CODES, JOB REASON CODES).

Words that this table does not know are kept and shown; such a state counts as not answered.
"""

import re
from collections.abc import Mapping
from typing import Final

from qq.core.schedulers.slurm_values import NEVER_LAUNCHED
from qq.core.states import BatchState
from qq.core.troubles import Reason

_Q, _H, _W, _S = BatchState.QUEUED, BatchState.HELD, BatchState.WAITING, BatchState.SUSPENDED
_R, _E, _D, _F = BatchState.RUNNING, BatchState.EXITING, BatchState.FINISHED, BatchState.FAILED

STATES: Final[Mapping[str, tuple[str, BatchState, str]]] = {
    "BOOT_FAIL": ("BF", _F, "a node could not be booted"),
    "CANCELLED": ("CA", _F, "cancelled"),
    "COMPLETED": ("CD", _D, ""),
    "COMPLETING": ("CG", _E, "its processes are being ended"),
    "CONFIGURING": ("CF", _R, "its nodes are being made ready"),
    "DEADLINE": ("DL", _F, "its deadline passed"),
    "EXPEDITING": ("EX", _Q, ""),
    "FAILED": ("F", _F, ""),
    "LAUNCH_FAILED": ("LF", _F, "it could not be launched on its nodes"),
    "NODE_FAIL": ("NF", _F, "a node failed"),
    "OUT_OF_MEMORY": ("OOM", _F, "it used more memory than it had asked for"),
    "PENDING": ("PD", _Q, ""),
    "POWER_UP_NODE": ("PN", _R, "its nodes are being switched on"),
    "PREEMPTED": ("PR", _F, "another job took its place"),
    "RECONFIG_FAIL": ("", _F, "its nodes could not be set up"),
    "REQUEUED": ("RQ", _Q, "it was put back into the queue"),
    "REQUEUE_FED": ("RF", _Q, "it was put back into the queue by the federation"),
    "REQUEUE_HOLD": ("RH", _H, "it was put back into the queue and held"),
    "RESIZING": ("RS", _R, ""),
    "RESV_DEL_HOLD": ("RD", _H, "its reservation was deleted"),
    "REVOKED": ("RV", _F, "another cluster of the federation runs it"),
    "RUNNING": ("R", _R, ""),
    "SIGNALING": ("SI", _R, ""),
    "SPECIAL_EXIT": ("SE", _H, "it ended with a code that holds it"),
    "STAGE_OUT": ("SO", _E, "its files are being staged out"),
    "STOPPED": ("ST", _S, "stopped"),
    "SUSPENDED": ("S", _S, "suspended"),
    "TIMEOUT": ("TO", _F, "the walltime was reached"),
    "UPDATE_DB": ("UD", _E, ""),
}
"""Long word → compact word, what it is for us, what to say of it."""

_COMPACT: Final = {compact: word for word, (compact, _, _) in STATES.items() if compact}

REASONS: Final[Mapping[str, tuple[BatchState | None, str]]] = {
    "None": (None, ""),
    "Resources": (None, "waits for resources"),
    "Priority": (None, "jobs of a higher priority come first"),
    "Dependency": (_H, "waits for another job"),
    "DependencyNeverSatisfied": (
        _H,
        "waits for a job that can't end any more as it would have to: it will never start",
    ),
    "BeginTime": (_W, "its time has not come yet"),
    "JobHeldUser": (_H, "held by its user"),
    "JobHeldAdmin": (_H, "held by an administrator"),
    "job_requeued_in_held_state": (_H, "put back into the queue and held"),
    "launch_failed_requeued_held": (_H, "could not be launched, put back into the queue and held"),
    "JobHoldMaxRequeue": (_H, "put back into the queue too often, and held"),
    "ReservationDeleted": (_H, "its reservation was deleted"),
    "JobArrayTaskLimit": (None, "as many tasks of its array run as may at once"),
    "PartitionTimeLimit": (None, "asks for more walltime than its partition allows: it will never start"),
    "PartitionNodeLimit": (None, "asks for more nodes than its partition has: it will never start"),
    "PartitionConfig": (None, "asks for what its partition does not have: it will never start"),
    "PartitionDown": (None, "its partition is down"),
    "PartitionInactive": (None, "its partition is not active"),
    "ReqNodeNotAvail": (None, "a node that it needs is not available"),
    "NodeDown": (None, "a node is down"),
    "BadConstraints": (None, "no node fits what it asks for"),
    "Licenses": (None, "waits for a license"),
    "Reservation": (None, "waits for its reservation"),
    "Prolog": (None, "its nodes are being prepared"),
    "Cleaning": (None, "what is left of an earlier run is being cleaned up"),
    "InvalidAccount": (None, "its account is not valid: it will never start"),
    "InvalidQOS": (None, "its quality of service is not valid: it will never start"),
    "AccountNotAllowed": (None, "its account may not use this partition"),
    "QOSNotAllowed": (None, "its quality of service may not be used here"),
    "QOSJobLimit": (None, "as many jobs of this quality of service run as may at once"),
    "QOSResourceLimit": (None, "a limit of its quality of service is reached"),
    "QOSTimeLimit": (None, "asks for more walltime than its quality of service allows"),
    "AssociationJobLimit": (None, "as many jobs of its account run as may at once"),
    "AssociationResourceLimit": (None, "a limit of its account is reached"),
    "AssociationTimeLimit": (None, "the computing time of its account is used up"),
    "AssocGrpCPUMinutesLimit": (None, "the computing time of its account is used up"),
    "AssocGrpBillingMinutes": (None, "the computing time of its account is used up"),
    "TimeLimit": (None, "the walltime was reached"),
    "OutOfMemory": (None, "it used more memory than it had asked for"),
    "NonZeroExitCode": (None, ""),
    "JobLaunchFailure": (None, ""),
    "RaisedSignal": (None, ""),
    "SystemFailure": (None, "Slurm or a node failed"),
    "InactiveLimit": (None, "it was inactive for too long"),
    "DeadLine": (None, "its deadline can't be met"),
    "FedJobLock": (None, "waits for the clusters of the federation"),
    "MaxRequeue": (_H, "put back into the queue too often"),
    "NotKnown": (None, ""),
}
"""Reason → the state of a pending job where that is not queued, and what it means; the others speak for themselves."""

STUCK: Final[Mapping[str, Reason]] = {
    "DependencyNeverSatisfied": Reason.DEPENDENCY,
    "PartitionTimeLimit": Reason.NEVER_STARTS,
}
"""Reasons for which a pending job is never started by itself."""

_FAMILIES: Final = (
    (re.compile("Assoc(Grp|Max)|Max.*PerAccount"), "a limit of its account is reached"),
    (re.compile("QOS(Grp|Max|Min)"), "a limit of its quality of service is reached"),
)
"""Reasons of which there are a hundred, one for each thing that can be limited."""

_HELD = re.compile("held|hold", re.IGNORECASE)
_ONLY_WAITED = ("None", "Priority", "Resources", "BeginTime", "Dependency")
"""Why a job waited says nothing of why it was cancelled."""


def long_state(text: str) -> str:
    """One word for a state: compact codes written out, ``CANCELLED by 1001`` and several flags shortened to the base.

    Of several words (``CANCELLED+COMPLETING``) the one that says that it is not over yet counts.
    """
    words = [_COMPACT.get(word, word) for word in re.split(r"[+, ]+", text.strip().upper()) if word]
    return next((word for word in words if word == "COMPLETING"), words[0] if words else "")


def batch_state(state: str, reason: str = "") -> BatchState | None:
    """What a state means, for a pending job together with its reason. None: nobody knows this word."""
    known = STATES.get(long_state(state))
    if known is None or known[1] is not BatchState.QUEUED:
        return known[1] if known else None
    return _of_pending(reason)


def _of_pending(reason: str) -> BatchState:
    known = REASONS.get(reason_word(reason))
    if known is not None:
        return known[0] or BatchState.QUEUED
    return BatchState.HELD if _HELD.search(reason) else BatchState.QUEUED


def stuck(state: str, reason: str) -> Reason | None:
    """Why a pending job will never start by itself."""
    return STUCK.get(reason_word(reason)) if long_state(state) == "PENDING" else None


def reason_word(reason: str) -> str:
    """The word that names a reason: without what follows a comma, blanks as scontrol writes them."""
    return reason.strip().strip("()").partition(",")[0].replace(" ", "_")


def words_of(state: str, reason: str, code: tuple[int, int] | None) -> str:
    """Why a job is in its state: what is known about it, with Slurm's own words in brackets.

    Nothing of a job of which only its exit code is known: that has its own place.
    """
    word = long_state(state)
    known = STATES.get(word)
    if known is None:
        return f"Slurm says '{state.strip()}', a word that this qq does not know"
    own = reason.strip() if reason_word(reason) not in ("", *(_ONLY_WAITED if known[1] is _F else ("None",))) else ""
    if _code_alone(word, own, code):
        return ""
    meaning = known[2] or _meaning(reason_word(reason)) or _death(word, code)
    inside = own or (word if known[1] in (_F, _H) else "")
    return f"{meaning} ({inside})" if meaning and inside else meaning or inside


def _code_alone(word: str, own: str, code: tuple[int, int] | None) -> bool:
    return word == "FAILED" and own in ("", "NonZeroExitCode") and code is not None and code[0] > 0 and code[1] == 0


def _meaning(reason: str) -> str:
    known = REASONS.get(reason)
    return known[1] if known else next((words for family, words in _FAMILIES if family.match(reason)), "")


def _death(word: str, code: tuple[int, int] | None) -> str:
    if word != "FAILED" or code is None:
        return ""
    _, signal = code
    if signal == NEVER_LAUNCHED:
        return "it could not begin: its directory or output file can't be opened on the node"
    if signal == 9:
        return "it was killed (signal 9), as Slurm does when a job uses more memory than it asked for"
    return f"it died of signal {signal}" if signal else ""

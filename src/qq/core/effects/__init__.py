"""Everything that can be asked of the world, as data. An effect says what; retries, ssh and flags are a performer's.

Every effect but ``RunScript`` is idempotent: twice is once, also after a crash at any byte (``SubmitJob``: by token).
"""

from qq.core.effects.beside import (
    ClearTemporary,
    Consented,
    NoteCode,
    NoteProof,
    NoteSynced,
    RemoveFiles,
    RemoveMark,
    RemoveTree,
    Stage,
)
from qq.core.effects.record import (
    CreateRecord,
    Guard,
    Location,
    ReadRecord,
    WithdrawRecord,
    WriteRecord,
)
from qq.core.effects.running import (
    ON_THE_SPOT,
    WORKING,
    FindJob,
    RunScript,
    Say,
    SignalScript,
    StopScript,
    SubmitJob,
)
from qq.core.effects.trees import (
    ArchiveQuestion,
    Copy,
    Create,
    Include,
    List,
    MakeDir,
    MoveRuntime,
    Names,
    Place,
    ReadMark,
    VerifyCopy,
)
from qq.core.records.version import Version

__all__ = [
    "ON_THE_SPOT",
    "WORKING",
    "ArchiveQuestion",
    "ClearTemporary",
    "Consented",
    "Copy",
    "Create",
    "CreateRecord",
    "Effect",
    "FindJob",
    "Guard",
    "Include",
    "List",
    "Location",
    "MakeDir",
    "MoveRuntime",
    "Names",
    "NoteCode",
    "NoteProof",
    "NoteSynced",
    "Place",
    "ReadMark",
    "ReadRecord",
    "RemoveFiles",
    "RemoveMark",
    "RemoveTree",
    "RunScript",
    "Say",
    "SignalScript",
    "Stage",
    "StopScript",
    "SubmitJob",
    "VerifyCopy",
    "Version",
    "WithdrawRecord",
    "WriteRecord",
]

Effect = (
    WriteRecord
    | CreateRecord
    | WithdrawRecord
    | ReadRecord
    | List
    | ReadMark
    | MakeDir
    | MoveRuntime
    | Create
    | Copy
    | Include
    | VerifyCopy
    | Place
    | Stage
    | NoteCode
    | NoteProof
    | NoteSynced
    | RemoveFiles
    | RemoveTree
    | RemoveMark
    | ClearTemporary
    | RunScript
    | SignalScript
    | StopScript
    | FindJob
    | SubmitJob
    | Say
)

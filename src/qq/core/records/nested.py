"""The mappings inside an info file: resources, loop, site, settings and smaller ones, each as a table of its fields."""

from collections.abc import Mapping, Sequence

from qq.core.archive_format import parse_format
from qq.core.records.fields import Field, nested, same, writes
from qq.core.records.job import KilledBy, LoopInfo, WhyFailed, WorkDir
from qq.core.records.parse import format_walltime, parse_modes, parse_props, parse_size, parse_walltime
from qq.core.records.reading import (
    absolute_path,
    command_line,
    flag,
    host,
    many,
    mapping,
    natural,
    positive,
    prose,
    seconds,
    text,
    time,
    time_text,
    token,
)
from qq.core.records.site import Settings, Site
from qq.core.records.values import Modes, Resources, Size


def size_tree(size: Size) -> object:
    """As records keep sizes: ``{value: <kB>}``."""
    return {"value": size.kb}


def mode_words(modes: Modes) -> object:
    """A list of words; exit codes are words, too."""
    return [str(word) for word in modes.words]


RESOURCES = (
    same("nnodes", positive),
    same("ncpus", positive),
    same("ncpus_per_node", positive),
    same("mem", parse_size, size_tree),
    same("mem_per_node", parse_size, size_tree),
    same("mem_per_cpu", parse_size, size_tree),
    same("ngpus", natural),
    same("ngpus_per_node", natural),
    same("walltime", parse_walltime, format_walltime),
    same("work_dir", text),
    same("work_size", parse_size, size_tree),
    same("work_size_per_node", parse_size, size_tree),
    same("work_size_per_cpu", parse_size, size_tree),
    same("props", parse_props),
)

LOOP = (
    same("start", natural, required=True),
    same("end", natural, required=True),
    same("archive", text, required=True),
    same(
        "archive_format", lambda raw, place: text(raw, place).bind(lambda fmt: parse_format(fmt, place)), required=True
    ),
    same("current", natural, required=True),
    same("archive_mode", parse_modes, mode_words, empty=True),
)

SITE = (
    same("name", text, required=True),
    same("engine", text, required=True),
    same("batch_system", text, required=True),
    same("found_by", text),
    same("found_with", many(text)),
    same("found_at", many(text)),
    same("scratch", mapping(many(text))),
    same("default_work_dir", text),
    same("scratch_requests", mapping(text)),
    same("scratch_shared", flag),
    same("scratch_outlives_job", flag),
    same("default_resources", nested(Resources, RESOURCES), writes(RESOURCES)),
    same("default_queue", text),
    same("input_shared", flag),
    same("shared_types", many(text)),
    same("shared_paths", many(absolute_path)),
    same("resubmit_from", many(host), empty=True),
    same("servers", mapping(text)),
    same("output_hosts", mapping(host)),
    same("kill_wait", seconds),
    same("qq_command", text),
)

SETTINGS = (
    same("retry_tries", positive),
    same("retry_wait", seconds),
    same("grace", seconds),
    same("ssh_timeout", seconds),
    same("rsync_silence", seconds),
    same("default_interpreter", command_line),
)

FAILURE = (same("number", natural, required=True), same("words", prose, required=True))
KILLED_BY = (same("who", text, required=True), same("when", time, time_text, required=True))
WORK_DIR = (same("host", host, required=True), same("path", absolute_path, required=True), same("token", token))

NESTED: Mapping[str, Sequence[Field]] = {
    "resources": RESOURCES,
    "loop_info": LOOP,
    "failure": FAILURE,
    "killed_by": KILLED_BY,
    "site": SITE,
    "settings": SETTINGS,
}
"""Keys of an info file that hold a mapping whose own unknown keys are kept."""

resources = nested(Resources, RESOURCES)
loop_info = nested(LoopInfo, LOOP)
failure = nested(WhyFailed, FAILURE)
killed_by = nested(KilledBy, KILLED_BY)
work_dirs = many(nested(WorkDir, WORK_DIR))
site = nested(Site, SITE)
settings = nested(Settings, SETTINGS)

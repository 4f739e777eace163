"""Law 9: every record that can be built survives writing and reading; every text that is none gives faults."""

from collections.abc import Mapping

import yaml
from hypothesis import event, given
from hypothesis import strategies as st

from property_tests.strategies.jobs import FEW, jobs, texts, unknown_values
from qq.core.records.fields import frozen, thawed
from qq.core.records.infofile import JOB, job_from_tree, tree_from_job
from qq.core.records.job import JobInfo
from qq.core.records.nested import NESTED
from qq.core.replacing import replace
from qq.core.result import Failure, Success, failed
from qq.core.wire import decode, encode
from qq.shell.perform.record import record_text
from qq.shell.perform.yamltext import tree_from_text
from qq.shell.perform.yamlwriting import text_from_tree

KNOWN = [(field.key,) for field in JOB] + [(key, field.key) for key, table in NESTED.items() for field in table]


@FEW
@given(jobs())
def test_a_record_survives_writing_and_reading(job: JobInfo) -> None:
    event(f"type: {job.job_type}")
    event(f"site: {job.site is not None}")
    event(f"unknown keys: {min(len(job.unknown), 2)}")
    text, tree = record_text(job), tree_from_job(job)
    assert tree_from_text(text).bind(job_from_tree) == Success(job)
    assert job_from_tree(tree) == Success(job)
    assert decode(encode(job)) == Success(job)  # to another host
    binary = b"!!binary" in text
    event(f"names that are no UTF-8: {binary}")
    if not binary:
        assert yaml.safe_load(text) == tree  # other readers see the same


@FEW
@given(jobs(), st.lists(st.sampled_from([field.key for field in JOB]), min_size=1, max_size=3, unique=True))
def test_a_rewrite_keeps_comments_and_unknown_keys_and_nothing_else(job: JobInfo, keys: list[str]) -> None:
    commented: list[str] = []
    for line in record_text(job).decode("utf-8").split("\n"):
        commented += [f"# about {key}" for key in keys if line.startswith(f"{key}:")]
        commented.append(line)
    before = "\n".join(commented).encode("utf-8")
    changed = replace(job, attempt=job.attempt + 1, notes=job.notes.append("new"), settings=None, account=None)
    after = record_text(changed, before)
    assert tree_from_text(after).bind(job_from_tree) == Success(changed)
    left = [key for key in keys if key not in ("settings", "account", "notes")]
    assert all((f"# about {key}" in commented) == (f"# about {key}".encode() in after) for key in left)
    assert record_text(job, before) == before


@FEW
@given(jobs(), st.sampled_from(KNOWN), unknown_values())
def test_a_wrong_value_gives_a_fault_at_its_place_or_is_a_right_one(
    job: JobInfo, place: tuple[str, ...], value: object
) -> None:
    tree = tree_from_job(job)
    inner = tree
    for key in place[:-1]:
        nested = inner.get(key)
        if not isinstance(nested, dict):
            event("no such mapping in this record")
            return
        inner = nested
    inner[place[-1]] = thawed(value)
    result = job_from_tree(tree)
    faults = failed(result)
    event("faults" if faults else "a right value")
    if faults is None:
        assert job_from_tree(tree_from_job(result.unwrap())) == result
    else:
        assert all(str(one) for one in faults)


@given(unknown_values())
def test_a_tree_that_is_no_record_gives_faults(value: object) -> None:
    assert isinstance(job_from_tree(thawed(value)), Failure)


@given(st.binary(max_size=60) | texts(60).map(lambda text: text.encode("utf-8", "surrogateescape")))
def test_bytes_that_are_no_record_give_faults(data: bytes) -> None:
    result = tree_from_text(data)
    event("YAML" if isinstance(result, Success) else "not even YAML")
    assert isinstance(result.bind(job_from_tree), Failure)


@FEW
@given(jobs(), st.data())
def test_a_broken_record_gives_faults_and_no_exception(job: JobInfo, data: st.DataObject) -> None:
    text = record_text(job)
    cut = data.draw(st.integers(0, len(text)))
    inserted = data.draw(
        st.sampled_from([b"", b"\0", b"\xff", b"[", b"}", b": ", b"\n- ", b"&a ", b"*a", b"!!set ", b"\t", b"? "])
    )
    keep = data.draw(st.booleans())
    result = tree_from_text(text[:cut] + inserted + (text[cut:] if keep else b"")).bind(job_from_tree)
    event("still a record" if isinstance(result, Success) else "faults")
    if isinstance(result, Failure):
        assert len(result.failure()) > 0


@given(st.dictionaries(texts(), unknown_values(), max_size=4))
def test_any_tree_of_plain_values_survives_as_text(tree: Mapping[str, object]) -> None:
    plain = {key: thawed(value) for key, value in tree.items()}
    assert frozen(tree_from_text(text_from_tree(plain, "comment")).unwrap() or {}) == frozen(plain)

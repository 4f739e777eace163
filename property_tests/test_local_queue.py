"""Laws of the embedded queue: never more given away than there is, nobody waits for nothing, all comes to an end."""

from hypothesis import event, given
from hypothesis import strategies as st
from pyrsistent import PVector, pvector

from qq.core.depending import Fate
from qq.core.records.values import DEPENDENCY_KINDS
from qq.core.schedulers.local import Capacity, LocalJob, Need, Stage, chosen, lacking, may_start, number_of
from qq.core.schedulers.local_depend import Link, Waits, doomed, from_text, outlook, to_text

NEEDS = st.builds(Need, ncpus=st.integers(1, 4), ngpus=st.integers(0, 2), mem_kb=st.integers(0, 4))
CAPACITIES = st.builds(Capacity, ncpus=st.integers(1, 6), ngpus=st.integers(0, 2), mem_kb=st.integers(0, 6))


@st.composite
def links_to_earlier(draw: st.DrawFn, number: int) -> PVector[Link]:
    if number == 1:
        return pvector()
    link = st.builds(Link, kind=st.sampled_from(DEPENDENCY_KINDS), number=st.integers(1, number - 1))
    return pvector(draw(st.lists(link, max_size=2)))


@st.composite
def submissions(draw: st.DrawFn) -> list[LocalJob]:
    """Jobs in the order of their submission, each of which depends on earlier ones only."""
    count = draw(st.integers(1, 8))
    return [
        LocalJob(
            number=number,
            stage=Stage.PENDING,
            held=draw(st.sampled_from([False, False, False, True])),
            need=draw(NEEDS),
            depend=draw(links_to_earlier(number)),
        )
        for number in range(1, count + 1)
    ]


def total(needs: list[Need]) -> Need:
    return Need(sum(n.ncpus for n in needs), sum(n.ngpus for n in needs), sum(n.mem_kb for n in needs))


@given(CAPACITIES, st.lists(NEEDS, max_size=3), submissions())
def test_no_more_is_given_away_than_there_is_and_nobody_waits_for_nothing(
    capacity: Capacity, running: list[Need], jobs: list[LocalJob]
) -> None:
    known = {job.number: job.fate for job in jobs}
    started = chosen(capacity, running, jobs, known)
    event(f"started {len(started)}")
    needs = {job.number: job.need for job in jobs}
    free = Capacity(*(max(0, have - used) for have, used in _pairs(capacity, total(running))))
    booked = total([needs[number] for number in started])
    if started:
        assert lacking(booked, free) is None
    assert list(started) == sorted(set(started))
    left = Capacity(*(have - used for have, used in _pairs(free, booked)))
    for job in jobs:
        if may_start(job, known) and job.number not in started:
            assert lacking(job.need, left) is not None


def _pairs(capacity: Capacity, need: Need) -> list[tuple[int, int]]:
    return [(capacity.ncpus, need.ncpus), (capacity.ngpus, need.ngpus), (capacity.mem_kb, need.mem_kb)]


@given(CAPACITIES, submissions(), st.data())
def test_every_queue_comes_to_an_end(capacity: Capacity, jobs: list[LocalJob], data: st.DataObject) -> None:
    """Jobs end as they like: at last only held ones, too big ones, and those that wait for them are left."""
    fates = {job.number: job.fate for job in jobs}
    while True:
        pending = [job for job in jobs if not fates[job.number].begun]
        for number, _ in doomed(((job.number, job.depend) for job in pending), fates):
            fates[number] = Fate(begun=True, ended=True, well=False)
        pending = [job for job in jobs if not fates[job.number].begun]
        started = chosen(capacity, [], pending, fates)
        if not started:
            break
        for number in started:
            fates[number] = Fate(begun=True, ended=True, well=data.draw(st.booleans()))
    stuck = {job.number for job in jobs if not fates[job.number].begun}
    event(f"left {len(stuck)}")
    for job in jobs:
        if job.number in stuck and not job.held and lacking(job.need, capacity) is None:
            prospects = outlook(job.depend, fates)
            assert isinstance(prospects, Waits)
            assert {link.number for link in prospects.links} <= stuck


@given(st.lists(st.builds(Link, kind=st.sampled_from(DEPENDENCY_KINDS), number=st.integers(1, 10**18 - 1))))
def test_links_survive_the_table(links: list[Link]) -> None:
    assert from_text(to_text(links)) == pvector(links)


@given(st.text())
def test_any_text_is_an_id_or_none(text: str) -> None:
    number = number_of(text)
    event("id" if number is not None else "none")
    assert number is None or 0 <= number < 2**63

"""What the batch system says of itself counts at submission."""

from qq.core.batch_defaults import BatchDefaults, at_site, too_long
from qq.core.records.site import Site
from qq.core.replacing import replace

SITE = Site(name="s", engine="Slurm", batch_system="Slurm", kill_wait=30)


def test_the_cluster_knows_its_own_times_and_queues_best() -> None:
    found = at_site(SITE, BatchDefaults(default_queue="cpu", kill_wait=7))
    assert (found.default_queue, found.kill_wait) == ("cpu", 7)


def test_what_it_does_not_say_is_as_the_site_says() -> None:
    assert at_site(SITE, BatchDefaults()) == SITE
    assert at_site(replace(SITE, default_queue="mine"), BatchDefaults(default_queue="cpu")).default_queue == "mine"


def test_more_walltime_than_the_queue_allows_is_warned_about() -> None:
    allows = BatchDefaults(max_walltime=86400)
    assert too_long(90000, "cpu", allows) == "the queue cpu allows 24 h of walltime, 25 h are asked for"
    assert too_long(86400, "cpu", allows) is None
    assert too_long(None, "cpu", allows) is None
    assert too_long(10**9, "cpu", BatchDefaults()) is None

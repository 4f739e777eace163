"""The sweep in CI: every case, every place, every kind of fault. The first counterexample is shown as a trace."""

import pytest

from property_tests.sweep.jobs import Case, cases
from property_tests.sweep.sweep import STRIDE, Kinds, kinds, others, sweep


@pytest.mark.parametrize("what", [kinds, others], ids=["faults", "others"])
@pytest.mark.parametrize("case", cases(), ids=[case.name for case in cases()])
def test_no_fault_breaks_a_law(case: Case, what: Kinds) -> None:
    found = next(sweep(case, what, STRIDE if what is kinds else 0), None)
    assert found is None, f"\n{found}"

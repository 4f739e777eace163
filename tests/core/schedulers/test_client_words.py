"""What programs of batch systems say, as one line and with what to do."""

from qq.core.schedulers.client_words import hint_for, line_for_people, with_hint


def test_the_last_line_counts_without_the_programs_name() -> None:
    assert line_for_people("sbatch: error: first\nsbatch: error: Batch job submission failed: no\n\n") == (
        "Batch job submission failed: no"
    )
    assert line_for_people("qsub: Unknown queue") == "Unknown queue"
    assert line_for_people("\n \n") == ""
    assert len(line_for_people("x" * 9999)) <= 300


def test_what_holds_everywhere_comes_after_what_the_batch_system_knows() -> None:
    assert "kinit" in (hint_for("No Kerberos credentials available", ()) or "")
    assert "kinit" in (hint_for("open: Key has expired", ()) or "")
    assert "munge" in (hint_for("Munge decode failed: Expired credential", ()) or "")
    assert hint_for("Munge decode failed", [("Munge", "mine")]) == "mine"
    assert hint_for("no idea", ()) is None


def test_words_with_a_hint() -> None:
    assert with_hint("refused", "disk quota exceeded", ()) == "refused; make room first: 'quota' and 'df' tell where"
    assert with_hint("refused", "no idea", ()) == "refused"

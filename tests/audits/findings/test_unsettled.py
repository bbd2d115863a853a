"""A sentence that cannot tell does not contradict the limits that it prints."""

import biasaudit as ba


def test_limits_that_leave_out_no_gap_say_why_the_data_cannot_tell():
    found = ba.audit_dataset(ba.datasets.load_salaries()).findings()
    (told,) = [one.sentence for one in found if "whether a gap in salary remains" in one.sentence]
    assert told.endswith(
        "by itself its interval says that there is a gap; with all that was asked, this may be chance."
    )

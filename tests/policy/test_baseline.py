"""Not worse than a saved audit: the change with its interval, and baselines that answer another question."""

import io
import json
from pathlib import Path

import pytest

import biasaudit as ba
from biasaudit.reporting.words.text import clean
from policy.policies import HEAD, people, policy, verdict

THEN = people(F=(2000, 5000), M=(2500, 5000))
WORSE = people(F=(1000, 5000), M=(2500, 5000))
LIKE = people(F=(2010, 5000), M=(2500, 5000))
RATCHET = "not_worse_than_baseline = true"


@pytest.fixture
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ba.audit_for(THEN, policy(RATCHET)).to_json("then.json")
    return "then.json"


def refused(frame, keys, baseline, head=HEAD):
    with pytest.raises(ba.AuditError) as error:
        ba.check(frame, policy(keys, head), baseline=baseline)
    return str(error.value)


def changed(saved, **changes):
    """Write the baseline anew with other content."""
    document = json.loads(Path(saved).read_text("utf-8")) | changes
    Path("other.json").write_text(json.dumps(document), "utf-8")
    return "other.json"


@pytest.mark.parametrize(
    ("frame", "keys", "outcome"),
    [
        (WORSE, RATCHET, "fail"),
        (LIKE, RATCHET, "pass"),
        (LIKE, f"{RATCHET}\nmargin = 0.0", "cannot tell"),
        (people(F=(20, 50), M=(25, 50)), RATCHET, "cannot tell"),
        (WORSE, f"{RATCHET}\nmargin = 0.3", "pass"),
        (people(F=(2400, 5000), M=(2500, 5000)), RATCHET, "pass"),
        (WORSE, f'comparison = "ratio"\n{RATCHET}', "fail"),
        (LIKE, f'comparison = "ratio"\n{RATCHET}', "pass"),
        (WORSE, f'comparison = "rate"\nmin = 0.1\n{RATCHET}', "fail"),
        (WORSE, f'comparison = "rate"\nmax = 0.6\n{RATCHET}', "pass"),
        (WORSE, f"max = 0.5\n{RATCHET}", "fail"),
        (LIKE, f"max = 0.01\n{RATCHET}", "fail"),
        (LIKE, f"{RATCHET}\nmin_rows = 5001", "cannot tell"),
    ],
)
def test_outcomes(saved, frame, keys, outcome):
    assert verdict(frame, keys, baseline=saved).outcome == outcome


def test_the_change_is_told_with_its_interval(saved):
    found = verdict(WORSE, RATCHET, baseline=saved)
    assert found.rules[0].sentence == (
        "Selection rate by sex, gap of sex = M against sex = F, against the baseline: 30.0 points now, 10.0 "
        "points then, "
        "worse by 20.0 points (17.4 to 22.6), all past the margin of 5.0 points."
    )
    assert found.rules[0].judged[0].what == "baseline"


def test_the_same_counts_have_not_changed(saved):
    found = verdict(THEN, f"{RATCHET}\nmargin = 0.0", baseline=saved)
    assert found.outcome == "pass"
    assert found.rules[0].sentence == (
        "Selection rate by sex, gap of sex = M against sex = F, against the baseline: 10.0 points, from the same "
        "counts "
        "as then."
    )


def test_a_baseline_may_come_as_a_file_that_is_open(saved):
    file = io.BytesIO(Path(saved).read_bytes())
    file.name = "then.json"
    assert verdict(WORSE, RATCHET, baseline=file).outcome == "fail"


def test_a_group_that_has_vanished(saved):
    both = people(F=(500, 1000), M=(500, 1000), X=(5, 10))
    ba.audit_for(both, policy(RATCHET)).to_json("three.json")
    assert refused(THEN, RATCHET, "three.json") == (
        'policy.toml, line 7: the group sex="X" was in the baseline "three.json" and has vanished. Nobody can '
        "tell whether "
        "its people fare worse: bring the group back, or save a new baseline without it."
    )
    # A group that is new has no past to be worse than; the range looks at it.
    assert verdict(both, RATCHET, baseline=saved).outcome in {"fail", "cannot tell", "pass"}
    assert refused(both, f'{RATCHET}\nkind = "pair"', saved) == (
        'policy.toml, line 7: the baseline "then.json" has no figure for sex="X" against sex="F". Save a new '
        "baseline, or "
        "give the same reference."
    )


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.17"])
def test_a_baseline_of_any_version_of_this_schema_is_read(saved, version):
    document = json.loads(Path(saved).read_text("utf-8"))
    document.pop("sections", None)
    document |= {"$schema": f"urn:biasaudit:report:{version}", "schema_version": version}
    if version == "1.17":
        # What a later version may add is passed over.
        document["by_whom"] = {"name": "board"}
        for name in ("rates", "disparities", "groups", "findings"):
            document[name] = [row | {"unit": "share", "cells": [1, 2]} for row in document[name]]
    Path("other.json").write_text(json.dumps(document), "utf-8")
    now, then = (verdict(WORSE, RATCHET, baseline=name) for name in ("other.json", saved))
    assert (now.outcome, now.rules[0].judged[0].estimate) == ("fail", then.rules[0].judged[0].estimate)


@pytest.mark.parametrize("version", ["0.9", "2.0", "11.0", "1", "1.x", "1.1.2", "1.1\n", 1.1, True, [], {"a": 1}])
def test_a_baseline_of_another_schema_version(saved, version):
    assert refused(THEN, RATCHET, changed(saved, schema_version=version)) == (
        f'The baseline "other.json" has schema version {clean(version)}, and this biasaudit reads any 1.x: '
        'save it anew with biasaudit audit … --json, or audit.to_json("baseline.json").'
    )


REMEDY = 'Save it anew with biasaudit audit … --json, or audit.to_json("baseline.json").'


def test_what_is_no_baseline(saved):
    def write(content):
        Path("bad.json").write_bytes(content)
        return "bad.json"

    assert refused(THEN, RATCHET, write(b"\xff\x00")) == f'The baseline "bad.json" is not JSON. {REMEDY}'
    assert refused(THEN, RATCHET, write(b"[" * 100_000)) == f'The baseline "bad.json" is not JSON. {REMEDY}'
    assert (
        refused(THEN, RATCHET, write(b"[1]"))
        == f'The baseline "bad.json" is JSON, but no report of biasaudit. {REMEDY}'
    )
    assert refused(THEN, RATCHET, {}) == f"A baseline is the path of a saved audit, and not a dict. {REMEDY}"
    assert refused(THEN, RATCHET, "none.json") == (
        f'There is no baseline "none.json". Give the path of a saved audit. {REMEDY}'
    )
    assert refused(THEN, RATCHET, changed(saved, disparities=[{"metric": "x"}])) == (
        f'The baseline "other.json" is damaged at disparities.0.comparison. {REMEDY}'
    )
    assert refused(THEN, RATCHET, changed(saved, disparities=[])) == (
        'policy.toml, line 9: metric = "selection_rate" is not measured by the baseline "other.json". It needs '
        "decisions "
        "(y_pred, or score with a threshold). A rule can be about none of what it measures."
    )


def test_a_baseline_that_answers_another_question(saved):
    settings = json.loads(Path(saved).read_text("utf-8"))["settings"]
    assert refused(THEN, RATCHET, changed(saved, settings=settings | {"confidence": 0.9})) == (
        'The baseline "other.json" differs in the confidence of its intervals: 0.9 then, 0.95 now. Give both the same.'
    )
    assert refused(THEN, RATCHET, changed(saved, settings=settings | {"pos_label": 0})) == (
        'The baseline "other.json" differs in what counts as positive: 0 then, None now. Give both the same.'
    )
    crossed = HEAD.replace('["sex"]', '["sex", "race"]')
    frame = THEN.assign(race=["a", "b"] * 5000)
    assert refused(frame, f'{RATCHET}\nby = "race"', saved, crossed) == (
        'policy.toml, line 11: the baseline "then.json" does not split people by race. It splits by ["sex"].'
    )


def test_a_baseline_and_a_rule_that_looks_at_it_go_together(saved):
    assert refused(THEN, RATCHET, None) == (
        "policy.toml, line 10: the rule compares with a baseline, and none was given. Give the JSON of a saved audit: "
        "--baseline audit.json, or baseline=."
    )
    assert refused(THEN, "max = 0.5", saved) == (
        "A baseline was given, and no rule of policy.toml looks at it. Add not_worse_than_baseline = true to a "
        "rule, or "
        "leave the baseline out."
    )

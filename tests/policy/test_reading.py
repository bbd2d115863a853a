"""What is wrong with a policy is said in one sentence, with the line, the key and the remedy."""

import json
import tomllib
from datetime import date

import jsonschema
import pytest
from hypothesis import given, strategies as st

import biasaudit as ba
from biasaudit.policy._toml_lines import key_lines, line_of
from biasaudit.policy.reading import HERE
from policy.policies import HEAD, RULE, policy

KEYS = (
    "Keys: name, metric, class, comparison, kind, by, group, max, min, max_sd, not_worse_than_baseline, margin, "
    "min_rows, ignore_small, when_cannot_tell, reason, owner, waiver."
)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("mx = 0.1", f'line 10: "mx" is not a key of a rule. Did you mean "max"? {KEYS}'),
        (
            "max = 1.5",
            "line 10: max = 1.5 is out of range: a difference of shares lies between 0 and 1. "
            "Write 0.1 for ten points.",
        ),
        (
            "max = -0.1",
            "line 10: max = -0.1 is out of range: a difference of shares lies between 0 and 1. "
            "Write 0.1 for ten points.",
        ),
        ("max = nan", "line 10: max = nan has to be a finite number."),
        ('max = "0.1"', 'line 10: max = "0.1" has to be a number.'),
        ("max = true", "line 10: max = true has to be a number."),
        ("min = 0.8", "line 10: a difference has a max, the largest gap that is borne. Write max."),
        (
            'comparison = "ratio"\nmin = 1.25',
            "line 11: min = 1.25 is out of range: a ratio lies above 0 and is at most 1, which is equal. "
            "Write 0.8 for four fifths.",
        ),
        (
            'comparison = "ratio"\nmax = 1.25',
            "line 11: a ratio has a min, the smallest that is borne: 1 is equal, and a group over its reference counts "
            "like the reference over the group. Write min.",
        ),
        (
            'comparison = "rate"\nmin = 2',
            "line 11: min = 2 is out of range: a rate lies between 0 and 1. Write 0.8 for 80 %.",
        ),
        ('comparison = "rate"\nmin = 0.2\nmax = 0.3', "line 11: a rule has a max or a min. Write a rule for each."),
        (
            'comparison = "rate"\nmin = 0.2\nkind = "pair"',
            "line 12: kind is how groups are held against each other, and a rate stands by itself. Leave it out.",
        ),
        (
            'comparison = "ratoi"\nmin = 0.8',
            'line 10: comparison = "ratoi" is none of "difference", "ratio" or "rate". Did you mean "ratio"?',
        ),
        ("reason = 'none'", "line 9: the rule has no limit. Add max, or not_worse_than_baseline = true."),
        ('comparison = "rate"', "line 9: the rule has no limit. Add max or min."),
        (
            "max = 0.1\nmargin = 0.1",
            "line 11: margin is what a gap may grow by. Add not_worse_than_baseline = true, or leave it out.",
        ),
        ("not_worse_than_baseline = true\nmargin = 2", "line 11: margin = 2 is out of range: it has to be at most 1."),
        ("max = 0.1\nmin_rows = 2.5", "line 11: min_rows = 2.5 has to be a whole number."),
        ("max = 0.1\nmin_rows = -1", "line 11: min_rows = -1 is out of range: it has to be at least 0."),
        (
            'max = 0.1\nwhen_cannot_tell = "wran"',
            'line 11: when_cannot_tell = "wran" is none of "pass", "warn" or "fail". Did you mean "warn"?',
        ),
        (
            'max = 0.1\ngroup = { sex = "F" }\nkind = "range"',
            'line 12: a range is over all groups, and the rule names one. Write kind = "pair" or leave kind out.',
        ),
        (
            'max = 0.1\ngroup = { sex = "F" }\nby = "race"',
            "line 12: by and group name other features. Leave out by: the group says it.",
        ),
        ("max = 0.1\n[rules.waiver]\nuntil = 2027-01-01", 'line 11: A waiver has no "reason". Add it.'),
        (
            'max = 0.1\nwaiver = { until = "soon", reason = "x" }',
            'line 11: until = "soon" has to be a date, such as 2027-01-31.',
        ),
        (f"max = 0.1\n{RULE}max = 0.2", 'line 11: two rules are called "alike". Give each a name of its own.'),
    ],
)
def test_a_rule_that_is_wrong(keys, message):
    with pytest.raises(ba.AuditError) as error:
        policy(keys)
    assert str(error.value) == f"policy.toml, {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'policy, line 1: A policy has no "name". Add it.'),
        (
            'name = "x"',
            "policy, line 1: the policy has no rule, so nothing would be judged. Add a table [[rules]].",
        ),
        (
            'name = "x"\n[colums]\na = 1',
            'policy, line 2: "colums" is not a key of a policy. Did you mean "columns"? Keys: name, owner, says, '
            "audit, "
            "columns, rules, sheet.",
        ),
        (
            'name = "x"\n[columns]\nconfidence = 95',
            "policy, line 3: confidence = 95 is out of range: it has to be below 1.",
        ),
        ('name = "x"\nrules = 3', "policy, line 2: rules = 3 has to be a list in brackets."),
        ("name = x", "policy is not TOML: Invalid value (at line 1, column 8). Mend that place."),
        (
            'name = "x"\n[sheet]\nname = "four_fifths"\nset_apart_below = 0.02',
            "policy, line 4: small categories are set apart without a reason. Add set_apart_reason.",
        ),
        (
            'name = "x"\n[sheet]\nname = "four_fith"',
            'policy, line 3: name = "four_fith" is none of "four_fifths", "local_law_144" or '
            '"ai_act_article_10". Did you '
            'mean "four_fifths"?',
        ),
    ],
)
def test_a_file_that_is_wrong(text, message):
    with pytest.raises(ba.AuditError) as error:
        ba.policy.loads(text)
    assert str(error.value) == message


def test_files_that_are_no_policy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ready = "Give the path of a TOML file or one of four_fifths, local_law_144, ai_act_article_10"
    cases = {
        "four_fith": f'There is no policy "four_fith". Did you mean "four_fifths"? {ready}; biasaudit init writes a '
        "file to start from.",
        ".": 'The policy "." is no plain file. Give the path of a TOML file.',
        "big.toml": 'The policy "big.toml" is larger than a megabyte, so it is no policy. Give a TOML file.',
        "latin.toml": 'The policy "latin.toml" is not UTF-8, as TOML has to be. Save it as UTF-8.',
    }
    (tmp_path / "big.toml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "latin.toml").write_bytes("name = 'Zürich'".encode("latin-1"))
    cases |= {None: f"A policy is a path, a ready policy's name or what loads() read, and not a NoneType. {ready}."}
    for name, message in cases.items():
        with pytest.raises(ba.AuditError) as error:
            ba.policy.load(name)
        assert str(error.value) == message


def test_windows_line_ends_and_a_mark_at_the_start_are_read(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}{RULE}max = 0.1\n".replace("\n", "\r\n").encode())
    read = ba.policy.load(path)
    assert read.rules[0].max == 0.1
    assert read.line("rules", 0, "max") == 10


def test_a_policy_that_was_read_is_taken_as_it_is():
    read = policy("max = 0.1")
    assert ba.policy.load(read) is read
    assert ba.policy.load("four_fifths").name == "Four fifths"


def test_lines_of_keys_wherever_toml_lets_them_stand():
    text = '''name = """
[[rules]]
max = 9
"""
"a b".c = [
  1, # ]
  { d = 2 },
]
[[rules]]
metric = "x[" # {
group = { race = "White", "a.b" = "c" }
[rules.waiver]
until = 2027-01-01
[[rules]]
max = 1
'''
    tomllib.loads(text)
    lines = key_lines(text)
    wanted = {
        ("name",): 1,
        ("a b", "c"): 5,
        ("rules", 0): 9,
        ("rules", 0, "metric"): 10,
        ("rules", 0, "group"): 11,
        ("rules", 0, "group", "race"): 11,
        ("rules", 0, "group", "a.b"): 11,
        ("rules", 0, "waiver", "until"): 13,
        ("rules", 1): 14,
        ("rules", 1, "max"): 15,
    }
    assert {path: line_of(lines, path) for path in wanted} == wanted
    assert ("rules", 2) not in lines
    assert line_of(lines, ("rules", 1, "min")) == 14


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_a_sentence(text):
    with pytest.raises(ba.AuditError):
        ba.policy.loads(text)


@given(st.lists(st.sampled_from(['"""', "'''", "[", "]", "{", "}", "#", "\n", '"', "'", "a = 1", "[[r]]", "\\"])))
def test_looking_for_lines_never_fails(pieces):
    key_lines("".join(pieces))


def test_the_schema_takes_what_is_read_and_refuses_what_is_not():
    schema = ba.policy.policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    text = f'{HEAD}{RULE}max = 0.1\nby = "sex"\n'
    document = tomllib.loads(text)
    check = jsonschema.Draft202012Validator(schema)
    check.validate(document)
    assert json.loads(json.dumps(schema)) == schema
    for broken in ({"mx": 1}, {"max": "0.1"}, {"when_cannot_tell": "maybe"}, {"min_rows": -1}):
        assert not check.is_valid(document | {"rules": [document["rules"][0] | broken]})


@pytest.mark.parametrize("name", ba.policy.READY)
def test_ready_policies_fit_the_schema_and_say_that_they_are_no_legal_advice(name):
    read = ba.policy.load(name)
    assert "This is no legal advice" in " ".join(read.document.says)
    jsonschema.validate(json.loads(read.document.model_dump_json(exclude_none=True)), ba.policy.policy_schema())


@given(
    name=st.text(min_size=1, max_size=20),
    features=st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=3, unique=True),
    positive=st.one_of(st.none(), st.text(min_size=1, max_size=10), st.integers(-9, 9), st.booleans()),
    reference=st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=2),
)
def test_a_starting_policy_says_what_it_was_given(name, features, positive, reference):
    given_ = {
        "sensitive_features": features,
        "y_true": "y",
        "y_pred": "p",
        "pos_label": positive,
        "reference": reference,
    }
    surrogate = any("\ud800" <= letter <= "\udfff" for letter in repr(given_) + name)
    if surrogate:
        return
    read = ba.policy.loads(ba.policy.starting_policy(name, given_))
    assert read.name == name
    assert read.columns.sensitive_features == features
    assert read.columns.pos_label == (None if positive in ("",) else positive)
    assert read.columns.reference == (reference or None)
    assert len(read.rules) == (4 if len(features) > 1 else 3)


def test_a_starting_policy_needs_groups_and_something_to_judge():
    with pytest.raises(ba.AuditError, match=r"^No column was found that says who belongs to which group\. Name one:"):
        ba.policy.starting_policy("x", {"y_pred": "p"})
    with pytest.raises(ba.AuditError, match=r"^No column of labels or decisions was found\."):
        ba.policy.starting_policy("x", {"sensitive_features": ["sex"], "score": "s"})


@pytest.mark.parametrize("written", ["2027-01-01", '"2027-01-01"'])
def test_a_waiver_is_a_date_with_quotes_or_without(written):
    text = f'{HEAD}{RULE}max = 0.1\nwaiver = {{ until = {written}, reason = "x" }}\n'
    assert ba.policy.loads(text).rules[0].waiver.until == date(2027, 1, 1)
    check = jsonschema.Draft202012Validator(
        ba.policy.policy_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    document = tomllib.loads(text)
    check.validate(document)
    check.validate(json.loads(json.dumps(document, default=str)))


@pytest.mark.parametrize("written", ['"2027-13-01"', '"20270101"', '"2027-01-01T00:00"', '"soon"', "3", "true", "[]"])
def test_what_is_no_date_is_refused_by_the_loader_and_by_the_schema(written):
    text = f'{HEAD}{RULE}max = 0.1\nwaiver = {{ until = {written}, reason = "x" }}\n'
    with pytest.raises(ba.AuditError, match=r"^policy, line 11: until = .* has to be a date, such as 2027-01-31\.$"):
        ba.policy.loads(text)
    check = jsonschema.Draft202012Validator(
        ba.policy.policy_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert not check.is_valid(tomllib.loads(text))


@pytest.mark.parametrize("name", ba.policy.READY)
def test_a_ready_policy_fits_the_schema_as_it_is_written(name):
    text = (HERE / f"{name}.toml").read_text("utf-8")
    jsonschema.Draft202012Validator(ba.policy.policy_schema()).validate(tomllib.loads(text))

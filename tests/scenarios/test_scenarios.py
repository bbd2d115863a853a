"""Scenarios: the data, the audits and what mends it, told in one call."""

import inspect
import re

import numpy as np
import pytest

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.mitigation import MITIGATIONS
from biasaudit.models.tabular import MODELS
from biasaudit.scenarios import SCENARIOS, Dial, TableScenario

TABLES = [scenario for scenario in SCENARIOS if isinstance(scenario, TableScenario)]
EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)


def refused(action):
    with pytest.raises(AuditError) as caught:
        action()
    return str(caught.value)


@EACH
def test_what_is_declared_is_there(scenario):
    assert ba.scenarios.get(scenario.name) is scenario
    names = [dial.name for dial in scenario.dials]
    assert len(set(names)) == len(names)
    assert len(scenario.turned({})) == len(names)
    for dial in (*scenario.dials, scenario.people):
        assert dial.low <= dial.start <= dial.high
        assert dial.check(dial.start) == dial.start
    for preset in scenario.presets:
        assert set(preset.dials) <= set(names)
        assert scenario.preset(preset.name) is preset
        # A page finds the case again from where the dials stand.
        assert all(value != scenario.turned({})[name] for name, value in preset.dials.items())
        scenario.run(**preset.dials)
    for text in (scenario.title, scenario.story, *(d.meaning for d in scenario.dials)):
        assert text[0].isupper()
        assert "unfair" not in text


@pytest.mark.parametrize("scenario", TABLES, ids=lambda s: s.name)
def test_a_table_has_its_generator_model_and_mitigations(scenario):
    arguments = inspect.signature(scenario.make).parameters
    assert {dial.name for dial in scenario.dials} == set(arguments) - {"n", "random_state", "rounds"}
    assert scenario.model in [kind.name for kind in MODELS]
    assert set(scenario.mitigations) <= {row.name for row in MITIGATIONS}
    for preset in scenario.presets:
        assert len(scenario.data(n=10, **preset.dials).frame) == 10


def test_a_dial_keeps_to_its_range():
    dial = Dial("noise", "Noise", "More of it.", 0, 40, 5, 10, 40)
    assert dial.check(12) == 12
    for value in (41, -1, float("nan"), "5", True, None):
        assert refused(lambda value=value: dial.check(value)) == (
            f"noise={value!r} is out of range. Give a number from 0 to 40."
        )


@pytest.fixture(scope="module", params=TABLES, ids=lambda s: s.name)
def run(request):
    scenario = request.param
    return scenario.run(n=3_000, **scenario.presets[0].dials)


@pytest.mark.slow
def test_the_steps_follow_the_data(run):
    assert [step.question for step in run.steps] == [
        "Who is in the data?",
        "What do the labels say?",
        "What does the model do?",
        "What would mend it, and at what cost?",
    ]
    people = run.steps[0].sentences
    group = next(iter(run.dataset.frame[run.dataset.sensitive_features[0]].unique()))
    rows = int((run.dataset.frame[run.dataset.sensitive_features[0]] == group).sum())
    assert any(f"{group}: {rows:,} of 3,000 people" in sentence for sentence in people)
    assert all(step.sentences for step in run.steps)
    assert "nan" not in run.tell()
    for step in (*run.steps, run.hidden):
        assert step.question in run.tell()
    assert run.comparison.names[1:] == ("reweighing", "threshold_optimizer")
    assert run.model.table.n == 3_000


def test_the_truth_is_told(run):
    truth, label = run.dataset.truth, run.dataset.frame[run.dataset.label].to_numpy()
    flipped = int((truth.counterfactual != label).sum())
    assert run.hidden.sentences[0].startswith(f"{flipped:,} of 3,000 people would have another label")
    group = run.dataset.frame[run.dataset.sensitive_features[0]].to_numpy(dtype=str)
    for name in np.unique(group):
        wronged = (label[(group == name) & (truth.label == 1)] == 0).mean()
        assert f"{name} {100 * wronged:.1f} %" in run.hidden.sentences[1]


def test_with_all_dials_off_nobody_is_wronged():
    found = ba.scenarios.get("hiring").run(n=1_500, mitigations=())
    assert found.comparison is None
    assert len(found.steps) == 3
    assert found.hidden.sentences[0].startswith("0 of 1,500 people")
    assert re.search(r"recorded as negative: man 0\.0 %, woman 0\.0 %\.$", found.hidden.sentences[1])
    assert "Dials: all at 0." in repr(found)
    assert "At most" not in found.tell()


def test_who_is_missing_is_said():
    found = ba.scenarios.get("hiring").run(n=2_000, mitigations=(), underrepresentation=0.5)
    (woman,) = [s for s in found.steps[0].sentences if s.startswith("woman")]
    at_most = int(re.search(r"At most (\d+) of every 100 who should be here are\.$", woman).group(1))
    assert 50 <= at_most < 60


def test_other_names_are_refused():
    hiring = ba.scenarios.get("hiring")
    assert refused(lambda: ba.scenarios.get("hirring")) == (
        f'"hirring" is not a scenario. Did you mean "hiring"? Scenarios: {", ".join(s.name for s in SCENARIOS)}.'
    )
    assert refused(lambda: hiring.run(label_bais=0.3)).startswith(
        '"label_bais" is not a dial of "hiring". Did you mean "label_bias"? Dials: historical_bias, '
    )
    assert refused(lambda: hiring.run(label_bias=3)) == (
        "label_bias=3 is out of range. Give a number from 0 (off) to 1 (all the way)."
    )
    assert refused(lambda: hiring.preset("The test")).startswith(
        '"The test" is not a preset of "hiring". Did you mean "The test is the problem"?'
    )
    assert refused(lambda: hiring.run(n=500, model="forest")).startswith('"forest" is not a model.')

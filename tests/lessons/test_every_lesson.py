"""Every lesson runs from the first cell to the last with its solutions, and what its words say holds."""

import json
import re
from pathlib import Path

import pytest

from biasaudit.lessons import LESSONS, lesson_file
from biasaudit.scenarios import SCENARIOS

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

SOLUTION = "<summary>Solution</summary>"
FENCED = re.compile(r"```python\n(.*?)\n```", re.S)
# As wide as a page.
WIDEST = 70
# What the words of a lesson say of its figures: true in its kernel when all cells have run.
CLAIMS = {
    "first_audit": [
        "set(pairs['verdict']) == {'shown', 'cannot tell'}",
        "audit.check(policy).outcome == 'fail'",
        "1.8 < rate_of('African-American') / rate_of('Caucasian') < 2",  # nearly twice as large a share
        "lowest_of_by_sex.query(\"kind == 'range' and comparison == 'difference'\")['verdict'].iloc[0] == 'shown'",
        "row['verdict'] == 'not shown'",
        "(small.disparities()['verdict'] == 'cannot tell').mean() > 0.9",
        "-0.01 < pair['low'].iloc[0] and pair['high'].iloc[0] < 0.08",
    ],
    "tools_disagree": [
        "abs(parity_of_kept('fairlearn', without) - parity_of_kept('fairlearn', race.notna())) > 0.05",
        "abs(parity_of_kept('aif360', without) - parity_of_kept('aif360', race.notna())) < 0.005",
        "average_odds == 0 and larger == 0.25",
        "list(aequitas_parity(alike, group, 'large')) == [1, 0.1]",
        "round(parity_of_kept('fairlearn', race.notna()), 3) == 0.457",
        "(chance.gaps > 0.05).mean() > 0.9",
        "fell('highest') == {'African-American', 'Native American'} and not fell('largest')",
        "fairlearn.demographic_parity_difference(arrested, in_words, sensitive_features=race) == 0",
        "fairlearn.equal_opportunity_difference(few['deserves'], few['gets'], sensitive_features=few['group']) == 1",
        "row['verdict'] == 'cannot tell' and row['reason'] == 'group=b: no positive labels'",
    ],
    "hiring": [
        "fair.gap.verdict == 'not shown'",
        "turned_down.gap.verdict == 'shown'",
        "verdict(turned_down.model) == 'not shown' and verdict(given_away.model) == 'shown'",
        "[f.verdict for f in mended.comparison.findings() if f.sentence.startswith('Reweighing: accuracy')]"
        " == ['not shown']",
        "'woman go from' in mended.steps[-1].sentences[4] and 'man go from' in mended.steps[-1].sentences[5]",
        "0 < -left_over < 0.04 and verdict(audit) == 'shown'",
        "any('hired still differs by 8' in sentence for sentence in misread.steps[1].sentences)",
        "kept_back.gap.verdict == 'shown' and 'woman 0.0 %' in kept_back.hidden.sentences[1]",
        "misread.gap.verdict == 'not shown' and verdict(misread.model) == 'shown'",
    ],
    "recidivism": [
        "equal.gap.verdict == 'not shown' and unequal.gap.verdict == 'shown'",
        "black_more(against_arrests, 'false_positive_rate') > 0.05",
        "black_more(against_truth, 'false_positive_rate') > black_more(against_arrests, 'false_positive_rate')",
        "black_more(against_truth, 'false_negative_rate') < -0.1",
        "shares[:, -1].min() < 0.2 and shares[:, -1].max() > 0.8",
        "abs(corrected[:, -1] - 0.5).max() < 0.05",
        "blind.gap.verdict == 'shown' and gap['verdict'] == 'not shown'",
        "any('screening_month' in f.sentence for f in late.who.findings)",
    ],
    "gap_in_pay": [
        "gaps_in_quantiles()[0] < gaps_in_quantiles()[1] < gaps_in_quantiles()[2]",  # widest where people earn most
        "3 < raw['man'] - raw['woman'] < 4.5 and abs(equal_before() + 1.5) < 0.25",
        "abs(nothing) < 0.25 and still < -2",
        "mean_error('woman') > 0.3 and mean_error('man') < -0.3",
        "abs(error['man'] + 0.5) < 0.1 and abs(error['woman'] + 1) < 0.1",
        "row['verdict'] == 'cannot tell'",
    ],
    "speech": [
        "men.gap.verdict == 'shown' and half.gap.verdict == 'cannot tell' and fifth.gap.verdict == 'cannot tell'",
        "heard(men)['woman'] > 2 * heard(men)['man']",
        "abs(heard(men)['woman'] - 0.40) < 0.02 and abs(heard(half)['woman'] - 0.18) < 0.02",
        "abs(heard(half)['man'] - heard(men)['man']) < 0.03",
        "shown == 0",
        "round(table.set_index('group')['ratio']['woman'], 2) == 0.4",
    ],
    "chatbot": [
        "town.gap.verdict == 'shown' and handful.gap.verdict == 'shown'",
        "removed(town) < 0.1 < 0.25 < removed(strict) < 0.4",
        "1 / 3 < toxic(handful) < 0.5",
        "kind_and_unkind() == (0.2, 3.55, 4)",
        "min(missed('groupb'), missed('groupc')) > 0.98",
    ],
    "limits": [
        "all(run.gap.verdict == 'shown' for run in runs.values())",
        "gentle.gap.verdict == 'not shown'",
        "loses_more(runs['finite_data']) > 30 and loses_more(runs['extrapolation']) > 50",
        "1.5 < wrong('320 more turned digits', 1) / wrong('320 more turned digits', 0) < 2.5",
        "wrong('36 turned digits', 1) / wrong('36 turned digits', 0) > 8",
        "all(mended(run) for name, run in runs.items() if name != 'causation')",
    ],
}
# What claims are said with.
WORDS = {
    "first_audit": """
lowest_of_by_sex = by_sex.disparities("positive_predictive_value")
def rate_of(race):
    rates = audit.rates().query("metric == 'false_positive_rate'")
    return rates[rates["group"] == {"race": race}]["estimate"].iloc[0]
""",
    "tools_disagree": """
def parity_of_kept(name, kept):
    if name == "fairlearn":
        return fairlearn.demographic_parity_difference(arrested[kept], high_risk[kept], sensitive_features=race[kept])
    return aif360_parity(1 - high_risk[kept], white[kept])
def fell(words):
    reference = {"highest": low_risk.idxmax(), "largest": race.value_counts().idxmax()}[words]
    return set(low_risk.index[low_risk / low_risk[reference] < 0.8])
""",
    "hiring": """
def verdict(audit): return audit.disparities("selection_rate")["verdict"].iloc[0]
pair = audit.disparities("selection_rate").query("kind == 'pair' and comparison == 'difference'")
left_over = pair["estimate"].iloc[0]
""",
    "recidivism": """
def black_more(audit, metric):
    return audit.disparities(metric).query("kind == 'pair' and comparison == 'difference'")['estimate'].iloc[0]
""",
    "gap_in_pay": """
def gaps_in_quantiles():
    by_sex = workers.frame.groupby("gender")["earnings"].quantile([0.25, 0.5, 0.75]).unstack(0)
    return list(by_sex["male"] - by_sex["female"])
def equal_before():
    global wages, woman
    wages = people.frame
    woman = (wages["sex"] == "woman").to_numpy(float)
    return gap_at_equal("education", "hours", "occupation")
def mean_error(sex):
    return errors[errors["group"] == {"sex": sex}]["estimate"].iloc[0]
""",
    "speech": """
def heard(run):
    rows = run.audit.intervals().to_dict("records")
    return {row["group"]["gender"]: row["estimate"] for row in rows if set(row["group"]) == {"gender"}}
""",
    "limits": """
def wrong(way, group):
    rows = runs["finite_data"].outcomes.to_frame().query("way == @way")
    return 1 - rows["estimate"].iloc[group]
def mended(run):
    return any(found.verdict == "shown" for found in run.outcomes.cured())
""",
    "chatbot": """
def removed(run):
    return float(run.panel("cost").sentences[-1].split(" removes ")[1].split(" %")[0]) / 100
def toxic(run):
    return float(run.gap.sentence.split("on, ")[1].split(" %")[0]) / 100
def kind_and_unkind():
    from biasaudit.datasets.generated import town
    return town.BENIGN_RATE, town.TROLL_RATE, town.FROM_HOUR
def missed(name):
    rates = town.names.rates().query("metric == 'false_negative_rate'")
    return rates[rates["group"] == {"term": name}]["estimate"].iloc[0]
""",
}


def read(lesson):
    return nbformat.read(lesson_file(lesson), 4)


def solutions(notebook):
    return [cell.source for cell in notebook.cells if SOLUTION in cell.source]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_it_runs_with_its_solutions_and_keeps_its_word(lesson, tmp_path):
    for extra in lesson.extras:
        pytest.importorskip({"torch": "torch", "speech": "espeakng_loader"}[extra])
    notebook = read(lesson)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if SOLUTION in cell.source:
            cells += [nbformat.v4.new_code_cell(code) for code in FENCED.findall(cell.source)]
    claims = CLAIMS[lesson.name]
    said = "\n".join(f"assert {claim}, {claim!r}" for claim in claims)
    cells += [nbformat.v4.new_code_cell(WORDS.get(lesson.name, "") + "\n" + said)]
    notebook.cells = cells
    # A lesson takes a minute at most where nothing else runs; this is a guard against one that hangs.
    client = nbclient.NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    # Neither warnings nor anything from elsewhere.
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert "cdn." not in json.dumps([output.get("data", {}) for output in outputs])
    assert sum("application/vnd.plotly.v1+json" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_it_asks_before_it_tells(lesson):
    notebook = read(lesson)
    first = notebook.cells[0].source
    assert first.startswith(f"# {lesson.title}\n\n**{lesson.question}**\n")
    assert not lesson.extras or f"biasaudit[{','.join(lesson.extras)}]" in first
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    guessed = next(i for i, source in enumerate(code) if re.search(r"^my_\w+ = ", source, re.M))
    # What is guessed is looked at later.
    guess = re.search(r"^(my_\w+) = ", code[guessed], re.M)[1]
    assert any(guess in source for source in code[guessed + 1 :])
    assert len(solutions(notebook)) == 3
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.findall(r"^### (\d)\. ", text, re.M) == ["1", "2", "3"]
    assert "## What you take with you" in text
    assert "*Sources.*" in text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_it_is_kept_without_outputs_and_fits_a_page(lesson):
    notebook = read(lesson)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    lines = [line for cell in code for line in cell.source.split("\n")]
    lines += [line for text in solutions(notebook) for part in FENCED.findall(text) for line in part.split("\n")]
    assert not [line for line in lines if len(line) > WIDEST]


def test_the_teachers_page_has_a_plan_for_each():
    page = (Path(__file__).parents[2] / "docs" / "stories" / "teaching.md").read_text("utf-8")
    for lesson in LESSONS:
        assert f"| `{lesson.name}` | {lesson.question} |" in page
        plan = page.split(f"\n## {lesson.title}\n")[1].split("\n## ")[0]
        minutes = [tuple(map(int, pair)) for pair in re.findall(r"^\| (\d+)–(\d+) \|", plan, re.M)]
        # One after the other, and 45 in all.
        assert [a for a, _ in minutes] + [45] == [0] + [b for _, b in minutes]


def test_every_story_has_a_lesson():
    told = [scenario for lesson in LESSONS for scenario in lesson.scenarios]
    assert sorted(told) == sorted(scenario.name for scenario in SCENARIOS)


def test_no_notebook_is_without_a_row():
    folder = lesson_file(LESSONS[0]).parent
    assert {file.name for file in folder.iterdir() if file.name[0] != "."} == {
        "ruff.toml",
        *(f"{lesson.name}.ipynb" for lesson in LESSONS),
    }

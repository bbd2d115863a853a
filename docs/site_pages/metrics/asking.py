"""How to ask for a metric: blocks of Python, of a terminal and of a policy, each of which runs as it stands."""

from __future__ import annotations

from collections.abc import Callable

from biasaudit.errors import AuditError, nearest
from biasaudit.metrics.metric import Metric
from biasaudit.metrics.rankings.measures import RANKS, at_k
from biasaudit.metrics.units import OUTCOME, SHARE

from . import other_people, ranked_people
from .facts import Fact
from .of_classes import graded
from .twenty import twenty
from .twenty_workers import EARNED, SAID

__all__ = ["asking_for"]


def asking_for(row: Metric, fact: Fact) -> str:
    """Write the blocks of a metric's page.

    Raises
    ------
    AuditError
        If metrics.toml names a way of asking that nobody wrote.
    """
    if fact.ask not in WAYS:
        raise AuditError(
            f'The metric "{row.name}" has no way of asking "{fact.ask}".{nearest(fact.ask, WAYS)} Name one of '
            f"{', '.join(WAYS)} as ask in [{row.name}] of docs/site_pages/metrics/metrics.toml."
        )
    return WAYS[fact.ask](row, fact)


def _python(*lines: str) -> str:
    return _block("python", "import biasaudit as ba", *lines)


def _block(language: str, *lines: str) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def _policy(row: Metric, fact: Fact) -> str:
    """Write a rule; a limit of 5 or 10 points, or of as much in a number."""
    comparison = fact.policy_comparison
    what = "what each group's own may be" if comparison == "rate" else "the gap between groups"
    limit = "0.1" if row.unit == SHARE else "1.5" if row.unit == OUTCOME else "0.05"
    in_unit = "  # in the unit of the outcome" if row.unit == OUTCOME else ""
    return f"As a rule of a [policy](../../../how-to/policy.md), which limits {what}:\n\n" + _block(
        "toml",
        f'name = "{row.label}"',
        "",
        "[[rules]]",
        f'metric = "{row.name}"',
        f'comparison = "{comparison}"',
        f"max = {limit}{in_unit}",
        'reason = "Say here why this limit, and who agreed to it."',
    )


def _predictions(row: Metric, fact: Fact) -> str:
    """Ask of a shipped table."""
    rates = (
        () if row.parts else (f"audit.rates().query(\"metric == '{row.name}'\")  # each group's own, and of how many",)
    )
    return "\n\n".join(
        [
            _python(
                "",
                'audit = ba.audit_predictions(ba.datasets.load_compas(), sensitive_features="race")',
                f'audit.disparities("{row.name}")  # every gap, with its interval and its verdict',
                *rates,
            ),
            "In a terminal, as the question that comes first:",
            _block("console", f"$ biasaudit audit compas --sensitive-features race --primary {row.name}"),
            _policy(row, fact),
        ]
    )


def _scores(row: Metric, fact: Fact) -> str:
    """Ask of the twenty people themselves: no shipped table has scores that are probabilities."""
    frame = twenty().frame
    first = f"audit.rates().query(\"metric == '{row.name}'\")  # each group's own, with its interval"
    gaps = (
        () if fact.policy_comparison == "rate" else (f'audit.disparities("{row.name}")  # every gap, with its verdict',)
    )
    return "\n\n".join(
        [
            "Of the scores of twenty people, which are from 0 to 1; so few can show nothing, and the audit says so:",
            _python(
                "import pandas as pd",
                "",
                "people = pd.DataFrame(",
                "    {",
                '        "group": ["A"] * 10 + ["B"] * 10,',
                f'        "right": {frame["right"].tolist()},',
                f'        "score": {frame["score"].tolist()},',
                "    }",
                ")",
                'people.to_csv("people.csv", index=False)',
                'audit = ba.audit_predictions(people, y_true="right", score="score", sensitive_features="group")',
                first,
                *gaps,
            ),
            "In a terminal:",
            _block("console", "$ biasaudit audit people.csv --y-true right --score score --sensitive-features group"),
            _policy(row, fact),
        ]
    )


def _errors(row: Metric, fact: Fact) -> str:
    wrong = [count for counts in other_people.MISHEARD.values() for count in counts]
    return "\n\n".join(
        [
            _python(
                "import pandas as pd",
                "",
                "heard = pd.DataFrame(",
                "    {",
                '        "group": ["A"] * 10 + ["B"] * 10,',
                '        "speaker": range(20),',
                f'        "wrong": {wrong},',
                f'        "words": {other_people.TRIALS},',
                "    }",
                ")",
                'heard.to_csv("heard.csv", index=False)',
                'columns = {"errors": "wrong", "trials": "words", "cluster": "speaker"}',
                'audit = ba.audit_errors(heard, sensitive_features="group", **columns)',
                "audit.intervals()  # each group's rate, as sure as there are speakers",
                f'audit.disparities("{row.name}")',
            ),
            "In a terminal:",
            _block(
                "console",
                "$ biasaudit errors heard.csv --errors wrong --trials words --cluster speaker --sensitive group",
            ),
            "Of predictions, `find_subgroups` searches for it: `ba.find_subgroups(data, y_true=…, y_pred=…)`.",
            _policy(row, fact),
        ]
    )


def _words(row: Metric, fact: Fact) -> str:
    return "\n\n".join(
        [
            'Words are put beside each other by jiwer: `pip install "biasaudit[asr]"`.',
            _python(
                "import pandas as pd",
                "",
                "texts = pd.DataFrame(",
                "    {",
                '        "group": ["A", "B"],',
                f'        "said": ["{other_people.SAID}"] * 2,',
                f'        "heard": {list(other_people.HEARD.values())},',
                "    }",
                ")",
                'texts.to_csv("texts.csv", index=False)',
                'audit = ba.audit_errors(texts, said="said", heard="heard", sensitive_features="group")',
                f'audit.intervals()[["group", "errors", "words", "{row.name}"]]',
            ),
            "In a terminal:",
            _block("console", "$ biasaudit errors texts.csv --said said --heard heard --sensitive-features group"),
            'A policy limits the match error rate, on which verdicts rest: `metric = "error_rate"`.',
        ]
    )


def _pairs(row: Metric, fact: Fact) -> str:
    return "\n\n".join(
        [
            "The scorer is any function of a list of texts. This one likes long texts, and so long names:",
            _python(
                "",
                "",
                "def scorer(texts):",
                "    return [min(len(text) / 60, 1.0) for text in texts]",
                "",
                "",
                'names = {"A": ["Theodora", "Wilhelmina"], "B": ["Ann", "Eve"]}',
                'texts = [f"{{name}}, {years} years at the till" for years in (1, 2, 3, 5, 8)]',
                'audit = ba.audit_pairs(scorer, texts, swap={"name": names})',
                f'audit.disparities("{row.name}")',
            ),
            "In a terminal, `biasaudit cv` asks a sorter of CVs, or with `--url` the service that you buy.",
            _policy(row, fact),
        ]
    )


def _numbers(row: Metric, fact: Fact) -> str:
    """Ask of the twenty who earn; so few can show nothing, and the audit says so."""
    earned, said = (values["A"] + values["B"] for values in (EARNED, SAID))
    first = f"audit.rates().query(\"metric == '{row.name}'\")  # each group's own, with its interval"
    return "\n\n".join(
        [
            "Of what twenty people earn, and what is predicted of them; so few can show little, and the audit says so:",
            _python(
                "import pandas as pd",
                "",
                "people = pd.DataFrame(",
                "    {",
                '        "group": ["A"] * 10 + ["B"] * 10,',
                f'        "wage": {earned},',
                f'        "said": {said},',
                "    }",
                ")",
                'people.to_csv("people.csv", index=False)',
                'columns = {"y_true": "wage", "y_pred": "said", "sensitive_features": "group"}',
                'audit = ba.audit_predictions(people, **columns, unit="dollars an hour")',
                first,
                f'audit.disparities("{row.name}")  # every gap, with its interval and its verdict',
            ),
            "In a terminal:",
            _block("console", "$ biasaudit audit people.csv --y-true wage --y-pred said --sensitive-features group"),
            _policy(row, fact),
        ]
    )


def _subgroups(row: Metric, fact: Fact) -> str:
    return "\n\n".join(
        [
            _python(
                "",
                'found = ba.find_subgroups(ba.datasets.load_compas(), features=["race", "sex", "age_cat"])',
                'found.subgroups()[["pattern", "n", "rate", "rate_rest", "verdict"]]  # of the half that was held out',
            ),
            "In a terminal:",
            _block("console", "$ biasaudit subgroups compas --features race --features sex --features age_cat"),
            "A policy takes no subgroups that were searched for: name the groups and limit their `base_rate`.",
        ]
    )


def _data(row: Metric, fact: Fact) -> str:
    groups = " + ".join(f'["{group}"] * {n}' for group, n in other_people.OF_DATA.items())
    return "\n\n".join(
        [
            _python(
                "import pandas as pd",
                "",
                f'people = pd.DataFrame({{"group": {groups}, "label": [0, 1] * 10}})',
                'people.to_csv("people.csv", index=False)',
                'halves = {"group": {"A": 0.5, "B": 0.5}}  # the people whom the data should stand for',
                'audit = ba.audit_dataset(people, label="label", sensitive_features="group", population=halves)',
                'audit.part("representation")',
                f"audit.rates().query(\"metric == '{row.name}'\")",
            ),
            "In a terminal:",
            _block(
                "console",
                "$ biasaudit data people.csv --label label --sensitive group "
                "--population group:A=0.5 --population group:B=0.5",
            ),
            "A policy sets no limit on it.",
        ]
    )


def _classes(row: Metric, fact: Fact) -> str:
    table = graded()
    columns = [f'        "{name}": {table[name].tolist()},' for name in ("grade", "guess")]
    return "\n\n".join(
        [
            "Of the grades of twenty people; so few can show nothing, and the audit says so:",
            _python(
                "import pandas as pd",
                "",
                "people = pd.DataFrame(",
                "    {",
                '        "group": ["A"] * 10 + ["B"] * 10,',
                *columns,
                "    }",
                ")",
                'people.to_csv("people.csv", index=False)',
                'audit = ba.audit_predictions(people, y_true="grade", y_pred="guess", sensitive_features="group")',
                f'audit.disparities("{row.name}")  # every gap, with its interval and its verdict',
                "audit.confusion()  # of those in each class, how many are predicted each",
            ),
            "In a terminal:",
            _block("console", "$ biasaudit audit people.csv --y-true grade --y-pred guess --sensitive-features group"),
            _policy(row, fact),
        ]
    )


def _rankings(row: Metric, fact: Fact) -> str:
    name = at_k(ranked_people.TOP).name if row.name == RANKS[0].name else row.name
    needs_relevance = "relevance" in row.needs
    lists = [f'    ("{groups}", [{", ".join(map(str, fits))}]),' for groups, fits in ranked_people.LISTS]
    relevance = ', relevance="right"' if needs_relevance else ""
    return "\n\n".join(
        [
            "Two lists of ten, and who was right for the job:",
            _python(
                "import pandas as pd",
                "",
                "lists = [",
                *lists,
                "]",
                "rows = [",
                '    {"job": job, "rank": place, "group": group, "right": fit}',
                "    for job, (groups, fits) in enumerate(lists)",
                "    for place, (group, fit) in enumerate(zip(groups, fits), 1)",
                "]",
                "people = pd.DataFrame(rows)",
                'people.to_csv("lists.csv", index=False)',
                f'asked = dict(sensitive_features="group", rank="rank", query="job"{relevance}, k={ranked_people.TOP})',
                "audit = ba.audit_rankings(people, **asked)",
                f'audit.disparities("{name}")',
            ),
            "In a terminal:",
            _block(
                "console",
                "$ biasaudit audit lists.csv --rank rank --query job --sensitive group"
                f"{' --relevance right' if needs_relevance else ''} --k {ranked_people.TOP}",
            ),
        ]
    )


WAYS: dict[str, Callable[[Metric, Fact], str]] = {
    "predictions": _predictions,
    "scores": _scores,
    "errors": _errors,
    "words": _words,
    "pairs": _pairs,
    "numbers": _numbers,
    "subgroups": _subgroups,
    "data": _data,
    "rankings": _rankings,
    "classes": _classes,
}

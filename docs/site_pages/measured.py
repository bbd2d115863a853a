"""The first page of Measured: a line for each page, with its main figure read from the page's own table."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .writing import write

MEASURED = Path(__file__).parents[1] / "measured"
Row = dict[str, str]
NUMBER = re.compile(r"[\d,]*\d(?:\.\d+)?")


class Page:
    """A page of docs/measured, and the tables in its parts."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.text = name, (folder / f"{name}.md").read_text("utf-8")

    @property
    def title(self) -> str:
        """Its heading."""
        return self.text.partition("\n")[0].removeprefix("# ")

    def part(self, name: str) -> str:
        """Return what stands between the marks of a part."""
        begin, end = (f"<!-- {name}: {mark} -->" for mark in ("begin", "end"))
        if begin not in self.text or end not in self.text:
            raise ValueError(f"measured/{self.name}.md has no marks around the table of {name}.")
        return self.text.partition(begin)[2].partition(end)[0]

    def rows(self, part: str) -> list[Row]:
        """Return the rows of all tables of a part, by column."""
        return list(_rows(self.part(part).splitlines()))

    def numbers(self, part: str, column: str) -> list[float]:
        """Return the first number in a column, row by row."""
        return [_number(row[column]) for row in self.rows(part) if column in row]

    def by_name(self, part: str) -> dict[str, Row]:
        """Return the rows of a part by what they begin with, marks of footnotes left out; the first of each name."""
        return {next(iter(row.values())).rstrip(" \\*†"): row for row in reversed(self.rows(part))}

    def named(self, part: str, name: str) -> Row:
        """Return the row that begins with a name."""
        return self.by_name(part)[name]


def _rows(lines: list[str]) -> Iterator[Row]:
    head: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells
        elif not set(line) <= set("|-: ") and len(cells) == len(head):
            yield dict(zip(head, cells, strict=True))


def _number(cell: str) -> float:
    found = NUMBER.search(cell)
    assert found, cell
    return float(found[0].replace(",", ""))


def _coverage(page: Page) -> str:
    row = page.named("independent", "difference")
    mean, lowest = _number(row["mean"]), _number(row["lowest cell"])
    return (
        f"95 % intervals of a gap hold the truth in {mean:g} % of tables on average, and in {lowest:g} % where they "
        f"hold it least of {int(row['cells']):,} settings."
    )


def _clusters(page: Page) -> str:
    held, falsely = (
        page.numbers("clusters", "difference holds 0"),
        page.numbers("small-gaps", "any pair falsely *not shown*, %"),
    )
    return (
        f"Where many rows are of one person, intervals of a gap hold in at least {min(held):g} % of tables, in "
        f"{len(held)} settings; a gap that matters is called small in at most {max(falsely):g} %."
    )


def _people(page: Page) -> str:
    shown, alike = page.numbers("representation", "*shown*"), page.numbers("speaker-audits", "any *shown*")
    return (
        f"Of audits of few speakers who are alike at most {max(alike):g} % say *shown*, and of samples with weights or "
        f"of people with many rows, where nobody is missing, at most {max(shown):g} %."
    )


def _small_numbers(page: Page) -> str:
    balanced, auc = page.numbers("balanced-accuracy", "held"), page.numbers("auc", "held")
    return (
        f"From five positives on, intervals of balanced accuracy hold in at least {min(balanced):g} % of tables, those "
        f"of AUC in at least {min(auc):g} %."
    )


def _classes(page: Page) -> str:
    held = [page.numbers("intervals", name) for name in ("accuracy", "macro recall", "macro f1")]
    alike = page.numbers("audits", "alike: any *shown*")
    return (
        "Of several classes, intervals of accuracy, macro recall and macro F1 hold in at least "
        f"{min(map(min, held)):g} % of tables; at most {max(alike):g} % of audits of alike groups say *shown* of "
        "anything."
    )


def _numbers(page: Page) -> str:
    rows = [row for row in page.rows("differences") if _number(row["rows"]) >= 30]
    held = [_number(row[name]) for row in rows for name in ("normal", "gamma(2)")]
    skew = [_number(row["lognormal"]) for row in rows if _number(row["rows"]) >= 100]
    alarms = max(max(page.numbers("audits", name)) for name in ("normal", "gamma(2)", "lognormal"))
    return (
        f"From 30 rows on, 95 % intervals of a difference of means hold the truth in {min(held):g} to {max(held):g} % "
        f"of tables of normal and gamma outcomes, and from 100 rows on in at least {min(skew):g} % of lognormal ones. "
        f"Of audits of alike groups, at most {alarms:g} % say *shown* of anything."
    )


def _questions(page: Page) -> str:
    alike = page.numbers("false-claims", "any *shown*")
    return f"Of audits of people whom nothing sets apart, at most {max(alike):g} % say *shown* of anything."


def _own_metrics(page: Page) -> str:
    columns = list(page.rows("own-coverage")[0])[1:]
    held = [share for column in columns for share in page.numbers("own-coverage", column)]
    return f"95 % limits from resampled rows hold the truth in {min(held):g} to {max(held):g} % of tables."


def _subgroups(page: Page) -> str:
    nothing = page.numbers("kinds", "nothing there: any shown")
    return f"Of searches where nothing is planted at most {max(nothing):g} % tell of a subgroup."


def _pairs(page: Page) -> str:
    alarms = page.numbers("alarms", "alarms")
    return f"Of correspondence audits of four groups that are treated alike at most {max(alarms):g} % show a gap."


def _rankings(page: Page) -> str:
    heads = [name for name in page.rows("held")[0] if name not in ("setting", "rankings", "of")]
    least = min(min(page.numbers("held", head)) for head in heads)
    alike = max(_number(row["anything"]) for row in page.rows("said") if row[next(iter(row))] == "the same")
    return (
        "From 10 rankings on, intervals of shares in the top, exposure and pairwise accuracy hold in at least "
        f"{least:g} % of tables; of audits of fair rankings at most {alike:g} % say *shown*."
    )


def _monitoring(page: Page) -> str:
    most = re.findall(r"Most false alarms in a cell: ([\d.]+)%", page.text)
    return (
        f"Looked at on every day of a year, an alarm is false in at most {max(map(float, most)):g} % of years in which "
        "gaps do not change."
    )


def _training(page: Page) -> str:
    alike = [row for row in page.rows("training") if "planted" not in row["way of training"]]
    ours = max(_number(row["*shown*"]) for row in alike)
    models = max(_number(row["*shown*"].partition("(")[2]) for row in alike)
    return (
        f"Of audits of a way of training at most {ours:g} % say *shown* of alike groups; asked of the trained models "
        f"alone, up to {models:g} % would."
    )


def _causes(page: Page) -> str:
    row = page.named("how-many-to-verify", "recidivism")
    anything = max(
        _number(one["share of audits"]) for one in page.rows("alarms") if one["called *shown*"].endswith("anything")
    )
    return (
        "Data alone cannot tell wrong labels from a cause that nobody measured, and the audit says so; with "
        f"{row['rows of each label in each group, median']} verified rows of each label in each group it names them in "
        f"{row['label bias named']} of tables. With nothing planted, at most {anything:g} % of audits say *shown*."
    )


def _mitigations(page: Page) -> str:
    rows, column = page.rows("compas"), "Equalized odds gap"
    least, before = min(rows, key=lambda row: _number(row[column])), page.named("compas", "Unmitigated")
    name = least["Mitigation"].rstrip(" \\*†").lower()
    gap, accuracy = (f"from {before[head].split()[0]} to {least[head].split()[0]}" for head in (column, "Accuracy"))
    return (
        f"On COMPAS the equalized odds gap falls {gap} by {name}, the most of {len(rows) - 1} mitigations, and "
        f"accuracy {accuracy}."
    )


def _speed(page: Page) -> str:
    times = _number(page.rows("ratios")[0]["measured"])
    return (
        f"A full audit of a million rows, every interval and verdict, takes 1 / {times:g} of the time in which "
        "fairlearn computes five metrics without intervals."
    )


def _speech(page: Page) -> str:
    row = page.named("trained-on", "20 men")
    men, women = row["US men"].split()[0], row["US women"].split()[0]
    return f"A recogniser trained on 20 men hears {men} % of men's and {women} % of women's digits right."


def _chatbot(page: Page) -> str:
    row = page.named("long-run", "No policy")
    share = 100 * _number(row["Last 4 hours, A"])
    return (
        f"Forty people teach a chatbot that learns from everybody to answer toxically in {share:.0f} % of replies "
        "about one group."
    )


def _mutants(page: Page) -> str:
    total, killed = re.findall(r"[\d,]+\d", page.part("killed").partition("(")[0])
    share = re.findall(r"\(([\d.]+ %)\)", page.part("killed"))[0]
    return f"Of {total} changes made to the statistics, one at a time, {killed} ({share}) make a test fail."


PAGES: dict[str, Callable[[Page], str]] = {
    "coverage": _coverage,
    "clusters": _clusters,
    "people": _people,
    "small-numbers": _small_numbers,
    "classes": _classes,
    "numbers": _numbers,
    "questions": _questions,
    "own-metrics": _own_metrics,
    "subgroups": _subgroups,
    "pairs": _pairs,
    "rankings": _rankings,
    "monitoring": _monitoring,
    "training": _training,
    "causes": _causes,
    "mitigations": _mitigations,
    "speed": _speed,
    "speech": _speech,
    "chatbot": _chatbot,
    "mutants": _mutants,
}


def measured_lines(folder: Path) -> str:
    """Write a line for each page: its title, and its main figure in a sentence."""
    pages = {name: Page(folder, name) for name in PAGES}
    return "".join(f"- [{page.title}]({name}.md). {PAGES[name](page)}\n" for name, page in pages.items())


def make_measured_lines(srcdir: str | Path) -> None:
    """Write the lines that docs/measured/index.md includes, where they have changed."""
    write(Path(srcdir) / "measured" / "made" / "lines.txt", measured_lines(MEASURED))

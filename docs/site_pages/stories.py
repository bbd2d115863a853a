"""Pages of the stories with dials, each from its row in the registry; what a story shows is run by Sphinx."""

from pathlib import Path
from urllib.parse import urlencode

from biasaudit.lessons import lesson_of
from biasaudit.scenarios import SCENARIOS, Dial, Scenario, TableScenario
from biasaudit.scenarios.limits import LIMITS

from .lessons import MADE
from .writing import cell, table, write, write_folder

# Which page tells how often what a story shows would be found again.
MEASURED = {
    "hiring": ("causes", "400 tables a dial, and which causes an audit names"),
    "recidivism": ("causes", "400 tables a dial, and which causes an audit names"),
    "speech": ("speech", "who is heard after each way to train, by accent and by noise"),
    "chatbot": ("chatbot", "every policy, hour by hour, over ten seeds"),
}
# What a story needs beside the core; limits train networks, but for the one that does not.
NEEDS = {"speech": ("speech", "torch")} | {limit.name: ("torch",) for limit in LIMITS if limit.name != "causation"}
OF_LIMITS = (
    "Every figure is a mean over seeds, each with data and a start of its own, with a 95 % interval; the tables say "
    "how many."
)
HEADER = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n  display_name: Python 3\n  language: python\n---\n"


def make_stories(srcdir: Path) -> None:
    """Write a page for each story, and the cards of all."""
    folder = Path(srcdir) / MADE
    write_folder(folder / "scenarios", {f"{scenario.name}.md": story_page(scenario) for scenario in SCENARIOS})
    others = tuple(scenario for scenario in SCENARIOS if scenario not in LIMITS)
    write(folder / "stories.txt", story_cards(others, "Stories with dials"))
    write(folder / "limits.txt", story_cards(LIMITS, "Limits of deep learning"))


def story_page(scenario: Scenario) -> str:
    """Write the page of a story: what it tells, a run of it, its dials, and where to turn them."""
    parts = (
        f"{HEADER}\n# {heading(scenario)}",
        f"**{scenario.question}**",
        scenario.story,
        "## What it shows",
        *_run(scenario),
        "## Dials",
        f"{_dials(scenario)}\n\nEach stands where the table says until somebody turns it; {scenario.people.name} is "
        f"from {scenario.people.low:,g} to {scenario.people.high:,g}, and {scenario.people.start:,g} if nobody says.",
        *_presets(scenario),
        "## Tell it yourself",
        _commands(scenario),
        "## How sure, and what more there is",
        _further(scenario),
    )
    return "\n\n".join(parts) + "\n"


def heading(scenario: Scenario) -> str:
    """Return its title, told apart from a lesson of the same, so that a search shows which is which."""
    lesson = lesson_of(scenario.name)
    same = lesson is not None and lesson.title == scenario.title
    return f"{scenario.title}, with dials" if same else scenario.title


def story_cards(scenarios: tuple[Scenario, ...], caption: str) -> str:
    """Write a card for each story, and where they stand in the site."""
    cards = "\n".join(
        f":::{{grid-item-card}} {scenario.title}\n:link: made/scenarios/{scenario.name}\n:link-type: doc\n\n"
        f"{scenario.question}\n:::\n"
        for scenario in scenarios
    )
    names = "\n".join(f"made/scenarios/{scenario.name}" for scenario in scenarios)
    return (
        f"::::{{grid}} 1 2 2 3\n:gutter: 3\n\n{cards}\n::::\n\n"
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{names}\n```\n"
    )


def _run(scenario: Scenario) -> list[str]:
    """Run it with the dials that show what it is about, and show its main parts."""
    turned = {name: value for name, value in scenario.biased().items() if value != _start(scenario, name)}
    dials = ", ".join(f"{name}={value:.2g}" for name, value in turned.items())
    start = f'import biasaudit as ba\n\nstory = ba.scenarios.get("{scenario.name}")\nrun = story.run({dials})\n'
    if isinstance(scenario, TableScenario):
        shown = ["run.gap", "run.steps[2]", "run.hidden"]
        known = "With real data nobody sees the last answer: these people were made, so it is known who was wronged."
    else:
        panels = scenario.panels
        shown = [f'run.panel("{panel.name}")' for panel in panels[1:3]]
        known = f"Its other parts: {', '.join(f'`{panel.name}`' for panel in (panels[0], *panels[3:]))}."
    cells = [start + shown[0], *shown[1:]]
    return [*(f"```{{code-cell}} python\n{code}\n```" for code in cells), known]


def _dials(scenario: Scenario) -> str:
    rows = [
        (f"`{dial.name}`", dial.label, f"{dial.low:g} to {dial.high:g}", f"{dial.start:g}", cell(_meaning(dial)))
        for dial in scenario.dials
    ]
    return table(("Dial", "What it is", "Range", "Stands at", "What it does"), rows)


def _meaning(dial: Dial) -> str:
    return f"{dial.heading}: {dial.meaning[0].lower()}{dial.meaning[1:]}" if dial.heading else dial.meaning


def _presets(scenario: Scenario) -> list[str]:
    if not scenario.presets:
        return []
    told = [f"**{preset.name}.** {preset.story}" for preset in scenario.presets]
    return ["### Cases people have heard of", "\n".join(f"- {text}" for text in told)]


def _commands(scenario: Scenario) -> str:
    """Say how to run it in a terminal and in the dashboard."""
    dial = scenario.dials[0]
    lines = [f"$ biasaudit scenario {scenario.name}"]
    lines += [f'$ biasaudit scenario {scenario.name} --preset "{preset.name}"' for preset in scenario.presets[:1]]
    lines.append(f"$ biasaudit scenario {scenario.name} --dial {dial.name}={_halfway(dial):g}")
    if needed := NEEDS.get(scenario.name):
        lines.insert(0, f'$ pip install "biasaudit[{",".join(needed)}]"')
    block = "\n".join(lines)
    return (
        f"```console\n{block}\n```\n\n"
        "`biasaudit dashboard` opens the dashboard on your machine; its page *How does bias get in?* has a slider for "
        f"each dial. This story stands at `/scenario?{urlencode({'story': scenario.title})}`."
    )


def _further(scenario: Scenario) -> str:
    lesson = lesson_of(scenario.name)
    lines = []
    if scenario.name in MEASURED:
        page, what = MEASURED[scenario.name]
        lines.append(f"- Measured: [{what}](../../../measured/{page}.md).")
    elif scenario in LIMITS:
        lines.append(f"- {OF_LIMITS}")
    if lesson is not None:
        lines.append(f"- The lesson that tells it: [{lesson.title}](../lessons/{lesson.name}.ipynb).")
    lines.append("- What the verdicts mean: [How sure are we?](../../../understand/verdicts.md)")
    return "\n".join(lines)


def _start(scenario: Scenario, name: str) -> float:
    return next(dial.start for dial in scenario.dials if dial.name == name)


def _halfway(dial: Dial) -> float:
    """Return a place of a dial in the middle of its range, on its steps."""
    steps = round((dial.high - dial.low) / dial.step / 2)
    return round(dial.low + steps * dial.step, 6)

"""What a notebook shows: words that are escaped, plots under their titles, clips that play."""

import sys
from types import ModuleType

import numpy as np
import pytest

from biasaudit.reporting.formats.notebook import to_words
from biasaudit.reporting.plots import plot_pictures
from biasaudit.reporting.report import Column, Finding, Section
from biasaudit.scenarios.panels import Sound, Step

HOSTILE = "<script>alert('a')</script>"


@pytest.fixture
def shown(monkeypatch):
    """Stand in for IPython and plotly's window, and return what they were asked to show."""
    import plotly.io

    seen = []
    monkeypatch.setattr(plotly.io, "show", lambda figure, config: seen.append(("plot", figure, config)))
    stand_in = ModuleType("IPython.display")
    stand_in.HTML = lambda text: ("html", text)
    stand_in.Audio = lambda audio, rate, normalize: ("audio", len(audio), rate, normalize)
    stand_in.display = seen.append
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", stand_in)
    return seen


def test_words_from_data_are_escaped():
    table = Section("t", HOSTILE, (HOSTILE,), (Column("a", HOSTILE),), ({"a": HOSTILE},))
    found = Finding(HOSTILE, "shown", "m", "difference", "section")
    written = to_words(HOSTILE, [HOSTILE], [found], [table])
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 9  # the table has its title as a caption and a label, too
    assert "Shown</span>" in written


def test_rows_that_are_left_out_are_counted():
    rows = tuple({"a": str(i)} for i in range(63))
    written = to_words(tables=[Section("t", "Rows", (), (Column("a", "A"),), rows)])
    assert "And 3 more rows." in written
    assert "more rows" not in to_words(tables=[Section("t", "Rows", (), (Column("a", "A"),), rows[:60])])


def test_a_step_is_shown_in_order(shown):
    drawn = plot_pictures({"row": np.zeros((2, 4))}, "Two pictures")
    found = Finding("It differs.", "shown", "m", "difference", "section")
    table = Section("t", "Rows", (), (Column("a", "A"),), ({"a": "b"},))
    sound = Sound("A word", np.zeros(100), 16_000, drawn)
    step = Step("Why?", ("Plainly.",), (found,), (drawn,), (sound,), (table,))
    step._ipython_display_()
    assert [part[0] for part in shown] == ["html", "html", "plot", "html", "html", "plot", "audio"]
    # What has a verdict is not said twice.
    assert shown[0][1].count("It differs.") == 1
    assert "<h3>Why?</h3>" in shown[0][1]
    assert "<p>Plainly.</p>" in shown[0][1]
    assert "<h3>Two pictures</h3>" in shown[1][1]
    assert shown[2][1] is drawn.figure
    assert shown[2][2]["showSendToCloud"] is False
    assert shown[-1] == ("audio", 100, 16_000, False)


def test_what_a_step_says_without_a_verdict():
    found = Finding("It differs.", "shown", "m", "difference", "section")
    assert Step("Why?", ("Plainly.",), (found,)).sentences == ("Plainly.", "Shown: It differs.")
    assert Step("Why?", ("Plainly.",)).unjudged == ("Plainly.",)

"""Stories with dials that show how bias gets into data, and what it does to people from there."""

from biasaudit.lookup import by_name
from biasaudit.scenarios.chatbot.story import CHATBOT
from biasaudit.scenarios.limits import LIMITS
from biasaudit.scenarios.scenario import Dial, Preset, Scenario, TableScenario
from biasaudit.scenarios.speech.story import SPEECH
from biasaudit.scenarios.tables import TABLES

__all__ = ["SCENARIOS", "Dial", "Preset", "Scenario", "TableScenario", "get"]

SCENARIOS = (*TABLES, SPEECH, CHATBOT, *LIMITS)


def get(name: str) -> Scenario:
    """Look a scenario up by its name.

    Parameters
    ----------
    name : str
        That of a row of `SCENARIOS`.

    Returns
    -------
    Scenario

    Raises
    ------
    AuditError
        If there is none of the name.

    Examples
    --------
    >>> get("hiring").question
    'Does a sorter of CVs that learns from past hires give women the same chance?'
    """
    return by_name(SCENARIOS, name, "a scenario", "Scenarios")

"""Data to audit: shipped (`load_*`), fetched (`fetch_*`), generated with a known truth (`make_*`), tables in files."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.datasets.shipped import (
    list_datasets,
    load,
    load_adult,
    load_berkeley,
    load_card,
    load_compas,
    load_law_resumes,
    load_resume_audit,
    load_ricci,
)

if TYPE_CHECKING:
    from biasaudit.datasets.captions import fetch_caption_accuracy
    from biasaudit.datasets.guessing import Guess, guess_columns, join_groups
    from biasaudit.datasets.hiring import make_hiring
    from biasaudit.datasets.madlibs import fetch_madlibs
    from biasaudit.datasets.policing import simulate_patrols
    from biasaudit.datasets.populations import (
        Population,
        load_population,
        populations_of,
        relative_rate,
        representation_ratio,
    )
    from biasaudit.datasets.recidivism import make_recidivism
    from biasaudit.datasets.speakers import SpeakerShare, compare_speakers, load_speaker_shares, speaker_population
    from biasaudit.datasets.speech import Clips, make_speech
    from biasaudit.datasets.templates import make_templates, read_templates
    from biasaudit.datasets.truth import Truth
    from biasaudit.datasets.uploads import read_table
    from biasaudit.datasets.vowels import fetch_vowels

__all__ = [
    "Card",
    "Clips",
    "Dataset",
    "Figure",
    "Guess",
    "Population",
    "SpeakerShare",
    "Truth",
    "compare_speakers",
    "fetch_caption_accuracy",
    "fetch_madlibs",
    "fetch_vowels",
    "guess_columns",
    "join_groups",
    "list_datasets",
    "load",
    "load_adult",
    "load_berkeley",
    "load_card",
    "load_compas",
    "load_law_resumes",
    "load_population",
    "load_resume_audit",
    "load_ricci",
    "load_speaker_shares",
    "make_hiring",
    "make_recidivism",
    "make_speech",
    "make_templates",
    "populations_of",
    "read_table",
    "read_templates",
    "relative_rate",
    "representation_ratio",
    "simulate_patrols",
    "speaker_population",
]

# Loaded when first used: the cards of the shipped data need neither numpy nor scipy.
_HOME = {
    "Population": "populations",
    "Clips": "speech",
    "Guess": "guessing",
    "SpeakerShare": "speakers",
    "Truth": "truth",
    "compare_speakers": "speakers",
    "fetch_caption_accuracy": "captions",
    "fetch_madlibs": "madlibs",
    "fetch_vowels": "vowels",
    "make_templates": "templates",
    "read_templates": "templates",
    "guess_columns": "guessing",
    "join_groups": "guessing",
    "read_table": "uploads",
    "load_population": "populations",
    "load_speaker_shares": "speakers",
    "populations_of": "populations",
    "make_hiring": "hiring",
    "make_recidivism": "recidivism",
    "make_speech": "speech",
    "relative_rate": "populations",
    "representation_ratio": "populations",
    "simulate_patrols": "policing",
    "speaker_population": "speakers",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"biasaudit.datasets.{_HOME[name]}"), name)
    raise AttributeError(f"module 'biasaudit.datasets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""Data to audit: shipped (`load_*`), fetched (`fetch_*`), generated with a known truth (`make_*`), tables in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.datasets.shipped.loading import (
    list_datasets,
    load,
    load_adult,
    load_berkeley,
    load_card,
    load_compas,
    load_hmda,
    load_law_resumes,
    load_resume_audit,
    load_ricci,
)
from biasaudit.datasets.shipped.numbers import load_law_school, load_salaries, load_wages
from biasaudit.lazy import lazy_attributes

if TYPE_CHECKING:
    from biasaudit.datasets.fetched.captions import fetch_caption_accuracy
    from biasaudit.datasets.fetched.madlibs import fetch_madlibs
    from biasaudit.datasets.fetched.vowels import fetch_vowels
    from biasaudit.datasets.files.guessing import Guess, guess_columns, join_groups
    from biasaudit.datasets.files.uploads import read_table
    from biasaudit.datasets.generated.diagnoses import make_diagnoses
    from biasaudit.datasets.generated.hiring import make_hiring
    from biasaudit.datasets.generated.policing import simulate_patrols
    from biasaudit.datasets.generated.ranking import make_ranking
    from biasaudit.datasets.generated.recidivism import make_recidivism
    from biasaudit.datasets.generated.templates import make_templates, read_templates
    from biasaudit.datasets.generated.wages import make_wages
    from biasaudit.datasets.shipped.populations import (
        Population,
        load_population,
        populations_of,
        relative_rate,
        representation_ratio,
    )
    from biasaudit.datasets.shipped.speakers import (
        SpeakerShare,
        compare_speakers,
        load_speaker_shares,
        speaker_population,
    )
    from biasaudit.datasets.speech.clips import Clips, make_speech
    from biasaudit.datasets.truth import Truth

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
    "load_hmda",
    "load_law_resumes",
    "load_law_school",
    "load_population",
    "load_resume_audit",
    "load_ricci",
    "load_salaries",
    "load_speaker_shares",
    "load_wages",
    "make_diagnoses",
    "make_hiring",
    "make_ranking",
    "make_recidivism",
    "make_speech",
    "make_templates",
    "make_wages",
    "populations_of",
    "read_table",
    "read_templates",
    "relative_rate",
    "representation_ratio",
    "simulate_patrols",
    "speaker_population",
]

# The cards of the shipped data need neither numpy nor scipy.
__getattr__, __dir__ = lazy_attributes(
    __name__,
    __all__,
    {
        "Population": "shipped.populations",
        "Clips": "speech.clips",
        "Guess": "files.guessing",
        "SpeakerShare": "shipped.speakers",
        "Truth": "truth",
        "compare_speakers": "shipped.speakers",
        "fetch_caption_accuracy": "fetched.captions",
        "fetch_madlibs": "fetched.madlibs",
        "fetch_vowels": "fetched.vowels",
        "make_templates": "generated.templates",
        "read_templates": "generated.templates",
        "guess_columns": "files.guessing",
        "join_groups": "files.guessing",
        "read_table": "files.uploads",
        "load_population": "shipped.populations",
        "load_speaker_shares": "shipped.speakers",
        "populations_of": "shipped.populations",
        "make_diagnoses": "generated.diagnoses",
        "make_hiring": "generated.hiring",
        "make_ranking": "generated.ranking",
        "make_recidivism": "generated.recidivism",
        "make_speech": "speech.clips",
        "make_wages": "generated.wages",
        "relative_rate": "shipped.populations",
        "representation_ratio": "shipped.populations",
        "simulate_patrols": "generated.policing",
        "speaker_population": "shipped.speakers",
    },
)

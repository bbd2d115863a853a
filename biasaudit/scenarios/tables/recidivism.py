"""The risk score that takes an arrest for an offence."""

from biasaudit.datasets.generated.recidivism import make_recidivism
from biasaudit.scenarios.scenario import Dial, Preset, TableScenario

__all__ = ["RECIDIVISM"]

RECIDIVISM = TableScenario(
    name="recidivism",
    title="A risk score that takes arrests for offences",
    question="Whom does a risk score call dangerous, if it learns from who was arrested?",
    story=(
        "A court uses a score of the risk that someone offends again. Nobody knows who did; the score learns from who "
        "was arrested again. Where the police look, there is more to find. Race is not among the columns that the "
        "model sees."
    ),
    make=make_recidivism,
    dials=(
        Dial("policing", "Unequal policing", "Patrols go more to where Black people live, and record more there."),
        Dial("historical_bias", "Past injustice", "Exclusion moved the causes of a new offence themselves."),
        Dial("label_bias", "Arrests without an offence", "Black people without an offence are arrested all the same."),
        Dial("measurement_bias", "Records are misread", "Too many earlier arrests are read for Black people."),
        Dial("underrepresentation", "People are missing", "A share of the Black people are not in the files."),
        Dial("proxy_strength", "Other columns give race away", "Neighbourhood and housing tell more and more."),
        Dial("omitted_variable", "A cause nobody wrote down", "Having no work and no home counts and is not recorded."),
        Dial("missingness", "Gaps in the files", "Causes are missing more often for Black people."),
        Dial("artefact", "Months of arrests alone", "In the last months only people arrested again were kept."),
    ),
    presets=(
        Preset(
            "Policing twice as hard",
            "Black people offend as often as everyone else, and are patrolled twice as hard.",
            {"policing": 1 / 3, "proxy_strength": 0.6},
        ),
        Preset(
            "The last months are not like the others",
            "As in the COMPAS data: people screened last were kept only if they were arrested again.",
            {"artefact": 0.6},
        ),
    ),
)

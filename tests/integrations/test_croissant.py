"""Croissant's vocabulary for responsible AI: known names only, what was found, and names as data."""

import json
from dataclasses import replace

import pandas as pd
import pytest

import biasaudit as ba
from biasaudit.datasets.dataset import Dataset
from biasaudit.errors import AuditError
from biasaudit.integrations.croissant import CONTEXT, to_croissant

# The properties of the specification, version 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html).
SPECIFIED = {
    "dataCollection", "dataCollectionType", "dataCollectionMissingData", "dataCollectionRawData",
    "dataCollectionTimeframe", "dataImputationProtocol", "dataPreprocessingProtocol", "dataManipulationProtocol",
    "dataAnnotationProtocol", "dataAnnotationPlatform", "dataAnnotationAnalysis", "annotationsPerItem",
    "annotatorDemographics", "machineAnnotationTools", "dataReleaseMaintenancePlan", "personalSensitiveInformation",
    "dataSocialImpact", "dataBiases", "dataLimitations", "dataUseCases",
}  # fmt: skip


@pytest.fixture(scope="module")
def compas():
    return ba.datasets.load_compas()


@pytest.fixture(scope="module")
def found(compas):
    return ba.audit_dataset(compas)


def test_the_card_and_the_findings_are_there(compas, found, tmp_path):
    path = tmp_path / "compas.json"
    told = to_croissant(compas, found, path)
    assert json.loads(path.read_text(encoding="utf-8")) == told
    used = {key.removeprefix("rai:") for key in told if key.startswith("rai:")}
    assert used <= SPECIFIED
    assert all(":" not in key or key.split(":")[0] in CONTEXT for key in told)
    assert told["conformsTo"] == ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"]
    assert told["rai:dataLimitations"][: len(compas.card.known_faults)] == list(compas.card.known_faults)
    shown = list(dict.fromkeys(f.sentence for f in found.findings() if f.verdict == "shown"))
    assert told["rai:dataBiases"] == shown[:50]
    unsure = [f.sentence for f in found.findings() if f.verdict == "cannot tell"]
    assert set(told["rai:dataLimitations"]) <= {*unsure, *compas.card.known_faults}
    assert not set(unsure) & set(told["rai:dataBiases"])
    assert told["rai:dataCollectionMissingData"].startswith("Missing values of days_b_screening_arrest differ by group")
    assert told["rai:personalSensitiveInformation"] == [
        "race: Race as recorded",
        "sex: Sex as recorded",
        "age_cat: Age band",
    ]
    assert told["rai:dataCollection"].startswith(compas.card.collected)


def test_a_card_alone_claims_no_bias(compas):
    told = to_croissant(compas)
    assert "rai:dataBiases" not in told
    assert told["rai:dataLimitations"] == list(compas.card.known_faults)


def test_without_card_and_audit_there_is_nothing(compas):
    with pytest.raises(AuditError) as error:
        to_croissant(replace(compas, card=None))
    assert str(error.value) == ("There is nothing to describe: the data set has no card. Give an audit of it as well.")


def test_names_are_data():
    frame = pd.DataFrame({'a "b"\x1b': ["</script>", "x\ny"] * 50, "y": [0, 1] * 50})
    dataset = Dataset("rows\x00", frame, "y", (), ('a "b"\x1b',))
    told = to_croissant(dataset, ba.audit_dataset(frame, label="y", sensitive_features=['a "b"\x1b']))
    text = json.dumps(told, ensure_ascii=False)
    assert "\x1b" not in text
    assert "\\u00" not in text
    assert told["rai:personalSensitiveInformation"] == ['a "b"�']


@pytest.mark.filterwarnings("default")
def test_the_library_of_croissant_reads_it(compas, found, tmp_path):
    mlcroissant = pytest.importorskip("mlcroissant")
    path = tmp_path / "compas.json"
    told = to_croissant(compas, found, path)
    read = mlcroissant.Dataset(str(path)).metadata
    assert not read.ctx.issues.errors
    assert read.data_biases == told["rai:dataBiases"]
    assert read.data_limitations == told["rai:dataLimitations"]
    assert read.personal_sensitive_information == told["rai:personalSensitiveInformation"]
    assert read.data_collection == told["rai:dataCollection"]

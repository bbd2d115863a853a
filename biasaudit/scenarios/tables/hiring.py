"""The sorter of CVs that learns from past hires."""

from biasaudit.datasets.generated.hiring import make_hiring
from biasaudit.scenarios.scenario import Dial, Preset, TableScenario

__all__ = ["HIRING"]

HIRING = TableScenario(
    name="hiring",
    title="A sorter of CVs that learns from past hires",
    question="Does a sorter of CVs that learns from past hires give women the same chance?",
    story=(
        "A company trains a model on whom it hired before and lets it sort new CVs. Sex is not among the columns that "
        "the model sees. What people decided in the past, who is in the files and what other columns give away may "
        "still reach it."
    ),
    make=make_hiring,
    dials=(
        Dial("historical_bias", "Past injustice", "Women were kept from experience, education and skill."),
        Dial("label_bias", "Deciders turned women down", "A share of the women who fit the job were not hired."),
        Dial("measurement_bias", "The test misreads women", "Marks are read too low for women, and less exactly."),
        Dial("underrepresentation", "Women are missing", "A share of the women who applied are not in the files."),
        Dial("proxy_strength", "Other columns give sex away", "Club and referral tell more and more who is a woman."),
        Dial("omitted_variable", "A cause nobody wrote down", "Something that matters and no column holds is lower."),
        Dial("missingness", "Gaps in the files", "Qualifications are missing more often for women."),
        Dial("artefact", "A batch where all were hired", "Part of the files come from an archive of hires alone."),
    ),
    presets=(
        Preset(
            "A sorter trained on ten years of CVs",
            "In 2018 Reuters told how Amazon gave up a sorter that had learnt from CVs sent in over ten years, mostly "
            "by men, to mark down those of women's clubs.",
            {"label_bias": 0.4, "proxy_strength": 0.8, "underrepresentation": 0.6},
        ),
        Preset(
            "The test is the problem",
            "Women are as good at the job, but the test reads them ten marks too low.",
            {"measurement_bias": 0.8},
        ),
        Preset(
            "The harm was done before",
            "Everyone was judged by the same measure; what they could bring to it was not the same.",
            {"historical_bias": 0.6},
        ),
    ),
)

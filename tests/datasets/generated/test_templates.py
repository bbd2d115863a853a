"""Templates: every term alike, files read with suspicion, and the sentences of Dixon et al. as published."""

import os

import pytest

import biasaudit as ba
from biasaudit import AuditError
from biasaudit.datasets.generated.templates import SLOT, TERMS, make_templates, read_templates


def refused(action):
    with pytest.raises(AuditError) as caught:
        action()
    return str(caught.value)


def test_every_term_stands_in_the_same_sentences():
    frame = make_templates().frame
    assert len(frame) == 96 * len(TERMS) == len(frame.drop_duplicates("text"))
    assert frame.groupby("term")["toxic"].agg(["size", "mean"]).drop_duplicates().to_numpy().tolist() == [[96, 0.5]]
    assert (frame["slot"].str.replace(SLOT, "X").nunique(), frame["template"].nunique()) == (96, 96)
    assert all(term in text for term, text in zip(frame["term"], frame["text"], strict=True))


@pytest.mark.parametrize(
    ("templates", "terms", "sentence"),
    [
        (
            [("Hello", 0), ("{term}!", 1)],
            None,
            'The template "Hello" has no slot. Write {term} where the term belongs.',
        ),
        ([("{term}", 0), ("{term}", 1)], None, 'The template "{term}" is there twice. Give each once.'),
        ([("{term}", 0), ("{term}!", "bad")], None, 'The template "{term}!" has the label "bad". Give 0 or 1.'),
        (
            [("{term}", 0), ("{term}!", 0)],
            None,
            "All 2 templates have one label. Give some that are toxic and some that are not.",
        ),
        (None, ["old", "young", "old"], 'The term "old" is listed twice. List each once.'),
        (None, ["old"], "1 term was given, and there is nothing to compare it with. Give at least two."),
        (
            None,
            ["old", " "],
            "A term is empty or no text. Give each identity term as a text, such as terms=['old', 'young'].",
        ),
        (None, "old", "A term is empty or no text. Give each identity term as a text, such as terms=['old', 'young']."),
        (
            [(f"{i} {{term}}", i % 2) for i in range(2_000)],
            [str(i) for i in range(3_000)],
            "2,000 templates with 3,000 terms make 6,000,000 sentences. Give fewer: 5,000,000 at most.",
        ),
    ],
)
def test_what_cannot_be_filled_is_refused(templates, terms, sentence):
    assert refused(lambda: make_templates(templates, terms=terms)) == sentence


def test_a_file_of_templates(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text('template,toxic,term\n"Well, {term} friend",0,old\nGo {term},1,young\n,,NA\n', encoding="utf-8")
    made = read_templates(path)
    assert sorted(made.frame["term"].unique()) == ["NA", "old", "young"]
    assert set(made.frame["text"]) >= {"Well, NA friend", "Go old"}
    path.write_text("template,toxic\nGo {term},1\nWelcome {term},0\n", encoding="utf-8")
    assert sorted(read_templates(path).frame["term"].unique()) == sorted(TERMS)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "text,label\nx,1\n",
            '"mine.csv" has the columns text, label. Give template and toxic, and term where the terms are your own.',
        ),
        ("template,toxic\nHello you,1\n", 'The template "Hello you" has no slot. Write {term} where the term belongs.'),
        ("template,toxic,term\n{term} a,1,old\n{term} b,0,old\n", 'The term "old" is listed twice. List each once.'),
    ],
)
def test_a_file_that_is_not_one_gets_one_sentence(tmp_path, content, sentence):
    (tmp_path / "mine.csv").write_text(content, encoding="utf-8")
    assert refused(lambda: read_templates(tmp_path / "mine.csv")) == sentence


@pytest.mark.skipif("BIASAUDIT_DATA" not in os.environ, reason="the sentences of Dixon et al. are not at hand")
def test_the_sentences_of_dixon():
    frame = ba.datasets.fetch_madlibs().frame
    assert (len(frame), frame["toxic"].sum()) == (76_564, 38_282)
    terms = frame[frame["term"] != ""]
    assert terms.groupby("term").size().drop_duplicates().tolist() == [1_514]
    assert terms.groupby("term")["toxic"].mean().drop_duplicates().tolist() == [0.5]
    assert terms["term"].nunique() == 50
    # Longest first: nobody who is African American is counted as American.
    assert not terms["slot"].str.contains(r"african|american\b", regex=True).any()
    assert terms["template"].nunique() == 106
    assert (frame["template"][frame["term"] == ""].nunique(), (frame["term"] == "").sum()) == (864, 864)

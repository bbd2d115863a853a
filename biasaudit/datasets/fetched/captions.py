"""How many words automatic captions had right, by speaker: an audit that a second study did not confirm."""

from __future__ import annotations

from biasaudit.datasets.dataset import Card, Dataset, Figure
from biasaudit.datasets.fetched._download import fetch
from biasaudit.errors import AuditError

__all__ = ["FILE", "SHA256", "fetch_caption_accuracy"]

FILE = "youtubeAutocaptinByDialect.txt"  # spelt so at its source
SHA256 = "72417d7ad9bd3d0d99dd0f724f12fadc2908703a7084c3830cf6f0093eb02b01"
URL = (
    f"https://raw.githubusercontent.com/rctatman/youtubeDialectAccuracy/0e327405c2304d68dc6b05c975759430766cd1d1/{FILE}"
)
MOST_BYTES = 1_000_000
HEADER = ["State", "Gen", "URL", "Correct", "Total", "year"]
GENDERS = {"F": "woman", "M": "man"}
DIALECTS = {"NewEngland": "New England", "NewZealand": "New Zealand"}
COUNTED = "Counted from the file behind Tatman 2017"
CARD = Card(
    title="Words that YouTube's automatic captions had right, for 80 speakers of five dialects of English",
    source="The repository of the study's author",
    url=URL,
    licence="No licence is known to us, so the file is fetched and not shipped.",
    collected="Accent tag videos of 2011 to 2016: people who say where they are from read a list of words",
    citation=(
        "Tatman (2017), Gender and dialect bias in YouTube's automatic captions, "
        "First ACL Workshop on Ethics in Natural Language Processing."
    ),
    rows=80,
    question="Do captions have fewer words of women right than of men, and does that hold when it is looked at again?",
    columns={
        "speaker": "s01 to s80, a row each",
        "dialect": "California, Georgia, New England, New Zealand or Scotland",
        "gender": "woman or man, as the study recorded it",
        "video": "Which video, by its place in the file: v01 to v78",
        "year": "When it was put online",
        "words": "Words in the list as read",
        "words_right": "Words that the captions had right",
        "words_wrong": "The others",
    },
    known_faults=(
        "The author's next study (Tatman and Kasten 2017, Interspeech), with recordings of an archive of dialects, "
        "found no reliable difference between women and men for the same captions: this one is not confirmed.",
        "How well a video was recorded was not controlled for; loudness or microphone may differ between the groups.",
        "Words of one speaker are not independent: 2,467 words are 80 speakers, and intervals must keep them together.",
        "One video is counted twice for a woman of New England, with different counts; it may be one person. Another "
        "video has a man and a woman of Georgia.",
        "Captions of 2017 and before: nothing is said of the systems that run today.",
    ),
    published_figures=(
        Figure("Words of women captioned right", "592 of 1,244", COUNTED),
        Figure("Words of men captioned right", "741 of 1,223", COUNTED),
        Figure("Welch's t of the shares of 40 men and 40 women", "3.52", COUNTED),
    ),
    sha256=SHA256,
)


def fetch_caption_accuracy() -> Dataset:
    """Fetch how many words YouTube's captions had right for 80 speakers, by dialect and gender.

    One small file, fetched once. A row is a speaker: `words_wrong` errors in `words` trials. There is no label.
    Captions had more words of men right than of women; a second study of the same author, with other recordings,
    did not find that again. The card says so, and what else to bear in mind.

    Returns
    -------
    Dataset
        Rows of one video belong together.

    Raises
    ------
    AuditError
        If the file is not at hand and cannot be fetched, or is not read as it should be.

    References
    ----------
    Tatman (2017), "Gender and dialect bias in YouTube's automatic captions", EthNLP.
    Tatman and Kasten (2017), "Effects of talker dialect, gender and race on accuracy of Bing Speech and YouTube
    automatic captions", Interspeech: no reliable difference between genders.

    Examples
    --------
    >>> captions = fetch_caption_accuracy()  # doctest: +SKIP
    >>> captions.frame.groupby("gender")[["words_right", "words"]].sum().to_numpy().tolist()  # doctest: +SKIP
    [[741, 1223], [592, 1244]]
    """
    import pandas as pd

    path = fetch(URL, SHA256, FILE, most_bytes=MOST_BYTES)
    rows = _rows(path.read_bytes().decode("ascii"))
    videos = {video: f"v{n:02}" for n, video in enumerate(dict.fromkeys(row[2] for row in rows), start=1)}
    frame = pd.DataFrame(
        {
            "speaker": f"s{n:02}",
            "dialect": DIALECTS.get(dialect, dialect),
            "gender": GENDERS[gender],
            "video": videos[video],
            "year": int(year),
            "words": int(total),
            "words_right": int(right),
            "words_wrong": int(total) - int(right),
        }
        for n, (dialect, gender, video, right, total, year) in enumerate(rows, start=1)
    )
    return Dataset(
        name="caption_accuracy",
        frame=frame,
        label=None,
        features=(),
        sensitive_features=("gender", "dialect"),
        cluster="video",
        card=CARD,
    )


def _rows(text: str) -> list[list[str]]:
    """Split the lines by hand: carriage returns, blanks around numbers and tabs at the end are all in the file.

    Raises
    ------
    AuditError
        If a line has other columns than the header names.
    """
    lines = [[cell.strip() for cell in line.rstrip("\t").split("\t")] for line in text.splitlines() if line.strip()]
    odd = [line for line in lines if len(line) != len(HEADER)]
    if not lines or lines[0] != HEADER or odd:
        found = "\t".join((odd or lines or [[""]])[0])
        raise AuditError(f'"{FILE}" is not read as expected: found {found!r}. Give columns {", ".join(HEADER)}.')
    return lines[1:]

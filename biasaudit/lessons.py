"""The lessons: notebooks that teach how bias gets in, one a story, and how to audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from biasaudit.errors import AuditError
from biasaudit.lookup import by_name

__all__ = ["LESSONS", "Lesson", "copy_lesson", "get_lesson", "lesson_file", "lesson_of"]

PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Lesson:
    """A notebook that is worked through in a lesson of 45 minutes.

    Parameters
    ----------
    name : str
        Of its file, without the suffix.
    title, question : str
        As the notebook opens.
    extras : tuple of str
        What has to be installed beside the core.

    Examples
    --------
    >>> from biasaudit.lessons import LESSONS
    >>> for lesson in LESSONS[2:4]:
    ...     print(lesson.title, lesson.scenarios)
    A sorter of CVs that learns from past hires ('hiring',)
    A risk score that takes arrests for offences ('recidivism',)
    """

    name: str
    title: str
    question: str
    extras: tuple[str, ...] = ()

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the stories that it tells."""
        from biasaudit.scenarios import SCENARIOS

        return tuple(story.name for story in SCENARIOS if self.name == (story.lesson or story.name))


LESSONS = (
    Lesson(
        "first_audit",
        "Your first audit in five minutes",
        "Whom does a risk score call dangerous who was not?",
    ),
    Lesson(
        "tools_disagree",
        "Why your tools disagree",
        "Three tools, one table, three answers: which one is right?",
    ),
    Lesson(
        "hiring",
        "A sorter of CVs that learns from past hires",
        "Nobody told the model who is a woman. Can it still turn women down?",
    ),
    Lesson(
        "recidivism",
        "A risk score that takes arrests for offences",
        "Two groups offend equally often. Can an honest model call one of them more dangerous?",
    ),
    Lesson(
        "gap_in_pay",
        "The gap in pay",
        "Women earn less an hour. Less than whom, and what is left when they do the same work?",
    ),
    Lesson(
        "speech",
        "A recogniser that learnt from male American voices",
        "Everybody says the same words. Who is heard?",
        ("speech", "torch"),
    ),
    Lesson(
        "chatbot",
        "A chatbot that learns from its users",
        "Forty people set out to teach a chatbot insults. Who pays for stopping them?",
    ),
    Lesson(
        "limits",
        "What deep learning cannot do, and who pays first",
        "A network is right 97 times in 100. For whom is it wrong?",
        ("torch",),
    ),
)


def get_lesson(name: str) -> Lesson:
    """Look a lesson up by its name.

    Parameters
    ----------
    name : str
        That of its file, without the suffix.

    Returns
    -------
    Lesson

    Raises
    ------
    AuditError
        If there is none of the name.

    Examples
    --------
    >>> get_lesson("hiring").question
    'Nobody told the model who is a woman. Can it still turn women down?'
    """
    return by_name(LESSONS, name, "a lesson", "Lessons")


def lesson_of(scenario: str) -> Lesson | None:
    """Return the lesson that tells a story, or None.

    Parameters
    ----------
    scenario : str
        Name of the story.

    Returns
    -------
    Lesson or None

    Examples
    --------
    >>> lesson_of("hiring").title
    'A sorter of CVs that learns from past hires'
    >>> lesson_of("compression").name
    'limits'
    """
    return next((lesson for lesson in LESSONS if scenario in lesson.scenarios), None)


def lesson_file(lesson: Lesson) -> Path:
    """Find the notebook of a lesson: inside an installed package, or at the top of a checkout.

    Parameters
    ----------
    lesson : Lesson
        Which one.

    Returns
    -------
    Path

    Raises
    ------
    AuditError
        If it is missing from this installation.

    Examples
    --------
    >>> from biasaudit.lessons import get_lesson
    >>> lesson_file(get_lesson("hiring")).name
    'hiring.ipynb'
    """
    for folder in (PACKAGE / "_shipped" / "notebooks", PACKAGE.parent / "notebooks"):
        file = folder / f"{lesson.name}.ipynb"
        if file.is_file():
            return file
    raise AuditError(f'The lesson "{lesson.name}" is missing from this installation. Reinstall biasaudit.')


def copy_lesson(lesson: Lesson, folder: Path) -> tuple[Path, bool]:
    """Lay a copy of a lesson into a folder; one that is there already may hold somebody's work, and is kept.

    Parameters
    ----------
    lesson : Lesson
        Which one.
    folder : Path
        That exists.

    Returns
    -------
    Path
        Of the copy.
    bool
        Whether it is new.

    Raises
    ------
    AuditError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from biasaudit.lessons import get_lesson
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for _ in range(2):
    ...         copy, new = copy_lesson(get_lesson("hiring"), Path(folder))
    ...         print(copy.name, new)
    hiring.ipynb True
    hiring.ipynb False
    """
    from biasaudit.reporting.files import check_writable, write_text

    target = folder / f"{lesson.name}.ipynb"
    check_writable(target)
    if target.exists():
        return target, False
    write_text(target, lesson_file(lesson).read_text("utf-8"))
    return target, True

"""What the command line ends with, defined once: its number, and what that says."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode", "exit_codes"]


class ExitCode(IntEnum):
    """How a command ended.

    Examples
    --------
    >>> int(ExitCode.CANNOT_TELL), ExitCode.CANNOT_TELL.means
    (3, 'the data cannot tell')
    """

    means: str

    def __new__(cls, number: int, means: str) -> ExitCode:
        """Make a number that knows what it means."""
        code = int.__new__(cls, number)
        code._value_ = number
        code.means = means
        return code

    DONE = 0, "done; of a policy, it holds, or what does not is waived or let pass"
    DOES_NOT_HOLD = 1, "a rule does not hold, or an alarm is raised; never anything else"
    BAD_INPUT = 2, "something given cannot be used, and a sentence says what"
    CANNOT_TELL = 3, "the data cannot tell"
    OUR_FAULT = 4, "a fault of biasaudit itself, described in the file it names; nothing is said of the data"
    INTERRUPTED = 130, "interrupted (Ctrl-C); no file is left half-written"
    STOPPED = 143, "stopped from outside (SIGTERM); no file is left half-written"


def exit_codes() -> str:
    r"""Say what each exit code means, a line a code, for the end of a help text.

    Examples
    --------
    >>> print(exit_codes().splitlines()[5].strip())
    3  the data cannot tell
    """
    # The first line keeps the others apart in a help text.
    return "\n".join(["\b", "Exit codes:", *(f"{code:>5}  {code.means}" for code in ExitCode)])

"""Run the command line as ``python -m biasaudit``."""

from biasaudit.cli import main

main()

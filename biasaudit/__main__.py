"""Run the command line as ``python -m biasaudit``."""

from biasaudit.process import main

main()

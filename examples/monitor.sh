#!/bin/sh
# Once a day: add yesterday's decisions and look. Exit code 1 is an alarm, 2 bad input.
set -e
biasaudit monitor add counts.duckdb decisions.csv --day "$1" --y-pred invited --sensitive-features sex
biasaudit monitor report counts.duckdb --metric selection_rate --html monitor.html

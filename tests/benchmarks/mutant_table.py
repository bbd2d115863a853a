"""Count which changes of the statistics a test notices: the end of make mutants, into docs/measured/mutants.md."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from measured_pages import measured_part

# A change that never ends, or that ends Python, is noticed as well.
NOTICED = ("killed", "timeout", "segfault")
LINE = re.compile(r"^ *biasaudit\.(?P<module>[\w.]+)\.[^.]*__mutmut_\d+: (?P<status>.+)$", re.MULTILINE)


def count_by_file(results):
    """Count the mutants of each file, and those that a test notices, from what ``mutmut results`` lists."""
    tried, noticed = Counter(), Counter()
    for line in LINE.finditer(results):
        path = line["module"].replace(".", "/") + ".py"
        tried[path] += 1
        noticed[path] += line["status"] in NOTICED
    return tried, noticed


def tell(tried, noticed):
    """Write how many changes there are, and a row for each file."""
    total, killed = tried.total(), noticed.total()
    print(f"Of {total:,} changes {killed:,} ({killed / total:.1%}) make a test fail.\n".replace("%)", " %)"))
    print("| file | mutants | killed |\n|---|---:|---:|")
    for path in sorted(tried):
        print(f"| {path} | {tried[path]} | {100 * noticed[path] / tried[path]:.1f} % |")


def main():
    listed = subprocess.run(
        [str(Path(sys.executable).with_name("mutmut")), "results", "--all", "true"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if ": not checked" in listed or not LINE.search(listed):
        raise SystemExit("Some mutants have not been run: let make mutants come to its end first.")
    with measured_part("mutants", "killed", command="make mutants"):
        tell(*count_by_file(listed))


if __name__ == "__main__":
    main()

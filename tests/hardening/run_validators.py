"""Verdicts as JSON, JUnit and SARIF, judged by validators that are not ours.

Run: python tests/hardening/run_validators.py --tools VENV --multitool PROGRAM --junit-schema XSD
Exit code 1 where one of them refuses a file; one that is not given is left out, and said.

VENV       python -m venv VENV && VENV/bin/pip install check-jsonschema fastjsonschema junitparser xmlschema
PROGRAM    npm install @microsoft/sarif-multitool-linux: Sarif.Multitool in it, made executable. It is the validator of
           the authors of SARIF and holds the schema of OASIS.
XSD        junit-10.xsd of Jenkins' xunit plugin, which the source of pytest holds: pip download --no-deps --no-binary
           pytest pytest
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import pandas as pd

import biasaudit as ba
from biasaudit.policy.formats.as_json import check_schema

EVIL = "x%\n::error::pwned]]> <script>alert(1)</script> & \" ' | ![](http://e.x) `a` \x1b[31m"
HEAD = 'name = {0}\nowner = {0}\n[columns]\ny_pred = "hired"\nsensitive_features = ["sex"]\n'
RULE = '[[rules]]\nname = {name}\nmetric = "selection_rate"\nmax = {most}\nreason = {name}\n'
TODAY = date(2026, 11, 30)
ENDS = {"past": 0.1, "within": 0.9, "unsure": 0.3, "waived": 0.1, "let pass": 0.3}
MORE = {
    "waived": 'waiver = { until = 2027-01-31, reason = "Being mended." }\n',
    "let pass": 'when_cannot_tell = "pass"\n',
}
FAST = "import json, sys, fastjsonschema as f; f.compile(json.load(open(sys.argv[1])))(json.load(open(sys.argv[2])))"
PARSED = """
import sys
from junitparser import Error, Failure, JUnitXml, Skipped
found = JUnitXml.fromfile(sys.argv[1])
cases = [case for suite in found for case in suite]
for kind, said in ((Failure, found.failures), (Error, found.errors), (Skipped, sum(s.skipped for s in found))):
    assert sum(isinstance(one, kind) for case in cases for one in case.result) == said, kind
assert len(cases) == found.tests
"""
BY_SCHEMA = "import sys, xmlschema; xmlschema.XMLSchema(sys.argv[1]).validate(sys.argv[2])"


def verdicts():
    """Yield verdicts of every outcome, under plain names and under hostile ones."""
    for label, evil in {"plain": "F", "hostile": EVIL}.items():
        frame = pd.DataFrame(
            {"sex": [evil] * 1000 + ["M"] * 1000, "hired": [int(i % 1000 < (300, 600)[i // 1000]) for i in range(2000)]}
        )
        name = "Hiring" if label == "plain" else EVIL
        for kinds in ([kind] for kind in ENDS):
            yield f"{label} {kinds[0]}", _verdict(frame, name, kinds)
        yield f"{label} all", _verdict(frame, name, list(ENDS))
    for name in ba.policy.READY:
        yield name, ba.check(ba.datasets.load_compas(), name)


def _verdict(frame, name, kinds):
    def quoted(text):
        return json.dumps(text, ensure_ascii=False)

    rules = "".join(RULE.format(name=quoted(f"{kind} {name}"), most=ENDS[kind]) + MORE.get(kind, "") for kind in kinds)
    return ba.check(frame, ba.policy.loads(HEAD.format(quoted(name)) + rules, source="a b/policy.toml"), today=TODAY)


def validators(asked, folder):
    """Return what judges each kind of file: its name, and the command that the file's path is added to."""
    schema = folder / "schema.json"
    schema.write_text(json.dumps(check_schema()), "utf-8")
    found = {"json": [], "xml": [], "sarif": []}
    if asked.tools:
        program = asked.tools / "bin"
        found["json"] += [
            ("check-jsonschema", [program / "check-jsonschema", "--schemafile", schema]),
            ("fastjsonschema", [program / "python", "-c", FAST, schema]),
        ]
        found["xml"] += [("junitparser", [program / "python", "-c", PARSED])]
        if asked.junit_schema:
            found["xml"] += [("junit-10.xsd", [program / "python", "-c", BY_SCHEMA, asked.junit_schema])]
    if asked.multitool:
        found["sarif"] += [("Sarif.Multitool", [asked.multitool, "validate"])]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=lambda text: Path(text).absolute())
    parser.add_argument("--multitool", type=lambda text: Path(text).absolute())
    parser.add_argument("--junit-schema", type=lambda text: Path(text).absolute())
    asked = parser.parse_args()
    # Its program carries no rules of languages, which this setting makes it do without.
    environment = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "PYTHONPATH": ""}
    judged = refused = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        judges = validators(asked, folder)
        for label, verdict in verdicts():
            for ending, write in (("json", verdict.to_json), ("xml", verdict.to_junit), ("sarif", verdict.to_sarif)):
                path = folder / f"{label}.{ending}"
                write(path)
                for judge, command in judges[ending]:
                    ran = subprocess.run([*command, path], capture_output=True, text=True, env=environment)
                    judged += 1
                    if ran.returncode:
                        refused += 1
                        print(f"{judge} refuses {label}.{ending}: {(ran.stdout + ran.stderr)[-400:]}")
    names = [judge for kind in judges.values() for judge, _ in kind]
    missing = [kind for kind, found in judges.items() if not found]
    print(
        f"{judged} judgements by {', '.join(names) or 'nobody'}: {refused} refused."
        f"{' Not judged: ' + ', '.join(missing) + '.' if missing else ''}"
    )
    return 1 if refused or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
